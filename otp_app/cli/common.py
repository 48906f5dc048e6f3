"""What the commands share: the snapshot and its clock, exit codes, and how errors are told."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from otp_app.engine.problems import Problem, RequestRefused, SourceUnavailable
from otp_app.sources.snapshot import SnapshotFile

DEMO = Path(__file__).parent.parent / "demo"
DEMO_SNAPSHOT = DEMO / "demo.sqlite"

Command = TypeVar("Command", bound=Callable[..., Any])


class Exit(IntEnum):
	"""What `otp` ends with."""

	PROMISED = 0
	CANNOT_FULFILL = 1
	BAD_INPUT = 2
	CANNOT_PROMISE_RELIABLY = 3
	SOURCE_UNAVAILABLE = 4


EXIT_CODES = """\b
Exit codes:
  0  there is a promise (or what was asked for was shown)
  1  the order cannot be fulfilled
  2  the command or the order is wrong; every problem is on a line of its own
  3  no reliable promise: supply is on its way, but nobody knows when
  4  the snapshot cannot be read
"""


@dataclass(frozen=True)
class Desk:
	"""A snapshot file, and the moment at which to promise from it."""

	source: SnapshotFile
	now_asked: str | None

	@cached_property
	def now(self) -> datetime:
		"""The moment asked for, in the site's time zone if it names none; else when the snapshot was taken.

		Raises RequestRefused for what is no moment, SourceUnavailable for an unreadable snapshot.
		"""
		if self.now_asked is None:
			return self.source.taken_at
		try:
			# Python 3.10 does not know that Z is UTC.
			now = datetime.fromisoformat(self.now_asked.strip().replace("Z", "+00:00"))
		except ValueError as error:
			message = f"--now must be a moment such as 2026-03-31T09:30, not '{self.now_asked}'."
			raise RequestRefused([Problem("INVALID_TIME", message, "now")]) from error
		return now if now.tzinfo else now.replace(tzinfo=ZoneInfo(self.source.timezone))

	def as_of(self) -> str:
		"""The moment for a person, and where it comes from."""
		zone = self.source.timezone
		moment = self.now.astimezone(ZoneInfo(zone))
		origin = "when the snapshot was taken" if self.now_asked is None else "as asked with --now"
		return f"{moment:%Y-%m-%d %H:%M} {zone}, {origin}"


def desk_options(command: Command) -> Command:
	"""The options `--snapshot`, `--now` and `--json`."""
	command = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(command)
	command = click.option(
		"--now",
		metavar="ISO",
		help="The moment of the order, such as 2026-03-31T09:30, in the site's time zone unless it names another.  "
		"[default: when the snapshot was taken]",
	)(command)
	return click.option(
		"--snapshot",
		type=click.Path(path_type=Path),
		metavar="FILE",
		help="The snapshot to read.  [default: the demo company]",
	)(command)


def open_desk(snapshot: Path | None, now: str | None) -> Desk:
	"""The desk for what `desk_options` gave."""
	return Desk(SnapshotFile(snapshot or DEMO_SNAPSHOT), now)


def new_request_id() -> str:
	"""An id for one run of a command."""
	return str(uuid.uuid4())


@contextmanager
def telling_errors(as_json: bool, request_id: str) -> Iterator[None]:
	"""Tell a refusal or an unreadable snapshot on stderr, and end with its exit code."""
	try:
		yield
	except RequestRefused as refusal:
		_tell(refusal.as_dict(request_id), [problem.message for problem in refusal.problems], as_json)
		sys.exit(Exit.BAD_INPUT)
	except SourceUnavailable as error:
		problem = Problem("SOURCE_UNAVAILABLE", str(error))
		_tell({"error": problem.as_dict(), "request_id": request_id}, [problem.message], as_json)
		sys.exit(Exit.SOURCE_UNAVAILABLE)


def _tell(body: dict[str, object], messages: list[str], as_json: bool) -> None:
	lines = [dumped(body)] if as_json else [f"Error: {message}" for message in messages]
	click.echo("\n".join(lines), err=True)


def dumped(answer: object) -> str:
	"""JSON for machines and people: names in their own letters, keys in the contract's order."""
	return json.dumps(answer, indent=2, ensure_ascii=False)
