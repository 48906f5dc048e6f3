"""What is wrong with a request: every problem at once, each naming its field and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MALFORMED, FORBIDDEN, UNKNOWN, CONFLICT, INVALID, UNAVAILABLE = 400, 403, 404, 409, 422, 503


@dataclass(frozen=True, slots=True)
class Problem:
	"""One thing wrong; `status` is the HTTP status it would have alone."""

	code: str
	message: str
	field: str | None = None
	status: int = INVALID

	def as_dict(self) -> dict[str, str]:
		"""The JSON form, without a field where none is to blame."""
		answer = {"code": self.code, "message": self.message}
		return answer | {"field": self.field} if self.field else answer


class RequestRefused(Exception):
	"""A request that cannot be answered; `problems` holds all that is wrong with it, in the request's order."""

	def __init__(self, problems: Sequence[Problem]) -> None:
		self.problems = tuple(problems)
		super().__init__("; ".join(problem.message for problem in self.problems))

	@property
	def status(self) -> int:
		"""The one HTTP status: that of all problems if they agree, else malformed before invalid."""
		statuses = {problem.status for problem in self.problems}
		if len(statuses) == 1:
			return statuses.pop()
		return MALFORMED if MALFORMED in statuses else INVALID

	def as_dict(self, request_id: str) -> dict[str, object]:
		"""The error body: the first problem as `error`, and all of them under `error.problems`."""
		error: dict[str, object] = dict(self.problems[0].as_dict())
		if len(self.problems) > 1:
			error["problems"] = [problem.as_dict() for problem in self.problems]
		return {"error": error, "request_id": request_id}


def hint(name: str, known: Iterable[str]) -> str:
	"""The end of a sentence about a name that nobody knows: what may have been meant, else what there is."""
	names = list(known)
	folded = {other.casefold(): other for other in names}
	close = difflib.get_close_matches(name.casefold(), folded, n=3)
	if close:
		return f": did you mean {' or '.join(folded[match] for match in close)}?"
	return f": there are {', '.join(names[:5])}{', ...' if len(names) > 5 else '.'}" if names else "."


class SourceUnavailable(Exception):
	"""A source that cannot answer now. Unknown is never zero: there is no promise without it."""
