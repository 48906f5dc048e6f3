"""`otp explain`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otp_app.cli.common import (
	EXIT_CODES,
	Desk,
	desk_options,
	dumped,
	new_request_id,
	open_desk,
	telling_errors,
)

if TYPE_CHECKING:
	from otp_app.cli.blocks import Block
	from otp_app.engine.explain import Explanation
	from otp_app.engine.facts import Item, Snapshot


@click.command(epilog=EXIT_CODES, short_help="Show the ATP ledger of an item.")
@click.argument("item")
@click.option(
	"--warehouse", metavar="NAME", help="Only this warehouse, or those below this group.  [default: all]"
)
@desk_options
def explain(item: str, warehouse: str | None, snapshot: Path | None, now: str | None, as_json: bool) -> None:
	"""Show the ATP ledger of ITEM: every supply and commitment by date, and what is available to promise.

	Net is all supply up to a day less all that is owed up to it; ATP is the lowest net from that day on, which is what
	can be promised without breaking any commitment.
	"""
	request_id = new_request_id()
	with telling_errors(as_json, request_id):
		desk = open_desk(snapshot, now)
		now_read = desk.now
		facts = desk.source.snapshot([item], documents=True)
		known = _item(desk, facts, item, warehouse)
		from otp_app.engine.explain import explain as explained

		ledgers = [explained(facts, item, name, now_read) for name in _warehouses(facts, item, warehouse)]
		if as_json:
			click.echo(dumped(_as_dict(desk, item, ledgers)))
		else:
			_show(desk, facts, known, ledgers)


def _item(desk: Desk, facts: Snapshot, code: str, warehouse: str | None) -> Item:
	"""The item. Raises RequestRefused for an unknown item, an unknown warehouse, or both."""
	from otp_app.engine.problems import UNKNOWN, Problem, RequestRefused, hint

	problems = []
	if code not in facts.items:
		message = f"There is no item {code}{hint(code, desk.source.item_codes())}"
		problems.append(Problem("UNKNOWN_ITEM", message, "item", UNKNOWN))
	if warehouse is not None and warehouse not in facts.warehouses:
		message = f"There is no warehouse {warehouse}{hint(warehouse, facts.warehouses)}"
		problems.append(Problem("UNKNOWN_WAREHOUSE", message, "warehouse", UNKNOWN))
	if problems:
		raise RequestRefused(problems)
	return facts.items[code]


def _warehouses(facts: Snapshot, item: str, asked: str | None) -> list[str]:
	"""Those that hold, await or owe the item, or the one that was asked for."""
	wanted = set(facts.leaves(asked)) if asked else set(facts.warehouses)
	touched = {supply.warehouse for supply in facts.supplies if supply.item_code == item}
	touched |= {owed.warehouse for owed in facts.commitments if owed.item_code == item}
	if asked and not touched & wanted and len(wanted) == 1:
		return [asked]
	return sorted(touched & wanted)


def _as_dict(desk: Desk, item: str, ledgers: list[Explanation]) -> dict[str, object]:
	from otp_app.engine.promise import to_json

	return {
		"item_code": item,
		"calculated_at": desk.now.isoformat(),
		"ledgers": [to_json(ledger) for ledger in ledgers],
	}


def _show(desk: Desk, facts: Snapshot, item: Item, ledgers: list[Explanation]) -> None:
	from otp_app.cli.paint import show

	show(_blocks(desk, facts, item, ledgers))


def _blocks(desk: Desk, facts: Snapshot, item: Item, ledgers: list[Explanation]) -> Iterator[Block]:
	from otp_app.cli.blocks import Line
	from otp_app.cli.ledger import beyond, ledger_blocks

	yield Line(f"As of {desk.as_of()}")
	if item.components:
		parts = ", ".join(component.item_code for component in item.components)
		yield Line(f"{item.item_code} is a bundle: what can be promised is that of {parts}.")
		return
	if not ledgers and item.is_stock_item:
		yield Line(f"Nothing of {item.item_code} is on hand, on its way or owed.")
	for ledger in ledgers:
		yield Line()
		yield from ledger_blocks(ledger)
	yield Line()
	yield Line(
		beyond(facts, item)
		if item.is_stock_item
		else f"{item.item_code} is no stock item: it needs no stock."
	)
