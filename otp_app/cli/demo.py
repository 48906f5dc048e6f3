"""`otp demo`."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otp_app.cli.common import DEMO, EXIT_CODES, new_request_id, open_desk, telling_errors

if TYPE_CHECKING:
	from otp_app.engine.promise import Promise

DEMO_ORDER = DEMO / "order.json"


@click.command(epilog=EXIT_CODES, short_help="Promise a demo order, and show what to try next.")
def demo() -> None:
	"""Promise a real-looking order of a small company, and show what to try next."""
	from otp_app.cli.blocks import Commands, Line
	from otp_app.cli.order import read_order
	from otp_app.cli.paint import show
	from otp_app.cli.promise import promised, show_promise

	request_id = new_request_id()
	with telling_errors(False, request_id):
		asked = read_order(str(DEMO_ORDER))
		desk = open_desk(None, None)
		answer = promised(desk, asked, request_id)
		show(
			[
				Line(_told(asked)),
				Commands("", (("the same as", _shell("promise", "--order", _near(DEMO_ORDER))),)),
				Line(),
			]
		)
		show_promise(answer, asked, desk)
		show([Line(), Commands("Try next:", tuple(next_commands(asked, answer)))])


def _told(asked: dict[str, Any]) -> str:
	"""The order in a sentence."""
	lines = [
		f"{line['qty']:g} {line['uom'] + ' of' if 'uom' in line else 'x'} {line['item_code']}"
		for line in asked["items"]
	]
	wanted = f" by {asked['desired_date']}" if asked.get("desired_date") else ""
	return f"{asked.get('customer', 'A customer')} wants {', '.join(lines)}{wanted}."


def next_commands(asked: dict[str, Any], answer: Promise) -> Iterator[tuple[str, str]]:
	"""What to try next and the command for it, made from the demo's own order."""
	order = ("--order", _near(DEMO_ORDER))
	item = _slowest(answer)
	yield f"the ledger behind {item}", _shell("explain", item)
	yield "the same order, all on one day", _shell("promise", *order, "--shipment", "complete")
	yield "the same order, delivered in parts", _shell("promise", *order, "--shipment", "partial")
	yield "dates that hold with 90 %", _shell("promise", *order, "--service-level", "0.9")
	first = asked["items"][0]
	more = f"{first['item_code']}={float(first['qty']) * 10:g}"
	yield "ten times as much of the first line", _shell("promise", "--item", more)
	if answer.desired_date:
		strict = ("--desired-date-mode", "STRICT_FAIL")
		yield "no promise rather than a late one", _shell("promise", *order, *strict)
	yield "the answer as the API gives it", _shell("promise", *order, "--json")
	yield "all that can be asked", _shell("promise", "--help")


def _slowest(answer: Promise) -> str:
	"""The item that arrives last."""
	pegs = [peg for line in answer.plan for peg in line.fulfillment]
	last = max(pegs, key=lambda peg: peg.available_date, default=None)
	return last.item_code if last else answer.plan[0].item_code


def _shell(*arguments: str) -> str:
	return " ".join([program(), *map(shlex.quote, arguments)])


def program() -> str:
	"""How this program was called, so that what is printed can be typed."""
	called = Path(sys.argv[0])
	if called.stem != "otp":
		return f"{shlex.quote(_near(Path(sys.executable)))} -m otp_app.cli"
	found = shutil.which("otp")
	if found and os.path.samefile(found, called):  # noqa: PTH121
		return "otp"
	return shlex.quote(_near(called))


def _near(path: Path) -> str:
	"""A path as seen from here, if that is below here."""
	try:
		return str(path.absolute().relative_to(Path.cwd()))
	except ValueError:
		return str(path)
