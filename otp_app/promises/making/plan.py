"""The plan of an order: what its promise needs begun, less what is asked for, and by which documents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import frappe
from frappe.model.document import Document

from otp_app.engine.promise import Promise
from otp_app.promises.documents import Asked
from otp_app.promises.making.steps import Step, addressed, left_to_do, steps_of
from otp_app.promises.procuring.needs import ItemFacts
from otp_app.promises.procuring.requested import read_facts, requested_for


@dataclass(frozen=True, slots=True)
class Plan:
	"""What is left to do, and what is known of the items."""

	steps: tuple[Step, ...]
	facts: dict[str, ItemFacts]


def plan_of(promise: Promise, asked: Asked, order: Document) -> Plan:
	"""What has to be begun for the order, by the documents that ask for it."""
	requested, _names = requested_for(order)
	steps = left_to_do(steps_of(promise), requested)
	codes = {step.node.item_code for step in steps}
	facts = read_facts(codes, order.company)
	suppliers = {code: fact.supplier for code, fact in facts.items()}
	return Plan(tuple(addressed(steps, suppliers, _services(codes))), facts)


def _services(codes: Collection[str]) -> set[str]:
	"""The items for which a Subcontracting BOM says what service a supplier is paid for."""
	filters = {"finished_good": ("in", sorted(codes) or [""]), "is_active": 1}
	return set(frappe.get_all("Subcontracting BOM", filters, pluck="finished_good"))
