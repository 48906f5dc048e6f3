"""The order book promised again, in words: what it comes to, by segment and customer, and line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from otp_app.cli.blocks import Block, Column, Line, Row, Table, Tone
from otp_app.cli.render import NONE
from otp_app.engine.backorder.outcome import (
	Change,
	Outcome,
	Tally,
	compare,
	compare_by,
	customer_of,
	segment_of,
)
from otp_app.engine.messages import number

TONES = {
	Change.IMPROVED: Tone.GOOD,
	Change.UNCHANGED: Tone.PLAIN,
	Change.WORSE: Tone.WARNING,
	Change.LOST: Tone.BAD,
}
LINES = (
	Column("Order"),
	Column("Row", right=True),
	Column("Item"),
	Column("Qty", right=True),
	Column("Customer"),
	Column("Segment"),
	Column("Asked for"),
	Column("Before"),
	Column("After"),
	Column("What"),
	Column("Why", wrap=True),
)


def is_shown(outcome: Outcome, kinds: Iterable[str]) -> bool:
	"""Whether an outcome is one of the kinds that `--only` knows: a change, late, or an exception."""
	return not outcome.kinds.isdisjoint(kinds)


def book_blocks(
	title: str, as_of: str, found: Sequence[Outcome], shown: Sequence[Outcome], limit: int
) -> Iterator[Block]:
	"""All outcomes summed up, and a row for each of those `shown`, at most `limit` unless it is 0."""
	yield Line(title, Tone.STRONG)
	yield Line(f"  As of: {as_of}")
	yield Line()
	yield from _comparison(found)
	yield from _split("Segment", found, segment_of, "(in no segment)")
	if any(outcome.line.customer for outcome in found):
		yield from _split("Customer", found, customer_of, "(no customer)")
	late = [outcome for outcome in found if outcome.late]
	exceptions = sum(outcome.exception for outcome in found)
	yield Line()
	yield Line(f"{len(late)} lines are late, each with its reason; {exceptions} are exceptions.")
	if shown:
		rows = shown if limit == 0 else shown[:limit]
		yield Line()
		yield Table(LINES, tuple(_row(outcome) for outcome in rows))
		if len(rows) < len(shown):
			yield Line(f"... and {len(shown) - len(rows)} more: --limit 0 shows all.", Tone.QUIET)


def _comparison(found: Sequence[Outcome]) -> Iterator[Block]:
	columns = (
		Column("What"),
		Column("Lines", right=True),
		Column("Orders", right=True),
		Column("Value", right=True),
	)
	valued = any(outcome.value is not None for outcome in found)
	rows = [(kind.value, tally, TONES[kind]) for kind, tally in compare(found).items()]
	rows.append(("all", Tally.of(found), Tone.STRONG))
	yield Table(
		columns,
		tuple(
			Row((name, str(tally.lines), str(tally.orders), money(tally.value) if valued else NONE), tone)
			for name, tally, tone in rows
		),
	)


def _split(
	title: str, found: Sequence[Outcome], key: Callable[[Outcome], str], nameless: str
) -> Iterator[Block]:
	"""The lines of each segment or customer by what becomes of them."""
	yield Line()
	columns = (Column(title), *(Column(kind.value.capitalize(), right=True) for kind in Change))
	rows = (
		Row((name or nameless, *(str(comparison[kind].lines) for kind in Change)))
		for name, comparison in compare_by(found, key).items()
	)
	yield Table(columns, tuple(rows))


def _row(outcome: Outcome) -> Row:
	line = outcome.line
	quantities = [f"{number(part.qty)} {part.item_code}" for part in outcome.parts]
	what = outcome.change.value + (", exception" if outcome.exception else "")
	return Row(
		(
			line.order,
			str(line.idx),
			outcome.item_code,
			", ".join(quantities) if line.bundle else number(line.qty),
			line.customer or NONE,
			outcome.segment or NONE,
			str(outcome.requested),
			str(outcome.before or NONE),
			str(outcome.after or NONE),
			what,
			" ".join(reason.text() for reason in outcome.reasons) or NONE,
		),
		TONES[outcome.change],
	)


def money(value: Decimal) -> str:
	"""An amount of the company's currency, as a person reads it."""
	return f"{value:,.2f}"
