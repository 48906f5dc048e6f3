"""`otp backorder` and `otp whatif`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

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
	from otp_app.engine.backorder.outcome import Outcome
	from otp_app.engine.facts import Snapshot

Command = TypeVar("Command", bound=Callable[..., Any])
ONLY = ("improved", "unchanged", "worse", "lost", "late", "exception")
CHANGED = ("improved", "worse", "lost", "exception")


def rule_options(command: Command) -> Command:
	"""The options that say who goes before whom."""
	for option in (
		click.option(
			"--least-gain-days", metavar="DAYS", help="Move a date only for so many days.  [default: 1]"
		),
		click.option(
			"--segment",
			"segments",
			multiple=True,
			metavar="STRATEGY[:FIELD=VALUE]",
			help="Lines and what may happen to them, as in 'win:customers=Velo Nord:sort=requested,-value'. Repeat it: a "
			"line belongs to the first one that it matches.",
		),
		click.option("--rules", metavar="FILE", help="Segments as JSON; - reads stdin."),
	):
		command = option(command)
	return command


def view_options(command: Command) -> Command:
	"""The options that say which lines are shown."""
	for option in (
		click.option(
			"--limit", type=click.IntRange(0), default=50, show_default=True, help="Lines to show; 0: all."
		),
		click.option("--customer", "customers", multiple=True, metavar="NAME", help="Only this customer's."),
		click.option(
			"--only",
			multiple=True,
			type=click.Choice(ONLY),
			help="Only these lines.  [default: what changes, and exceptions]",
		),
	):
		command = option(command)
	return command


@click.command(epilog=EXIT_CODES, short_help="Promise the whole order book again, as a simulation.")
@rule_options
@view_options
@desk_options
def backorder(
	rules: str | None,
	segments: tuple[str, ...],
	least_gain_days: str | None,
	only: tuple[str, ...],
	customers: tuple[str, ...],
	limit: int,
	snapshot: Path | None,
	now: str | None,
	as_json: bool,
) -> None:
	"""Promise all open order lines again, by segments and strategies, and compare. Nothing is changed.

	\b
	otp backorder --segment 'win:customers=Velo Nord' --segment redistribute
	otp backorder --rules rules.json --only worse --only lost

	Strategies: win (on time in full, or an exception), gain (keeps what it has, may improve), redistribute (may gain or
	lose), fill (never gains), lose (gives all up), skip (stays as it is). Without rules, all lines are redistributed.
	"""
	from otp_app.cli.rules import backorder_rules
	from otp_app.engine.backorder.rules import Strategy, everything
	from otp_app.engine.backorder.run import simulate

	with telling_errors(as_json, new_request_id()):
		known = backorder_rules(rules, segments, least_gain_days)
		desk = open_desk(snapshot, now)
		book = _book(desk)
		run = simulate(book, known or everything(Strategy.REDISTRIBUTE), desk.now)
		shown = _shown(run.outcomes, only, customers)
		if as_json:
			answer = run.as_dict()
			click.echo(dumped(answer | {"lines": [outcome.as_dict() for outcome in shown]}))
		else:
			_show("Backorder processing, simulated: nothing is changed", desk, run.outcomes, shown, limit)


@click.command(epilog=EXIT_CODES, short_help="Tell what would happen to the order book if something changed.")
@click.option(
	"--delay",
	"delays",
	multiple=True,
	metavar="DOCUMENT=DATE",
	help="What a document brings comes on that date.",
)
@click.option(
	"--add",
	"added",
	multiple=True,
	metavar="ITEM=QTY@WAREHOUSE[:DATE]",
	help="So much more comes, in stock units; without a date it is on hand.",
)
@click.option("--lose", "lost", multiple=True, metavar="WAREHOUSE", help="Nothing comes from it any more.")
@click.option("--take", metavar="FILE", help="An order as JSON, the body of the API call; - reads stdin.")
@rule_options
@view_options
@desk_options
def whatif(
	delays: tuple[str, ...],
	added: tuple[str, ...],
	lost: tuple[str, ...],
	take: str | None,
	rules: str | None,
	segments: tuple[str, ...],
	least_gain_days: str | None,
	only: tuple[str, ...],
	customers: tuple[str, ...],
	limit: int,
	snapshot: Path | None,
	now: str | None,
	as_json: bool,
) -> None:
	"""Tell which open order lines would get another date if something changed. Nothing is changed.

	\b
	otp whatif --delay PUR-ORD-2026-00003=2026-06-01
	otp whatif --add 'City Bike 28=20@Finished Goods - RC:2026-05-20' --take order.json

	Before is what each line gets as things are, after what it would get. All lines keep what they have and may gain, unless
	rules say otherwise; an order that is taken goes first, and the others keep what they can.
	"""
	from otp_app.cli.rules import backorder_rules, supposed
	from otp_app.engine.backorder.outcome import compare
	from otp_app.engine.backorder.whatif import what_if

	with telling_errors(as_json, new_request_id()):
		changes = supposed(delays, added, lost, take)
		known = backorder_rules(rules, segments, least_gain_days)
		desk = open_desk(snapshot, now)
		found = what_if(_book(desk), changes, desk.now, known)
		shown = _shown(found, only, customers)
		if as_json:
			comparison = {kind.value: tally.as_dict() for kind, tally in compare(found).items()}
			lines = [outcome.as_dict() for outcome in shown]
			click.echo(dumped({"comparison": comparison, "lines": lines}))
		else:
			_show("What if: nothing is changed", desk, found, shown, limit)


def _book(desk: Desk) -> Snapshot:
	"""The whole snapshot. Raises RequestRefused for one without open lines."""
	from otp_app.engine.problems import Problem, RequestRefused

	book = desk.source.book()
	if not book.open_lines:
		message = (
			"The snapshot has no open order lines: nothing is owed to a customer, or it was exported without."
		)
		raise RequestRefused([Problem("NO_ORDER_BOOK", message, "snapshot")])
	return book


def _shown(found: Sequence[Outcome], only: tuple[str, ...], customers: tuple[str, ...]) -> list[Outcome]:
	"""The outcomes asked for. Raises RequestRefused for an unknown customer."""
	from otp_app.cli.book import is_shown
	from otp_app.engine.problems import UNKNOWN, Problem, RequestRefused, hint

	known = sorted({outcome.line.customer for outcome in found if outcome.line.customer})
	if unknown := [name for name in customers if name not in known]:
		raise RequestRefused(
			[
				Problem(
					"UNKNOWN_CUSTOMER",
					f"No open line is customer {name}'s{hint(name, known)}",
					"customer",
					UNKNOWN,
				)
				for name in unknown
			]
		)
	return [
		outcome
		for outcome in found
		if (not customers or outcome.line.customer in customers) and is_shown(outcome, only or CHANGED)
	]


def _show(title: str, desk: Desk, found: Sequence[Outcome], shown: Sequence[Outcome], limit: int) -> None:
	from otp_app.cli.book import book_blocks
	from otp_app.cli.paint import show

	show(book_blocks(title, desk.as_of(), found, shown, limit))
