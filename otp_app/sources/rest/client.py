"""Calls to a remote ERPNext: pooled connections, one budget for each call, retries, and a circuit breaker."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError, ReadTimeoutError

from otp_app.molam_sdk._deadline import TimelyAdapter, all_within
from otp_app.molam_sdk.cb import Breaker, create_circuit_breaker
from otp_app.sources.rest.answers import Refused, Reply, Unusable, message, read, wrong_shape

ATTEMPTS = 3  # of a call that may be repeated
CONNECT_SECONDS = 3.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds before the second attempt, and before any
LONGEST_BODY = 100_000_000  # bytes
PIECE = 65536
FAILURES, REST_SECONDS = 5, 5.0  # failures in a row that open the circuit, and how long it stays open


@dataclass(frozen=True, slots=True)
class Connection:
	"""Where the site is and who asks; `timeout` is the budget of a whole call in seconds, its retries included."""

	base_url: str
	api_key: str = field(repr=False)
	api_secret: str = field(repr=False)
	site_name: str | None = None
	timeout: float = 10.0

	def __post_init__(self) -> None:
		parts = urlsplit(self.base_url)
		if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
			raise ValueError("ERPNEXT_BASE_URL must be like https://erp.example.com")
		if parts.username or parts.password:
			raise ValueError(
				"ERPNEXT_BASE_URL must not hold a password: use ERPNEXT_API_KEY and ERPNEXT_API_SECRET"
			)
		if not self.api_key or not self.api_secret:
			raise ValueError(
				"ERPNEXT_API_KEY and ERPNEXT_API_SECRET are both needed: generate them in the User form"
			)
		if not self.timeout > 0:
			raise ValueError("REQUEST_TIMEOUT must be more than 0 seconds")


class _Key(AuthBase):
	"""Puts the key on each request as it is sent: no session, no error and no log holds the header."""

	def __init__(self, connection: Connection) -> None:
		self._connection = connection

	def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
		key = f"{self._connection.api_key}:{self._connection.api_secret}"
		request.headers["Authorization"] = f"token {key}"
		return request


class _NoCookies(RequestsCookieJar):
	"""Frappe would start a session by cookie, which one user's threads must not share."""

	def set_cookie(self, *args: Any, **kwargs: Any) -> None:
		"""Keeps nothing."""


