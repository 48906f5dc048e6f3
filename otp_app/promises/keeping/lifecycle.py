"""What becomes of a promise: its statuses, and which one it has, from facts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum


class PromiseStatus(str, Enum):
	"""Draft: applied to a draft, holds nothing. Held: keeps supply until it expires. Committed: its order is
	submitted. At Risk: as of now its date will be missed. Kept and Broken: how it ended."""

	DRAFT = "Draft"
	HELD = "Held"
	COMMITTED = "Committed"
	AT_RISK = "At Risk"
	KEPT = "Kept"
	BROKEN = "Broken"
	EXPIRED = "Expired"
	SUPERSEDED = "Superseded"
	CANCELLED = "Cancelled"


# Why a promise is at risk whose order is on hold.
ON_HOLD = "The order is on hold: nothing is kept for it."

# Before its order is submitted.
PENDING = (PromiseStatus.DRAFT, PromiseStatus.HELD)


class OrderState(str, Enum):
	"""What a submitted Sales Order's own status means for its promise."""

	OPEN = "open"
	ON_HOLD = "on_hold"
	CLOSED = "closed"
	CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class LineState:
	"""A promised line today. Quantities are in stock UOM, `delivered_qty` since it was promised; `expected` is what the
	last review found, None if it found no date; `delivered_on` is the day of the last delivery of a line with nothing
	open."""

	item_code: str
	promised: date | None
	expected: date | None
	open_qty: float
	delivered_on: date | None = None
	delivered_qty: float = 0.0

	@property
	def days_late(self) -> int | None:
		"""Calendar days from the promised date to the delivery; None before it, or without a promise."""
		if self.delivered_on is None or self.promised is None:
			return None
		return (self.delivered_on - self.promised).days


@dataclass(frozen=True, slots=True)
class Verdict:
	"""A status and why: `reason` is a sentence to translate, its `values` in the order of its placeholders."""

	status: PromiseStatus
	reason: str = ""
	values: tuple[object, ...] = ()


def judge(order: OrderState, lines: Sequence[LineState], today: date) -> Verdict:
	"""The status of a promise whose order has been submitted.

	A line delivered late breaks it, and so does a day that has passed without the delivery; a promise is kept once every
	line was delivered in time.
	"""
	if order is OrderState.CANCELLED:
		return Verdict(PromiseStatus.CANCELLED, "The order was cancelled.")
	late = next((line for line in lines if (line.days_late or 0) > 0), None)
	if late is not None:
		values = (late.item_code, late.delivered_on, late.promised)
		return Verdict(PromiseStatus.BROKEN, "{0} was delivered on {1}; it was promised for {2}.", values)
	still_open = [line for line in lines if line.open_qty > 0]
	if not still_open:
		return Verdict(PromiseStatus.KEPT)
	if order is OrderState.CLOSED:
		return Verdict(PromiseStatus.CANCELLED, "The order was closed before all was delivered.")
	missed = next((line for line in still_open if line.promised is not None and line.promised < today), None)
	if missed is not None:
		return Verdict(
			PromiseStatus.BROKEN, "{0} was not delivered by {1}.", (missed.item_code, missed.promised)
		)
	return _at_risk(order, still_open) or Verdict(PromiseStatus.COMMITTED)


def _at_risk(order: OrderState, still_open: Sequence[LineState]) -> Verdict | None:
	if order is OrderState.ON_HOLD:
		return Verdict(PromiseStatus.AT_RISK, ON_HOLD)
	for line in still_open:
		if line.expected is None or line.promised is None:
			return Verdict(PromiseStatus.AT_RISK, "{0} has no date any more.", (line.item_code,))
		if line.expected > line.promised:
			values = (line.item_code, line.expected, line.promised)
			return Verdict(PromiseStatus.AT_RISK, "{0} is expected on {1}; it was promised for {2}.", values)
	return None
