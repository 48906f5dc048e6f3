"""Faults on request: what goes wrong, for which requests, and how often."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from otp_app.molam_sandbox.problems import Refused

HEADER = "Molam-Sandbox-Fault"
Kind = Literal[
	"latency", "drop_before", "drop_after", "status", "html", "truncated", "kill_before", "kill_after"
]
# The field that `kind=value` in the header means.
VALUE_OF = {"latency": "seconds", "status": "code", "html": "status"}
DROPS = frozenset({"drop_before", "drop_after"})
KILLS = frozenset({"kill_before", "kill_after"})


class Fault(BaseModel):
	"""A fault, and the requests that it is for.

	`match` is `METHOD /path`: `*` stands for any method or for one segment of the path, what begins with the path
	matches too unless it ends with `$`. `times` is how often; None is until it is cleared.
	"""

	model_config = ConfigDict(extra="forbid")

	kind: Kind
	match: str = Field("* /", pattern=r"^(\*|[A-Z]+) /\S*$")
	times: int | None = Field(1, gt=0)
	seconds: float = Field(1.0, ge=0, le=600)
	code: int = Field(500, ge=400, le=599)
	retry_after: int | float | str | None = None
	body: Any = None
	status: int = Field(502, ge=400, le=599)

	@cached_property
	def _pattern(self) -> re.Pattern[str]:
		whole = self.match.endswith("$")
		method, _, path = self.match.removesuffix("$").partition(" ")
		segments = re.escape(path.rstrip("/")).replace(r"\*", "[^/]+")
		return re.compile(
			f"{re.escape(method) if method != '*' else '[A-Z]+'} {segments}{'' if whole else '(/|$)'}"
		)

	def is_for(self, method: str, path: str) -> bool:
		"""Whether a request gets this fault."""
		whole = self.match.endswith("$")
		request = f"{method} {path}"
		return bool(self._pattern.fullmatch(request) if whole else self._pattern.match(request))


class Faults:
	"""The faults that are asked for, oldest first."""

	def __init__(self, *, may_kill: bool) -> None:
		self._asked: list[Fault] = []
		self._may_kill = may_kill

	def add(self, asked: dict[str, Any]) -> Fault:
		"""Ask for a fault. Raises Refused."""
		fault = self._read(asked)
		self._asked.append(fault)
		return fault

	def clear(self) -> None:
		"""Forget all."""
		self._asked.clear()

	def asked(self) -> list[dict[str, Any]]:
		"""What is still to come."""
		return [fault.model_dump(exclude_unset=True) | {"times": fault.times} for fault in self._asked]

	def take(self, method: str, path: str, header: str | None) -> Fault | None:
		"""The fault for a request, if there is one; it is used up. Raises Refused for a wrong header."""
		if header is not None:
			return self._of_header(header)
		for fault in self._asked:
			if fault.is_for(method, path):
				self._use(fault)
				return fault
		return None

	def _use(self, fault: Fault) -> None:
		if fault.times is None:
			return
		fault.times -= 1
		if not fault.times:
			self._asked.remove(fault)

	def _of_header(self, text: str) -> Fault:
		kind, _, value = text.partition("=")
		asked = {"kind": kind.strip()}
		if value:
			asked[VALUE_OF.get(asked["kind"], "value")] = value.strip()
		return self._read(asked)

	def _read(self, asked: dict[str, Any]) -> Fault:
		try:
			fault = Fault.model_validate(asked)
		except ValidationError as error:
			first = error.errors(include_url=False)[0]
			where = ".".join(map(str, first["loc"]))
			raise Refused(400, "invalid_fault", f"{where}: {first['msg']}") from error
		if fault.kind in KILLS and not self._may_kill:
			raise Refused(400, "invalid_fault", f"{fault.kind} needs a sandbox in a process of its own.")
		return fault