class Client:
	"""Calls ERPNext; safe to share between threads. `answered`: whether it answered last, None before the first call."""

	def __init__(
		self,
		connection: Connection,
		*,
		breaker: Breaker | None = None,
		sleep: Callable[[float], None] = time.sleep,
	) -> None:
		self.connection = connection
		self.breaker = breaker or create_circuit_breaker("erpnext", FAILURES, REST_SECONDS)
		self.answered: bool | None = None
		# Requests sent, attempts counted, and bytes of answers; for measurements.
		self.sent = self.received = 0
		self._counting = threading.Lock()
		self._sleep = sleep
		self._session = requests.Session()
		self._session.auth = _Key(connection)
		self._session.cookies = _NoCookies()
		for start in ("https://", "http://"):
			self._session.mount(start, TimelyAdapter())

	def until(self) -> float:
		"""When a call that starts now must have ended."""
		return time.monotonic() + self.connection.timeout

	def close(self) -> None:
		"""Closes the pooled connections."""
		self._session.close()

	def method(self, name: str, arguments: Mapping[str, Any], **options: Any) -> Any:
		"""What a whitelisted method returns; see `call` for options and errors."""
		return message(self.call("POST", f"/api/method/{name}", arguments, **options))

	def rows(self, doctype: str, *, until: float | None = None, **question: Any) -> list[dict[str, Any]]:
		"""One page of `frappe.client.get_list`. By POST: long filters do not fit into an address."""
		found = self.method("frappe.client.get_list", {"doctype": doctype, **question}, until=until)
		if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
			raise wrong_shape(f"{doctype} is no list of rows")
		return found

	def write(self, doctype: str, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
		"""Writes a document by one PUT, never sent twice; with its `modified`, ERPNext refuses a stale one."""
		path = f"/api/resource/{quote(doctype, safe='')}/{quote(name, safe='')}"
		return self.call("PUT", path, fields, repeatable=False)

	def document(self, doctype: str, name: str, *, until: float | None = None) -> dict[str, Any]:
		"""A whole document. Raises Refused with status 404 for none."""
		path = f"/api/resource/{quote(doctype, safe='')}/{quote(name, safe='')}"
		found = self.call("GET", path, until=until).get("data")
		if not isinstance(found, dict):
			raise wrong_shape(f"{doctype} is no document")
		return found

	def call(
		self,
		verb: str,
		path: str,
		body: Mapping[str, Any] | None = None,
		*,
		repeatable: bool = True,
		request_id: str | None = None,
		until: float | None = None,
	) -> dict[str, Any]:
		"""The JSON object that a call answers.

		Repeated while `repeatable` and the budget lasts: until a moment of `time.monotonic`, by default the one that `until` gives. Raises Refused for a 4xx, SourceUnavailable for anything else.
		"""
		until = self.until() if until is None else until
		last = ATTEMPTS if repeatable else 1
		for attempt in range(1, last + 1):
			try:
				return self._attempt(verb, path, body, until, request_id)
			except Unusable as error:
				pause = _pause(attempt, error.pause)
				if attempt == last or not error.again or time.monotonic() + pause >= until:
					raise
				self._sleep(pause)
		raise AssertionError("the last attempt returns or raises")

	def _attempt(
		self, verb: str, path: str, body: Mapping[str, Any] | None, until: float, request_id: str | None
	) -> dict[str, Any]:
		left = until - time.monotonic()
		if left <= 0:
			raise Unusable(self._too_late(), again=False, ill=False)
		ticket = self.breaker.admit(left)
		if ticket is None:
			raise Unusable(
				f"ERPNext did not answer several times in a row: it is asked again in {REST_SECONDS:g} seconds at most",
				again=False,
				ill=False,
			)
		try:
			answer = read(self._send(verb, path, body, left, request_id))
		except Refused:
			self._well(ticket)
			raise
		except Unusable as error:
			self.answered = False
			if error.ill:
				self.breaker.failed(ticket, error)
			else:
				self.breaker.abandoned(ticket)
			raise
		except BaseException:
			self.breaker.abandoned(ticket)
			raise
		self._well(ticket)
		return answer

	def _well(self, ticket: str) -> None:
		self.answered = True
		self.breaker.succeeded(ticket)

	def _send(
		self, verb: str, path: str, body: Mapping[str, Any] | None, left: float, request_id: str | None
	) -> Reply:
		with self._counting:
			self.sent += 1
		try:
			with all_within(left):
				answer = self._session.request(
					verb,
					self.connection.base_url.rstrip("/") + path,
					data=None if body is None else json.dumps(body),
					headers=self._headers(request_id),
					timeout=(min(CONNECT_SECONDS, left), left),
					allow_redirects=False,
					stream=True,
				)
				headers = {name.lower(): value for name, value in answer.headers.items()}
				found = Reply(answer.status_code, headers, _whole(answer))
			with self._counting:
				self.received += len(found.body)
			return found
		except (requests.Timeout, ReadTimeoutError):
			raise Unusable(self._too_late()) from None
		# The errors' own texts may quote the request; their kinds say enough.
		except requests.RequestException as error:
			raise Unusable(f"ERPNext cannot be reached ({_kind(error)}): see whether it runs") from None
		except HTTPError as error:
			raise Unusable(f"ERPNext's answer broke off ({_kind(error)})") from None

	def _too_late(self) -> str:
		return f"ERPNext did not answer in {self.connection.timeout:g} seconds"

	def _headers(self, request_id: str | None) -> dict[str, str]:
		headers = {"Accept": "application/json", "Content-Type": "application/json"}
		if self.connection.site_name:
			headers["X-Frappe-Site-Name"] = self.connection.site_name
		return headers | ({"X-Request-Id": request_id} if request_id else {})


def _whole(answer: requests.Response) -> bytes:
	body = bytearray()
	while piece := answer.raw.read1(PIECE, decode_content=True):
		body += piece
		if len(body) > LONGEST_BODY:
			answer.close()
			raise Unusable(f"ERPNext's answer is longer than {LONGEST_BODY} bytes", again=False)
	return bytes(body)


def _kind(error: BaseException) -> str:
	"""What the innermost cause of an error is called."""
	while (inner := error.__cause__ or error.__context__) is not None:
		error = inner
	return type(error).__name__


def _pause(attempt: int, asked: float | None) -> float:
	"""Seconds before the next attempt: what the server asked for, else twice as long each time, and never in step."""
	if asked is not None:
		return asked
	return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt) * random.uniform(0.5, 1.0)  # noqa: S311
