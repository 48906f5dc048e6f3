"""One request and its answer, as every layer of the service sees them."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Scope

# The place of the Exchange in an ASGI scope.
KEY = "otp_app.exchange"
MAX_REQUEST_ID = 64
PRINTABLE = re.compile(rb"[!-~](?:[ -~]{0,62}[!-~])?")


@dataclass(slots=True)
class Exchange:
	"""`told` is what the log line says of the answer besides its status, `known` whether a key (or loopback) let it in, and
	`reading` whether its body is still to come."""

	request_id: str
	began: float = field(default_factory=time.perf_counter)
	status: int = 0
	known: bool = False
	reading: bool = False
	told: dict[str, Any] = field(default_factory=dict)

	@property
	def seconds(self) -> float:
		"""How long it has taken until now."""
		return time.perf_counter() - self.began


def exchange_of(scope: Scope) -> Exchange:
	"""The exchange that a scope belongs to."""
	found: Exchange = scope[KEY]
	return found


def header(scope: Scope, name: bytes) -> bytes | None:
	"""The first header of a name (in small letters)."""
	return next((value for known, value in scope["headers"] if known == name), None)


def request_id_of(scope: Scope) -> str:
	"""The caller's own id if it is one (1 to 64 printable characters of ASCII), else a new one."""
	given = header(scope, b"x-request-id")
	if given and PRINTABLE.fullmatch(given):
		return given.decode("ascii")
	return uuid.uuid4().hex
