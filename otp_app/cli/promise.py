"""`otp promise`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otp_app.cli.common import (
	EXIT_CODES,
	Desk,
	Exit,
	desk_options,
	dumped,
	new_request_id,
	open_desk,
	telling_errors,
)

if TYPE_CHECKING:
	from otp_app.engine.facts import Excluded
	from otp_app.engine.promise import Promise

# Flag -> field of the order, and flag -> field of its rules.
FIELDS = ("customer", "company", "channel", "desired_date")
RULES = (
	"no_weekends",
	"weekend_days",
	"cutoff_time",
	"timezone",
	"lead_time_buffer_days",
	"processing_lead_time_days",
	"desired_date_mode",
	"shipment",
	"minimum_split",
	"service_level",
	"sourcing",
	"substitution",
	"transfers",
	"building_rule",
)


@click.command(epilog=EXIT_CODES, short_help="Tell when an order can be delivered, from what, and why.")
@click.option("--order", metavar="FILE", help="The order as JSON, the body of the API call; - reads stdin.")
@click.option(
	"--item",
	"items",
	multiple=True,
	metavar="CODE=QTY[@WAREHOUSE]",
	help="A line of the order; QTY may name its unit, as in 'BOLT=2 Box'. Repeat it for more lines.",
)
@click.option("--customer", metavar="NAME", help="The customer, for transit days.")
@click.option("--company", metavar="NAME", help="The company that sells.  [default: that of the warehouses]")
@click.option("--channel", metavar="NAME", help="The sales channel, for quotas and protected minimums.")
@click.option("--desired-date", metavar="DATE", help="The date the customer asks for, such as 2026-03-31.")
@click.option(
	"--desired-date-mode",
	metavar="MODE",
	help="LATEST_ACCEPTABLE (tells whether it is on time), NO_EARLY_DELIVERY (not before) or STRICT_FAIL (no "
	"promise if later).",
)
@click.option(
	"--shipment", metavar="POLICY", help="complete (one date), per_line (one a line) or partial (in parts)."
)
@click.option("--minimum-split", metavar="QTY", help="The smallest part to ship ahead, in stock units.")
@click.option("--no-weekends/--weekends", default=None, help="Whether nobody works on the site's weekend.")
@click.option(
	"--weekend-day",
	"weekend_days",
	multiple=True,
	metavar="DAY",
	help="A free weekday, in place of all calendars.",
)
@click.option("--cutoff-time", metavar="HH:MM", help="Orders after it are worked on the next working day.")
@click.option("--timezone", metavar="ZONE", help="The zone of the cutoff, such as Europe/Paris.")
@click.option("--buffer-days", "lead_time_buffer_days", metavar="DAYS", help="Working days added for safety.")
@click.option(
	"--processing-days", "processing_lead_time_days", metavar="DAYS", help="Working days to pick and pack."
)
@click.option("--service-level", metavar="SHARE", help="The probability wanted, such as 0.95.")
@click.option("--sourcing", metavar="HOW", help="Whether a line's warehouse is fixed, or only preferred.")
@click.option(
	"--substitution/--no-substitution",
	default=None,
	help="Whether other items may be sent in place of late ones.",
)
@click.option(
	"--transfers/--no-transfers", default=None, help="Whether stock may be fetched from other warehouses."
)
@click.option(
	"--building-rule",
	metavar="RULE",
	help="Which source is taken: full_confirmation, maximum_earlier_confirmation or on_time_confirmation.",
)
@click.option(
	"--exclude-order",
	metavar="NAME",
	help="Promise as if this Sales Order were not there: it is being promised anew.",
)
@desk_options
def promise(
	order: str | None,
	items: tuple[str, ...],
	exclude_order: str | None,
	snapshot: Path | None,
	now: str | None,
	as_json: bool,
	**flags: Any,
) -> None:
	"""Tell when an order can be delivered, from what, and why.

	\b
	otp promise --item 'City Bike 28=10' --desired-date 2026-05-31
	otp promise --order order.json --snapshot site.sqlite --shipment partial

	Flags win over what the order file says.
	"""
	from otp_app.cli.order import payload

	request_id = new_request_id()
	with telling_errors(as_json, request_id):
		asked = payload(
			order, items, {name: flags[name] for name in FIELDS}, {name: flags[name] for name in RULES}
		)
		desk = open_desk(snapshot, now)
		answer = promised(desk, asked, request_id, _excluded(desk, exclude_order))
		if as_json:
			click.echo(dumped(answer.as_dict()))
		else:
			show_promise(answer, asked, desk)
		sys.exit(exit_code(answer))


def _excluded(desk: Desk, order: str | None) -> Excluded | None:
	from otp_app.engine.facts import Excluded

	if order is None:
		return None
	excluded = Excluded("Sales Order", order)
	if not desk.source.names(excluded):
		click.echo(
			f"Note: nothing in the snapshot is owed to Sales Order {order}: nothing is excluded.", err=True
		)
	return excluded


def promised(
	desk: Desk, asked: dict[str, Any], request_id: str, excluding: Excluded | None = None
) -> Promise:
	"""The promise for a payload. Raises RequestRefused and SourceUnavailable."""
	from otp_app.engine.problems import SourceUnavailable
	from otp_app.promises.calculate import promise_order

	answer = promise_order(desk.source, asked, now=desk.now, request_id=request_id, excluding=excluding)
	for blocker in answer.blockers:
		if blocker.code == "SOURCE_UNAVAILABLE":
			raise SourceUnavailable(str(blocker.values["why"]))
	return answer


def show_promise(answer: Promise, asked: dict[str, Any], desk: Desk) -> None:
	"""Print a promise for a person."""
	from otp_app.cli.paint import show
	from otp_app.cli.render import promise_blocks

	show(promise_blocks(answer, asked, desk.as_of()))


def exit_code(answer: Promise) -> Exit:
	"""What `otp promise` ends with."""
	from otp_app.engine.promise import Status

	return {
		Status.OK: Exit.PROMISED,
		Status.CANNOT_FULFILL: Exit.CANNOT_FULFILL,
		Status.CANNOT_PROMISE_RELIABLY: Exit.CANNOT_PROMISE_RELIABLY,
	}[answer.status]
