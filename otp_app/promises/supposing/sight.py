"""What of the outcomes the present user may see: whole lines are left out, names in reasons are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import frappe

from otp_app.engine.backorder.outcome import Outcome
from otp_app.engine.backorder.whatif import NEW_ORDER
from otp_app.engine.facts import Snapshot
from otp_app.engine.messages import Message, Value
from otp_app.engine.promise import DOCTYPES, HIDDEN
from otp_app.promises.site import kept_to_documents, reads

ORDER = ("Sales Order",)


@dataclass(frozen=True, slots=True)
class Sight:
	"""`orders`: those that the user may read, with the customer's name; None in a set of names means all.

	`title` is what the order that is taken is called.
	"""

	orders: dict[str, str | None]
	items: frozenset[str] | None
	warehouses: frozenset[str] | None
	readable: frozenset[str]
	title: str

	@classmethod
	def of(cls, found: Iterable[Outcome], snapshot: Snapshot, title: str) -> Sight:
		"""What may be seen of some outcomes; one query, whatever their number."""
		named = {outcome.line.order for outcome in found} - {NEW_ORDER}
		rows = frappe.get_list(
			"Sales Order",
			filters={"name": ("in", sorted(named) or [""])},
			fields=["name", "customer_name"],
			limit_page_length=0,
			order_by=None,
		)
		return cls(
			{row.name: row.customer_name for row in rows},
			kept_to_documents("Item", ORDER) or None,
			_warehouses(snapshot),
			frozenset(kind for kind in {*DOCTYPES.values(), "Customer"} if reads(kind)),
			title,
		)

	def split(self, found: Iterable[Outcome]) -> tuple[list[Outcome], list[Outcome], int]:
		"""The lines of open orders that may be seen, those of the order that is taken, and how many are left out."""
		seen, taken, left_out = [], [], 0
		for outcome in found:
			if outcome.line.order == NEW_ORDER:
				taken.append(outcome)
			elif self._sees(outcome):
				seen.append(outcome)
			else:
				left_out += 1
		return seen, taken, left_out

	def _sees(self, outcome: Outcome) -> bool:
		return outcome.line.order in self.orders and all(
			self._knows_item(part.item_code) and self._knows_warehouse(part.warehouse)
			for part in outcome.parts
		)

	def _knows_item(self, name: object) -> bool:
		return self.items is None or name in self.items

	def _knows_warehouse(self, name: object) -> bool:
		return self.warehouses is None or name in self.warehouses

	def customer(self, outcome: Outcome) -> str | None:
		"""The customer, where the user may read customers."""
		return outcome.line.customer if "Customer" in self.readable else None

	def told(self, outcome: Outcome) -> Outcome:
		"""The outcome with what may not be known hidden in its reasons."""
		parts = tuple(
			replace(
				part,
				customer=self.customer(outcome),
				warehouse=part.warehouse if self._knows_warehouse(part.warehouse) else HIDDEN,
			)
			for part in outcome.parts
		)
		return replace(outcome, parts=parts, reasons=tuple(map(self._hidden, outcome.reasons)))

	def _hidden(self, message: Message) -> Message:
		return replace(
			message,
			values={name: self._value(name, value, message) for name, value in message.values.items()},
		)

	def _value(self, name: str, value: Value, message: Message) -> Value:
		if name == "order" and value == NEW_ORDER:
			return self.title
		hidden = (
			(name == "order" and value not in self.orders)
			or (name in ("document", "party") and message.values.get("doctype") not in self.readable)
			or (name == "item" and not self._knows_item(value))
			or (name == "warehouse" and not self._knows_warehouse(value))
		)
		return HIDDEN if hidden else value


def _warehouses(snapshot: Snapshot) -> frozenset[str] | None:
	"""Those that User Permissions on warehouses and companies leave; None for all."""
	kept, companies = kept_to_documents("Warehouse", ORDER), kept_to_documents("Company", ORDER)
	if not kept and not companies:
		return None
	return frozenset(
		name
		for name, at in snapshot.warehouses.items()
		if (not kept or name in kept) and (not companies or at.company in companies)
	)


def names_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
	"""What the items of some outcomes are called, and their stock UOM; one query."""
	codes = {outcome.item_code for outcome in outcomes}
	rows = frappe.get_all("Item", {"name": ("in", sorted(codes) or [""])}, ["name", "item_name", "stock_uom"])
	return {row.name: row for row in rows}
