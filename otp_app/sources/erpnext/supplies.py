"""Rows of what is there and expected, made into supplies (docs/supplies-and-commitments.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from otp_app.engine.calendars import NoWorkingDay, WorkingDays
from otp_app.engine.facts import Supply, SupplyKind, Withheld


def supplies_of(rows: Iterable[tuple[Any, ...]], calendars: Calendars) -> list[Supply]:
	"""The supplies of rows (kind, item, warehouse, due, document, party, withheld, via, start, qty), in a fixed order."""
	rows = list(rows)
	plain = [_supply(row, calendars) for row in rows if row[0] != SupplyKind.TRANSFER.value]
	sent = [row for row in rows if row[0] == SupplyKind.TRANSFER.value]
	moving = [transfer for row in sent if (transfer := _transfer(row, calendars))]
	return _apart(plain, sorted(moving, key=_order))


@dataclass(frozen=True, slots=True)
class Calendars:
	"""What turns a start into a date of arrival: working days and transfer days by warehouse, lead times by item."""

	work: Mapping[str, WorkingDays]
	transfer_days: int
	lead_times: Mapping[str, int]

	def work_order_due(self, item_code: str, warehouse: str, start: date | None) -> date | None:
		"""A Work Order without an end date takes the item's lead time from its start; unknown without one."""
		days = self.lead_times.get(item_code)
		calendar = self.work.get(warehouse)
		if days is None or calendar is None or start is None:
			return None
		return self._arrival(calendar, start, days)

	def transfer_due(self, warehouse: str, sent: date) -> date | None:
		"""When stock sent on `sent` is there; unknown where nobody ever works."""
		return self._arrival(self.work[warehouse], sent, self.transfer_days)

	@staticmethod
	def _arrival(calendar: WorkingDays, start: date, days: int) -> date | None:
		# One hopeless calendar must not stop promises from other warehouses.
		with suppress(NoWorkingDay, OverflowError):
			return calendar.add(start, days)
		return None


def _supply(row: tuple[Any, ...], calendars: Calendars) -> Supply:
	kind, item, warehouse, due, document, party, withheld, _via, start, qty = row
	kind = SupplyKind(kind)
	reason = Withheld(withheld) if withheld else None
	if kind is SupplyKind.WORK_ORDER and due is None:
		due = calendars.work_order_due(item, warehouse, start)
	if reason is None and due is None and kind is not SupplyKind.ON_HAND:
		reason = Withheld.UNDATED
	return Supply(item, warehouse, kind, float(qty), due, document, party, reason)


def _transfer(row: tuple[Any, ...], calendars: Calendars) -> Supply | None:
	"""Stock on its way; None where nothing says to which warehouse."""
	_kind, item, target, _due, document, _party, _withheld, via, sent, qty = row
	if target is None or target not in calendars.work or target == via:
		return None
	due = calendars.transfer_due(target, sent)
	reason = None if due else Withheld.UNDATED
	return Supply(item, target, SupplyKind.TRANSFER, float(qty), due, document, None, reason, via)


def _apart(supplies: list[Supply], moving: list[Supply]) -> list[Supply]:
	"""Splits stock on hand into what is free, expired and on its way elsewhere, so that no unit is read twice."""
	here = {
		(supply.item_code, supply.warehouse): supply.qty
		for supply in supplies
		if supply.kind is SupplyKind.ON_HAND and supply.withheld is None
	}
	answer = [s for s in supplies if s.kind is not SupplyKind.ON_HAND]
	expired = [s for s in supplies if s.withheld is Withheld.EXPIRED]
	for part, place in [(s, s.warehouse) for s in expired] + [(s, str(s.counted_in)) for s in moving]:
		key = (part.item_code, place)
		qty = min(part.qty, max(0.0, here.get(key, 0.0)))
		if qty > 0:
			here[key] -= qty
			answer.append(replace(part, qty=qty))
	kind = SupplyKind.ON_HAND
	answer += [Supply(item, warehouse, kind, qty) for (item, warehouse), qty in here.items() if qty]
	return sorted(answer, key=_order)


def _order(s: Supply) -> tuple[str, ...]:
	return (s.item_code, s.warehouse, s.kind.value, str(s.due or ""), s.document or "", str(s.withheld))
