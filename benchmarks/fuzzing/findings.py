"""What was answered, by status, and what must not have been."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.fuzzing.asgi import Answer
from benchmarks.fuzzing.requests import Request

# Too busy, or too slow: no fault in an answer, and counted apart.
UNAVAILABLE = 503
SHOWN = 20
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@dataclass
class Findings:
	"""Answers by status, for the application and over the socket; failures by the number of their request."""

	statuses: Counter[int] = field(default_factory=Counter)
	over_socket: Counter[str] = field(default_factory=Counter)
	failures: dict[int, str] = field(default_factory=dict)

	def note(self, number: int, request: Request, answer: Answer) -> None:
		"""Counts an answer; one of 500 and above, or an error without its form, is a failure."""
		self.statuses[answer.status] += 1
		if answer.status >= 500 and answer.status != UNAVAILABLE:
			self.fail(number, request, f"status {answer.status}")
		elif answer.status >= 400 and request.method.upper() != "HEAD" and (why := _no_error(answer.body)):
			self.fail(number, request, f"status {answer.status}: {why}")

	def note_socket(self, number: int, request: Request, data: bytes) -> None:
		"""Counts what came back over a socket; a connection that is closed without a word answers what is no HTTP."""
		found = STATUS_LINE.match(data)
		self.over_socket[found[1].decode() if found else "closed"] += 1
		if found and int(found[1]) >= 500 and int(found[1]) != UNAVAILABLE:
			self.fail(number, request, f"status {found[1].decode()} over the socket")

	def fail(self, number: int, request: Request, why: str) -> None:
		"""Counts a failure, and shows the first ones at once."""
		self.failures[number] = why
		if len(self.failures) <= SHOWN:
			print(f"  FAILED: request {number}, {request.method} {request.path!r}: {why}", flush=True)

	def show(self, seconds: float) -> None:
		"""Prints the counts."""
		asked = sum(self.statuses.values())
		print(f"\n{asked:,} requests to the application, {sum(self.over_socket.values()):,} over a socket")
		print(f"in {seconds:,.0f} seconds; failures: {len(self.failures)}")
		for title, counts in (("application", self.statuses), ("socket", self.over_socket)):
			for status, count in sorted(counts.items(), key=str):
				print(f"  {title:<12}{status!s:>8}{count:>12,}")

	def as_dict(self) -> dict[str, Any]:
		"""The same as JSON values."""
		return {
			"application": {str(status): count for status, count in sorted(self.statuses.items())},
			"socket": dict(sorted(self.over_socket.items())),
			"failures": {str(number): why for number, why in self.failures.items()},
		}


def _no_error(body: bytes) -> str | None:
	"""Why a body is not the form of errors; None if it is."""
	try:
		error = json.loads(body)["error"]
		return None if error["code"] and error["message"] else "an empty code or message"
	except (ValueError, KeyError, TypeError) as error:
		return f"the body is no error in JSON ({type(error).__name__})"
