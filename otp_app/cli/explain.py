"""`otp explain`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
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
	from otp_app.engine.capable.tree import Requirement
	from otp_app.engine.explain import Explanation
	from otp_app.engine.facts import Item, Snapshot

	# Where, how many, and the nodes that say how.
	Asked = tuple[str, float, tuple[Requirement, ...]]


@click.command(epilog=EXIT_CODES, short_help="Show the ATP ledger of an item.")
@click.argument("item")
@click.option(
	"--warehouse", metavar="NAME", help="Only this warehouse, or those below this group.  [default: all]"
)
@click.option(
	"--qty",
	metavar="QTY",
	help="Show how so many stock units can be had, and what making or buying them needs.",
)
@click.option(
	"--ctp",
	is_flag=True,
	help="With --qty: as if its fulfilment mode were ATP then CTP (make or buy the rest).",
)
@desk_options
def explain(
	item: str,
	warehouse: str | None,
	qty: str | None,
	ctp: bool,
	snapshot: Path | None,
	now: str | None,
	as_json: bool,
) -> None:
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
		needed = _qty(qty, ctp)
		from otp_app.engine.explain import explain as explained

		ledgers = [explained(facts, item, name, now_read) for name in _warehouses(facts, item, warehouse)]
		asked = None
		if needed is not None:
			asked = _asked(_capable(facts, known) if ctp else facts, known, needed, warehouse, now_read)
		if as_json:
			click.echo(dumped(_as_dict(desk, item, ledgers, asked)))
		else:
			_show(desk, facts, known, ledgers, asked)


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


def _qty(asked: str | None, ctp: bool) -> float | None:
	"""The quantity asked for. Raises RequestRefused for what is none, and for a --ctp that nothing was asked for."""
	from otp_app.engine.problems import Problem, RequestRefused

	if asked is None:
		if ctp:
			raise RequestRefused([Problem("MISSING_FIELD", "--ctp needs a quantity: give --qty.", "qty")])
		return None
	try:
		qty = float(asked)
	except ValueError:
		qty = 0.0
	if not 0 < qty < math.inf:
		message = f"--qty must be a number above 0, not '{asked}'."
		raise RequestRefused([Problem("INVALID_VALUE", message, "qty")])
	return qty


def _capable(facts: Snapshot, item: Item) -> Snapshot:
	"""The facts, if an item were made or bought beyond ATP."""
	from otp_app.engine.policy import FulfilmentMode

	capable = replace(item, mode=FulfilmentMode.ATP_THEN_CTP)
	return replace(facts, items={**facts.items, item.item_code: capable})


def _asked(facts: Snapshot, item: Item, qty: float, warehouse: str | None, now: datetime) -> Asked:
	"""How a quantity can be had, in the warehouse asked for, else where the item is kept."""
	from otp_app.engine.explain import requirements
	from otp_app.engine.problems import Problem, RequestRefused

	if item.components:
		message = f"{item.item_code} is a bundle: ask for a quantity of one of its components."
		raise RequestRefused([Problem("INVALID_VALUE", message, "qty")])
	if item.whole and qty != int(qty):
		message = f"{item.item_code} comes in whole {item.stock_uom} only, not {qty:g}."
		raise RequestRefused([Problem("WHOLE_NUMBER", message, "qty")])
	place = _place(facts, item, warehouse)
	return place, qty, requirements(facts, item.item_code, qty, place, now)


def _place(facts: Snapshot, item: Item, asked: str | None) -> str:
	"""One warehouse. Raises RequestRefused where none can be told."""
	from otp_app.engine.problems import Problem, RequestRefused

	leaves = facts.leaves(asked) if asked else tuple(sorted(facts.warehouses))
	defaults = [name for _, name in item.default_warehouses] + [facts.settings.default_warehouse]
	held = _warehouses(facts, item.item_code, asked)
	selling = [name for name in leaves if facts.warehouses[name].sells]
	for name in (*defaults, *held, *selling):
		if name in selling:
			return name
	message = "Nothing is promised from there: name a warehouse that is sold from with --warehouse."
	raise RequestRefused([Problem("NO_WAREHOUSE", message, "warehouse")])


def _as_dict(desk: Desk, item: str, ledgers: list[Explanation], asked: Asked | None) -> dict[str, object]:
	from otp_app.engine.promise import to_json

	answer = _ledgers(desk, item, ledgers)
	if asked is None:
		return answer
	warehouse, qty, nodes = asked
	return answer | {"qty": qty, "warehouse": warehouse, "requirements": to_json(nodes)}


def _ledgers(desk: Desk, item: str, ledgers: list[Explanation]) -> dict[str, object]:
	from otp_app.engine.promise import to_json

	return {
		"item_code": item,
		"calculated_at": desk.now.isoformat(),
		"ledgers": [to_json(ledger) for ledger in ledgers],
	}


def _show(desk: Desk, facts: Snapshot, item: Item, ledgers: list[Explanation], asked: Asked | None) -> None:
	from otp_app.cli.paint import show

	show((*_blocks(desk, facts, item, ledgers), *(_needed(item, asked) if asked else ())))


def _needed(item: Item, asked: Asked) -> Iterator[Block]:
	from otp_app.cli.blocks import Line
	from otp_app.cli.tree import tree_blocks
	from otp_app.engine.messages import number

	warehouse, qty, nodes = asked
	yield Line()
	yield from tree_blocks(f"What {number(qty)} of {item.item_code} in {warehouse} need", nodes)


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
