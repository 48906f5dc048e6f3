"""What ERPNext's answers mean: JSON, a refusal, or none that can be used. Decisions only, no I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from otp_app.engine.problems import SourceUnavailable

LONGEST_TOLD = 300  # characters of ERPNext's own words in an error of ours
TOO_MANY = 429
_TAG = re.compile(r"<[^>]*>")


class Unusable(SourceUnavailable):
	"""No answer, or one that cannot be used; the message says what came and what to do.

	`again`: another attempt may help. `ill`: it counts against the server in the circuit breaker. `pause`: seconds that the
	server asked to be left alone.
	"""

	def __init__(
		self, message: str, *, again: bool = True, ill: bool = True, pause: float | None = None
	) -> None:
		super().__init__(message)
		self.again, self.ill, self.pause = again, ill, pause


class Refused(SourceUnavailable):
	"""ERPNext is well and refused the call: its HTTP status, its own words, and the JSON that it sent."""

	def __init__(self, status: int, message: str, body: Mapping[str, Any]) -> None:
		super().__init__(message)
		self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class Reply:
	"""What came over the wire; header names in lower case."""

	status: int
	headers: Mapping[str, str]
	body: bytes


def read(reply: Reply) -> dict[str, Any]:
	"""The JSON object of an answer. Raises Unusable, or Refused for a 4xx with JSON."""
	if 300 <= reply.status < 400:
		raise Unusable(_redirected(reply), again=False, ill=False)
	if reply.status == TOO_MANY:
		told = "ERPNext was asked too often (429): raise its rate limit, or OTP_CACHE_SECONDS"
		raise Unusable(told, ill=False, pause=_pause(reply))
	if reply.status >= 500:
		raise Unusable(f"ERPNext answered {reply.status}: its Error Log says more", pause=_pause(reply))
	body = _json(reply)
	if reply.status >= 400:
		raise Refused(reply.status, _refusal(reply.status, body), body)
	return body


def message(body: Mapping[str, Any]) -> Any:
	"""What a whitelisted method returned. Raises Unusable where there is nothing."""
	if "message" not in body:
		raise wrong_shape("there is no message in it")
	return body["message"]


def wrong_shape(why: object) -> Unusable:
	"""What is raised for JSON that is not what was asked for."""
	return Unusable(f"ERPNext's answer is not what it should be ({why}): check its version", again=False)


def _json(reply: Reply) -> dict[str, Any]:
	kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
	try:
		body = json.loads(reply.body)
	except (ValueError, RecursionError):
		what = "a web page" if "html" in kind else "no valid JSON"
		# A page with status 403, say, is that of a proxy or of a login.
		raise Unusable(
			f"ERPNext answered {reply.status} with {what}: ERPNEXT_BASE_URL must be the address of the site itself"
		) from None
	if not isinstance(body, dict):
		raise wrong_shape("it is no object")
	return body


def _redirected(reply: Reply) -> str:
	to = urlsplit(reply.headers.get("location", ""))
	place = f" to {to.scheme}://{to.hostname or ''}" if to.scheme in ("http", "https") else ""
	return f"ERPNext redirects{place} ({reply.status}), and the key is not sent on: set ERPNEXT_BASE_URL to the site itself"


def _refusal(status: int, body: Mapping[str, Any]) -> str:
	words = f": {told}" if (told := own_words(body)) else ""
	if status == 401:
		return f"ERPNext refuses the API key (401){words}; check ERPNEXT_API_KEY and ERPNEXT_API_SECRET"
	if status == 403:
		return (
			f"ERPNext refuses to tell it (403){words}; docs/rest-source.md lists what the API user must read"
		)
	return f"ERPNext refused the call ({status}){words}"


def own_words(body: Mapping[str, Any]) -> str:
	"""What ERPNext says went wrong, as plain text in one line; empty where it says nothing."""
	error = body.get("error")
	if isinstance(error, Mapping):
		return _plain(error.get("message"))
	told = body.get("_server_messages")
	try:
		texts = [json.loads(text)["message"] for text in json.loads(told)] if told else []
	except (ValueError, KeyError, TypeError):
		texts = []
	last = str(body.get("exception") or "").partition(":")[2]
	return _plain(" ".join(map(str, texts)) or last or body.get("message"))


def _plain(text: Any) -> str:
	words = " ".join(_TAG.sub(" ", text).split()) if isinstance(text, str) else ""
	return words if len(words) <= LONGEST_TOLD else words[: LONGEST_TOLD - 3] + "..."


def _pause(reply: Reply) -> float | None:
	"""Retry-After in seconds; one that is a date is not looked at."""
	try:
		return max(0.0, float(reply.headers["retry-after"]))
	except (KeyError, ValueError):
		return None
