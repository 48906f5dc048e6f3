"""What is wrong with a request: every problem at once, each naming its field and what to do."""

from __future__ import annotations

from collections.abc import Sequence
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


class SourceUnavailable(Exception):
	"""A source that cannot answer now. Unknown is never zero: there is no promise without it."""
