"""Asking a service or a site: one call, its answer and how long it took. A caller's key goes to the address that it names only."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from shared import Failed


class _NoRedirects(HTTPRedirectHandler):
	"""An answer that sends the caller, and its key, elsewhere is an answer, too: not followed."""

	def redirect_request(self, *_: Any, **__: Any) -> None:
		return None


@dataclass(frozen=True)
class Answer:
	"""What came back; `status` 0 means that nothing did, and why is in `body`."""

	status: int
	body: bytes
	headers: Mapping[str, str]
	seconds: float

	def json(self) -> Any:
		"""None where the answer is no JSON."""
		try:
			return json.loads(self.body)
		except ValueError:
			return None


@dataclass(frozen=True)
class Caller:
	"""An address and how to sign in there; `host` is the site's name where the address is not its own."""

	url: str
	authorization: str | None = None
	host: str | None = None
	timeout: float = 15.0

	def __post_init__(self) -> None:
		if urlsplit(self.url).scheme not in ("http", "https"):
			raise Failed(f"{self.url} is no address: give http://... or https://...")

	def call(self, method: str, path: str, body: Any = None, *, sign: bool = True, **headers: str) -> Answer:
		"""One call; it does not raise."""
		data = None if body is None else json.dumps(body).encode()
		request = Request(f"{self.url.rstrip('/')}{path}", data, method=method)
		sent = {"Content-Type": "application/json", **headers}
		if self.host:
			sent["Host"] = self.host
		if sign and self.authorization:
			sent.setdefault("Authorization", self.authorization)
		for name, value in sent.items():
			request.add_header(name, value)
		start = time.perf_counter()
		try:
			found = self._answer(request)
		except (URLError, OSError, HTTPException) as error:
			found = 0, str(getattr(error, "reason", error) or repr(error)).encode(), {}
		status, content, answered = found
		lower = {name.lower(): value for name, value in answered.items()}
		return Answer(status, content, lower, time.perf_counter() - start)

	def _answer(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
		try:
			with build_opener(_NoRedirects).open(request, timeout=self.timeout) as response:
				return response.status, response.read(), dict(response.headers)
		except HTTPError as error:
			return error.code, error.read(), dict(error.headers)
