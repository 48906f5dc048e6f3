"""What is made and bought for a quantity, one line a node, indented by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otp_app.cli.blocks import Block, Column, Line, Row, Table, Tone
from otp_app.engine.capable.tree import BEGUN, How, Requirement
from otp_app.engine.messages import number

NONE = "-"
INDENT = "  "
# Before the lines that set the date, and before all others.
MARK, NO_MARK = "> ", "  "
COLUMNS = (
	Column("  Item"),
	Column("Qty", right=True),
	Column("From"),
	Column("Begins"),
	Column("There"),
	Column("Why then", wrap=True),
)


def tree_blocks(title: str, nodes: Sequence[Requirement]) -> Iterator[Block]:
	"""The table of some trees, under a title."""
	yield Line(title, Tone.STRONG)
	yield Table(COLUMNS, tuple(row for node in nodes for row in _rows(node, 0)))
	if any(node.critical for node in nodes):
		never = any(node.available_date is None for node in nodes)
		yield Line(f"{INDENT}{MARK}{'stands in the way' if never else 'sets the date'}")


def _rows(node: Requirement, level: int) -> Iterator[Row]:
	mark = MARK if node.critical else NO_MARK
	yield Row(
		(
			f"{mark}{INDENT * level}{node.item_code}",
			f"{number(node.qty)} {node.uom}",
			_from(node),
			str(node.start_date or NONE),
			str(node.available_date or "never"),
			node.constraint.text() if node.constraint else "",
		),
		_tone(node),
	)
	for child in node.children:
		yield from _rows(child, level + 1)


def _tone(node: Requirement) -> Tone:
	if node.available_date is None:
		return Tone.BAD
	return Tone.STRONG if node.critical else Tone.PLAIN


def _from(node: Requirement) -> str:
	"""Where a quantity comes from, in a few words."""
	replaces = f", instead of {node.instead_of}" if node.instead_of else ""
	return f"{_source(node)}{replaces}"


def _source(node: Requirement) -> str:
	if node.document is not None:
		return f"{node.document.doctype} {node.document.name}"
	if node.how in BEGUN:
		more = node.order_qty is not None and node.order_qty > node.qty
		verb = "order" if node.how is How.BUY else "start"
		return f"to be {BEGUN[node.how]}" + (
			f" ({verb} {number(node.order_qty or 0)} {node.uom})" if more else ""
		)
	if node.how is How.STOCK:
		return f"stock in {node.warehouse}"
	return "always available" if node.how is How.ALWAYS else "nowhere"
