"""Asking the engine, and reading its answers, in few words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from otp_app.engine.decide import decide
from otp_app.engine.facts import Snapshot
from otp_app.engine.messages import Message
from otp_app.engine.policy import Settings
from otp_app.engine.problems import Problem, RequestRefused
from otp_app.engine.promise import Option, Promise
from otp_app.engine.request import parse
from tests.values import NOW

# Every day is a working day, and nothing takes time: the delivery date is the day the material is there.
BARE = Settings(no_weekends=False, cutoff=None, processing_days=0)

Line = tuple[str, float] | dict[str, Any]


def payload(*lines: Line, **fields: Any) -> dict[str, Any]:
	"""A request; a line is `(item, qty)` or the whole of it."""
	items = [line if isinstance(line, dict) else {"item_code": line[0], "qty": line[1]} for line in lines]
	return {"items": items, **fields}


def ask(
	snapshot: Snapshot, *lines: Line, now: datetime = NOW, with_options: bool = True, **fields: Any
) -> Promise:
	"""The promise for some lines."""
	request = parse(payload(*lines, **fields))
	return decide(snapshot, request, now, request_id="test", with_options=with_options)


def problems(snapshot: Snapshot, *lines: Line, **fields: Any) -> tuple[Problem, ...]:
	"""All that is wrong with a request, none if it is answered."""
	try:
		ask(snapshot, *lines, **fields)
	except RequestRefused as refused:
		return refused.problems
	return ()


def told(problems: Iterable[Problem]) -> list[tuple[str, str, str | None]]:
	"""Code, message and field of each problem."""
	return [(problem.code, problem.message, problem.field) for problem in problems]


def sentences(messages: Iterable[Message], code: str | None = None) -> list[str]:
	"""What reasons or blockers say, those of one code only if given."""
	return [message.text() for message in messages if code in (None, message.code)]


def codes(messages: Iterable[Message]) -> list[str]:
	"""The codes of reasons or blockers."""
	return [message.code for message in messages]


def option(promise: Promise, kind: str) -> Option:
	"""The one option of a type."""
	(found,) = (option for option in promise.options if option.type == kind)
	return found
