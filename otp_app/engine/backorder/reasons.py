"""Why a line gets the date that it gets: the document it waits for, the order that goes before it, or the rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from otp_app.engine.backorder.rules import BackorderRules, Strategy
from otp_app.engine.backorder.units import Need, Unit
from otp_app.engine.backorder.ways import Orders
from otp_app.engine.books import Books
from otp_app.engine.messages import Message, Value
from otp_app.engine.shortages import document_of, pending, why_no_more


@dataclass(frozen=True, slots=True)
class Teller:
	"""Adds reasons to units; days are day numbers."""

	books: Books
	rules: BackorderRules
	orders: Orders

	def waits(self, unit: Unit, need: Need, day: int | None, wish: int) -> None:
		"""One of its needs is not there for `wish`, but on `day` or never."""
		shelf = need.shelf
		unit.reasons += self._supply(need, day)
		if shelf.would_fit(need.qty, need.way.needed[wish]):
			ahead = shelf.ahead(day)
			if ahead is not None:
				unit.reasons.append(_goes_before(ahead, shelf.item.item_code))

	def _supply(self, need: Need, day: int | None) -> list[Message]:
		item, at = need.shelf.item, need.shelf.at
		values: dict[str, Value] = {"qty": need.qty, "uom": item.stock_uom, "item": item.item_code}
		if day is None:
			values |= {"warehouse": at.name, "why": self._why_short(need)}
			return [Message("SHORTAGE", values), *pending(self.books, item, at.name)]
		values["available"] = date.fromordinal(day)
		supply = need.shelf.arriving(day) if need.shelf.fits(need.qty, day) else None
		if supply is not None:
			values |= {**document_of(supply), "expected": self.books.terms.expected(supply, at)}
			return [Message("FROM_RECEIPT", values)]
		ordered = self.orders.find(item, need.qty, at)
		values |= {"how": "made" if item.default_bom else "bought", "days": ordered.days if ordered else None}
		return [Message("FROM_REPLENISHMENT", values)]

	def _why_short(self, need: Need) -> str:
		settings, item = self.books.snapshot.settings, need.shelf.item
		if not need.shelf.at.sells:
			return "nothing is promised from this warehouse"
		mode = item.mode or settings.mode
		return why_no_more(item, mode, need.qty, settings.production_hours_per_day)

	def stays(self, unit: Unit, possible: int) -> None:
		"""It could come sooner, but hardly."""
		values: dict[str, Value] = {
			"earliest": date.fromordinal(possible),
			"days": self.rules.least_gain_days,
		}
		unit.reasons.append(Message("HARDLY_BETTER", values))

	def not_sooner(self, unit: Unit) -> None:
		"""Nothing but time stands in the way."""
		earliest = date.fromordinal(unit.date) if unit.date else None
		unit.reasons.append(Message("NOT_SOONER", {"earliest": earliest}))

	def only_keeps(self, unit: Unit) -> None:
		"""Its strategy lets it have nothing better."""
		unit.reasons.append(Message("ONLY_KEEPS", {"segment": _title(unit)}))

	def gives_up(self, unit: Unit) -> None:
		"""Its strategy takes what it has."""
		unit.reasons.append(Message("GIVES_UP", {"segment": _title(unit)}))

	def left(self, unit: Unit) -> None:
		"""It is not promised anew."""
		why = f"segment {_title(unit)} (skip)" if unit.segment else "it is in no segment"
		unit.reasons.append(Message("LEFT", {"why": why}))


def _title(unit: Unit) -> str:
	return unit.segment.title if unit.segment else ""


def _goes_before(ahead: Unit, item_code: str) -> Message:
	values: dict[str, Value] = {"order": ahead.order, "item": item_code}
	if ahead.strategy is Strategy.SKIP:
		return Message("KEEPS_BEFORE", values)
	return Message("GOES_BEFORE", {**values, "segment": _title(ahead), "strategy": ahead.strategy.value})
