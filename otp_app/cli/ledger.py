"""The ATP ledger of an item in words."""

from __future__ import annotations

from collections.abc import Iterator

from otp_app.cli.blocks import Block, Column, Line, Row, Table, Tone
from otp_app.engine.explain import Entry, Explanation
from otp_app.engine.facts import Item, Snapshot
from otp_app.engine.lead_times import lead_time
from otp_app.engine.messages import number
from otp_app.engine.policy import FulfilmentMode

COUNTED = (
	Column("Day"),
	Column("What", wrap=True),
	Column("Due"),
	Column("Qty", right=True),
	Column("Net", right=True),
	Column("ATP", right=True),
)
NOT_COUNTED = (
	Column("Not counted", wrap=True),
	Column("Due"),
	Column("Qty", right=True),
	Column("Why", wrap=True),
)
WHY_NOT = {
	"on_hold": "on hold",
	"undated": "it has no date",
	"closed": "closed",
	"process_loss": "process loss",
	"expired": "the batch is expired",
	"not_opted_in": "the settings leave it out",
	"unconfirmed": "no date is confirmed, so nothing is kept for it",
	"bookkeeping": "only in ERPNext's books: nobody will ship it",
	"overdue": "overdue for longer than the settings care for",
}


def ledger_blocks(ledger: Explanation) -> Iterator[Block]:
	"""Every supply and commitment by date, with net and ATP at the end of each day."""
	yield Line(f"{ledger.item_code} in {ledger.warehouse}", Tone.STRONG)
	yield Line(f"  {_available(ledger)}")
	yield Line()
	counted = [entry for entry in ledger.entries if entry.day is not None]
	if counted:
		yield Table(COUNTED, tuple(_counted_rows(ledger, counted)))
	left_out = [entry for entry in ledger.entries if entry.day is None]
	if left_out:
		yield Line()
		yield Table(NOT_COUNTED, tuple(_left_out_row(entry) for entry in left_out))


def _available(ledger: Explanation) -> str:
	"""What can be promised today, and each date on which it becomes more."""
	if not ledger.sells:
		return "Nothing is promised from this warehouse."
	steps: list[str] = []
	before = 0.0
	for level in ledger.levels:
		if level.atp > before:
			day = "today" if level.day <= ledger.today else f"from {level.day}"
			steps.append(f"{number(level.atp)} {day}")
			before = level.atp
	if not steps or not steps[0].endswith("today"):
		steps.insert(0, "0 today")
	return f"Available to promise, in {ledger.uom}: {', '.join(steps)}"


def _counted_rows(ledger: Explanation, entries: list[Entry]) -> Iterator[Row]:
	levels = {level.day: level for level in ledger.levels}
	for index, entry in enumerate(entries):
		first = index == 0 or entries[index - 1].day != entry.day
		last = index == len(entries) - 1 or entries[index + 1].day != entry.day
		level = levels[entry.day] if entry.day and last else None
		due = "" if entry.due is None or entry.due == entry.day else str(entry.due)
		yield Row(
			(
				str(entry.day) if first else "",
				what(entry),
				due,
				signed(entry.qty),
				number(level.net) if level else "",
				number(level.atp) if level else "",
			)
		)


def _left_out_row(entry: Entry) -> Row:
	why = WHY_NOT.get(entry.withheld or "", entry.withheld or "")
	return Row((what(entry), str(entry.due or "-"), signed(entry.qty), why), Tone.QUIET)


def what(entry: Entry) -> str:
	"""A supply or commitment in a few words."""
	words = [entry.kind.replace("_", " "), entry.document or "", f"({entry.party})" if entry.party else ""]
	return " ".join(word for word in words if word)


def signed(qty: float) -> str:
	"""+5 for what comes, -5 for what goes."""
	return f"+{number(qty)}" if qty > 0 else number(qty)


def beyond(snapshot: Snapshot, item: Item) -> str:
	"""What may cover more than is available to promise."""
	mode = item.mode or snapshot.settings.mode
	if mode is FulfilmentMode.ATP_ONLY:
		return "Nothing more is promised: its fulfilment mode is ATP only."
	if mode is FulfilmentMode.ATP_THEN_CTP:
		verb = "made" if item.default_bom else "bought"
		return f"More can be {verb}: --qty shows what that needs, and when it is there."
	if mode is FulfilmentMode.ALWAYS_AVAILABLE:
		return "Any quantity is promised: its fulfilment mode is always available."
	days = lead_time(item, 1.0, snapshot.settings.production_hours_per_day)
	if days is None:
		return "Nothing more is promised: it has no lead time."
	verb = "made" if item.default_bom else "bought"
	if item.lead_time_days is None:
		return (
			f"More can be {verb} in the time that its BOM's operations take, {days} working day(s) for one."
		)
	return f"More can be {verb} in {days} working days."
