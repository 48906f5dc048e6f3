"""A promise in words: a headline, its lines and what covers them, why, and what would make it earlier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from otp_app.cli.blocks import Block, Column, Line, Listing, Row, Table, Tone
from otp_app.cli.tree import tree_blocks
from otp_app.engine.capable.tree import BEGUN
from otp_app.engine.messages import number, percent
from otp_app.engine.promise import Fulfillment, Option, PlanLine, Promise, Source, Status

NONE = "-"
# What a line comes from where nothing leaves our own stock, by the code of the reason that tells it.
UNSTOCKED = {"SERVICE": "needs no stock", "DROP_SHIP": "shipped by the supplier"}


def promise_blocks(promise: Promise, asked: Mapping[str, Any], as_of: str) -> Iterator[Block]:
	"""All that a person is told about a promise."""
	yield _headline(promise)
	yield from _summary(promise, asked, as_of)
	yield Line()
	yield _table(promise)
	yield from _listing("What stands in the way", [m.text() for m in promise.blockers], Tone.BAD)
	yield from _made(promise)
	yield from _why(promise)
	promised = promise.promise_date is not None
	needed = "To keep this date, raise" if promised else "These dates would need"
	yield from _listing(needed, list(_requests(promise.plan)))
	better = "What would make it earlier" if promised else "What would make it possible"
	yield from _listing(better, [_option(option) for option in promise.options], Tone.GOOD)


def _headline(promise: Promise) -> Line:
	if promise.status is Status.CANNOT_PROMISE_RELIABLY:
		return Line("No reliable date: supply is on its way, but nobody knows when", Tone.WARNING)
	if promise.status is Status.CANNOT_FULFILL or promise.promise_date is None:
		return Line("Cannot be fulfilled", Tone.BAD)
	text = f"Promised for {long_date(promise.promise_date)}"
	if promise.on_time is None:
		return Line(text, Tone.GOOD)
	if promise.on_time:
		return Line(f"{text}: on time", Tone.GOOD)
	return Line(f"{text}: {_lateness(promise)}", Tone.WARNING)


def _lateness(promise: Promise) -> str:
	late = [
		(line.promise_date - line.desired_date).days
		for line in promise.plan
		if line.promise_date and line.desired_date and line.promise_date > line.desired_date
	]
	return f"{days(max(late))} late" if late else "late"


def _summary(promise: Promise, asked: Mapping[str, Any], as_of: str) -> Iterator[Line]:
	facts = {
		"Customer": asked.get("customer"),
		"Desired": _desired(promise),
		"Earliest": _earliest(promise),
		"Confidence": _confidence(promise),
		"As of": as_of,
	}
	for name, value in facts.items():
		if value:
			yield Line(f"  {name + ':':<12}{value}")


def _desired(promise: Promise) -> str | None:
	wanted = sorted({line.desired_date for line in promise.plan if line.desired_date})
	if not wanted:
		return None
	span = str(wanted[0]) if len(wanted) == 1 else f"{wanted[0]} to {wanted[-1]}, by line"
	odds = "" if promise.on_time_probability is None else f": {_sure(promise.on_time_probability)} sure"
	return f"{span} ({promise.desired_date_mode.value}){odds}"


def _earliest(promise: Promise) -> str | None:
	"""The raw date, where it says something that the promise date does not."""
	if promise.promise_date_raw is None or promise.promise_date_raw == promise.promise_date:
		return None
	kept = ", kept back to the desired date" if promise.adjusted_due_to_no_early_delivery else ""
	return f"{promise.promise_date_raw}{kept}"


def _confidence(promise: Promise) -> str | None:
	if promise.confidence is None:
		return None
	probability = "" if promise.probability is None else f" ({_sure(promise.probability)})"
	return f"{promise.confidence.value}{probability}"


def _sure(probability: float | None) -> str:
	return NONE if probability is None else f"{number(percent(probability))} %"


def _table(promise: Promise) -> Table:
	"""The lines; without a promise, the dates on which each could be there by itself."""
	columns = (
		Column("Item", wrap=True),
		Column("Qty", right=True),
		Column("Promised" if promise.promise_date else "Earliest"),
		Column("Ship"),
		Column("Sure", right=True),
		Column("From", wrap=True),
	)
	return Table(columns, tuple(row for index in range(len(promise.plan)) for row in _rows(promise, index)))


def _rows(promise: Promise, index: int) -> Iterator[Row]:
	"""A line, and below it what covers it; one supply that covers the whole line shares its row."""
	line = promise.plan[index]
	unstocked = {
		message.values["item"]: UNSTOCKED[message.code]
		for message in promise.reasons
		if message.line == index and message.code in UNSTOCKED
	}
	pegs = [
		(peg, unstocked.get(peg.item_code) or peg_text(peg))
		for peg in sorted(line.fulfillment, key=lambda peg: (peg.delivery_date, peg.item_code))
	]
	alone = len(pegs) == 1 and not line.shortage and pegs[0][0].item_code == line.item_code
	yield Row(
		(
			line.item_code,
			f"{number(line.qty_required)} {line.uom}",
			_day(line.promise_date or line.promise_date_raw),
			_day(line.ship_date),
			_sure(line.probability),
			pegs[0][1] if alone else "",
		),
		Tone.PLAIN if alone else Tone.STRONG,
	)
	if not alone:
		yield from (_peg_row(line, peg, text) for peg, text in pegs)
	if line.shortage:
		yield Row(("  short", f"{number(line.shortage)} {line.uom}", NONE, NONE, NONE, "nothing"), Tone.BAD)


def _peg_row(line: PlanLine, peg: Fulfillment, text: str) -> Row:
	item = "" if peg.item_code == line.item_code else f"  {peg.item_code}"
	dates = _day(peg.delivery_date), _day(peg.ship_ready_date)
	return Row((item, number(peg.qty), *dates, _sure(peg.probability), text))


def peg_text(peg: Fulfillment) -> str:
	"""The supply behind a peg, in a few words."""
	if peg.source is Source.STOCK:
		return f"stock in {peg.warehouse}"
	if peg.tree is not None:
		return f"to be {BEGUN[peg.tree.how]}, there by {peg.available_date}"
	if peg.suggestion is not None and peg.suggestion.from_warehouse:
		return f"to be transferred from {peg.suggestion.from_warehouse}, there by {peg.available_date}"
	if peg.suggestion is not None:
		verb = "made" if peg.suggestion.material_request_type == "Manufacture" else "bought"
		return f"to be {verb}, there by {peg.available_date}"
	what = (
		f"{peg.document.doctype} {peg.document.name}" if peg.document else peg.source.value.replace("_", " ")
	)
	party = f" of {peg.supplier}" if peg.supplier else ""
	return f"{what}{party}, expected {peg.expected_date}"


def _requests(plan: Sequence[PlanLine]) -> Iterator[str]:
	"""The Material Requests that replenishments need."""
	for peg in (peg for line in plan for peg in line.fulfillment):
		if (ask := peg.suggestion) is not None:
			yield (
				f"{ask.doctype} ({ask.material_request_type}): {number(ask.qty)} {ask.uom} of {ask.item_code} "
				f"in {ask.warehouse} by {ask.schedule_date}"
			)


def _made(promise: Promise) -> Iterator[Block]:
	"""What is made and bought, level by level, for each quantity that is promised by it."""
	for peg in (peg for line in promise.plan for peg in line.fulfillment):
		if peg.tree is not None:
			yield Line()
			yield from tree_blocks(f"What {number(peg.qty)} of {peg.item_code} need", [peg.tree])


def _why(promise: Promise) -> Iterator[Block]:
	"""The reasons, under the line that each is about; what several lines have in common is said once."""
	told: set[str] = set()
	for index, line in enumerate(promise.plan):
		texts = [message.text() for message in promise.reasons if message.line == index]
		new = [text for text in dict.fromkeys(texts) if text not in told]
		told.update(new)
		number_of = f", line {index + 1}" if len(promise.plan) > 1 else ""
		yield from _listing(f"Why: {line.item_code}{number_of}", new)
	whole = [message.text() for message in promise.reasons if message.line is None]
	yield from _listing("Why: the whole order", list(dict.fromkeys(whole)))


def _option(option: Option) -> str:
	return f"{_day(option.promise_date)}  {option.description.rstrip('.')}: {option.impact}"


def _listing(title: str, points: Sequence[str], tone: Tone = Tone.PLAIN) -> Iterator[Block]:
	if points:
		yield Line()
		yield Listing(title, tuple(points), tone)


def _day(day: date | None) -> str:
	return day.isoformat() if day else NONE


def long_date(day: date) -> str:
	"""A date as one says it, and as one writes it down."""
	return f"{day:%A} {day.day} {day:%B %Y} ({day})"


def days(count: int) -> str:
	"""1 day, 2 days."""
	return "1 day" if count == 1 else f"{count} days"
