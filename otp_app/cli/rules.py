"""From flags and files to backorder rules, and to what is supposed in a what-if."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from otp_app.cli.order import read_order
from otp_app.engine.problems import MALFORMED, Problem, RequestRefused

if TYPE_CHECKING:
	from otp_app.engine.backorder.rules import BackorderRules
	from otp_app.engine.backorder.whatif import Added, Changes, Delay

# DOCUMENT=DATE; a document's name may hold =.
_DELAY = re.compile(r"(?P<document>.+)=\s*(?P<due>[^=]+)")
# ITEM=QTY@WAREHOUSE, with :DATE unless it is on hand; a code may hold = and @, a warehouse anything.
_ADD = re.compile(r"(?P<item>.+?)=\s*(?P<qty>[^=@\s]+)\s*@(?P<warehouse>.+?)(?::(?P<due>\d{4}-[\d-]+))?")
# Fields of a segment that hold one value.
_SINGLE = ("name", "requested_before", "ordered_before", "minimum_value", "minimum_priority")


def backorder_rules(
	file: str | None, segments: Iterable[str], least_gain_days: str | None
) -> BackorderRules | None:
	"""The rules of a file (`-` is stdin) or of `--segment` flags; None without any of them.

	Raises RequestRefused with all that is wrong with them.
	"""
	from otp_app.engine.backorder.rules import parse_rules

	given = [_segment(text) for text in segments]
	if file is not None and given:
		raise RequestRefused(
			[Problem("AMBIGUOUS_RULES", "Give --rules or --segment, not both.", None, MALFORMED)]
		)
	if file is None and not given and least_gain_days is None:
		return None
	payload: dict[str, Any] = {"segments": given or [{"strategy": "redistribute"}]}
	if file is not None:
		payload = read_order(file)
	if least_gain_days is not None:
		payload["least_gain_days"] = least_gain_days
	return parse_rules(payload)


def _segment(text: str) -> dict[str, Any]:
	"""STRATEGY[:FIELD=VALUE[,VALUE]]... as the rules have it."""
	strategy, *filters = text.split(":")
	segment: dict[str, Any] = {"strategy": strategy.strip()}
	for part in filters:
		name, _, value = (piece.strip() for piece in part.partition("="))
		segment[name] = value if name in _SINGLE else [one.strip() for one in value.split(",")]
	return segment


def supposed(delays: Iterable[str], added: Iterable[str], lost: Iterable[str], taken: str | None) -> Changes:
	"""What `otp whatif` supposes. Raises RequestRefused with every flag that cannot be read."""
	from otp_app.engine.backorder.whatif import Changes
	from otp_app.engine.request import parse

	problems: list[Problem] = []
	late = tuple(delay for text in delays if (delay := _delay(text, problems)))
	more = tuple(supply for text in added if (supply := _added(text, problems)))
	gone = tuple(lost)
	if not (late or more or gone or taken or problems):
		message = "Nothing is supposed: give --delay, --add, --lose or --take."
		problems.append(Problem("MALFORMED", message, None, MALFORMED))
	if problems:
		raise RequestRefused(problems)
	return Changes(late, more, gone, parse(read_order(taken)) if taken else None)


def _delay(text: str, problems: list[Problem]) -> Delay | None:
	from otp_app.engine.backorder.whatif import Delay

	found = _DELAY.fullmatch(text.strip())
	if found is None:
		problems.append(_unreadable("delay", "DOCUMENT=DATE", text))
		return None
	due = _day(found["due"], "delay", problems)
	return Delay(found["document"].strip(), due) if due else None


def _added(text: str, problems: list[Problem]) -> Added | None:
	from otp_app.engine.backorder.whatif import Added

	found = _ADD.fullmatch(text.strip())
	if found is None:
		problems.append(_unreadable("add", "ITEM=QTY@WAREHOUSE or ITEM=QTY@WAREHOUSE:DATE", text))
		return None
	due = _day(found["due"], "add", problems) if found["due"] else None
	try:
		qty = float(found["qty"])
	except ValueError:
		message = f"add: the quantity must be a number, not '{found['qty']}'."
		problems.append(Problem("NOT_A_NUMBER", message, "add"))
		return None
	return Added(found["item"].strip(), qty, found["warehouse"].strip(), due)


def _day(text: str, field: str, problems: list[Problem]) -> date | None:
	try:
		return date.fromisoformat(text.strip())
	except ValueError:
		message = f"{field}: the day must be a date such as 2026-03-31, not '{text.strip()}'."
		problems.append(Problem("INVALID_DATE", message, field))
		return None


def _unreadable(field: str, form: str, text: str) -> Problem:
	return Problem("MALFORMED", f"--{field} must be {form}, not '{text}'.", field, MALFORMED)
