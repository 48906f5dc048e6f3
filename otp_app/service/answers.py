"""Answers as bytes: JSON, and every refusal in one form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from otp_app.engine.problems import UNAVAILABLE, Problem, RequestRefused

NOT_SIGNED_IN, WRONG_METHOD, TOO_SLOW, TOO_LARGE, TOO_MANY, FAILED = 401, 405, 408, 413, 429, 500
# Of an answer that is tried again later.
RETRY_SECONDS = "5"

encode = json.JSONEncoder(separators=(",", ":")).encode


def json_answer(
	body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
	"""A JSON answer; `body` has JSON values only."""
	return Response(encode(body).encode(), status, headers, "application/json")


def refusal(
	problems: Sequence[Problem], request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
	"""The answer that tells these problems, `{error: {code, message, field?, problems?}, request_id}`."""
	refused = RequestRefused(problems)
	more = {"Retry-After": RETRY_SECONDS} if refused.status == UNAVAILABLE else {}
	return json_answer(refused.as_dict(request_id), refused.status, more | dict(headers or {}))


def failure(request_id: str) -> Response:
	"""The answer to what is our fault; what went wrong is logged, and not told."""
	message = "The service could not answer: its log says more under this request id."
	return refusal([Problem("FAILED", message, None, FAILED)], request_id)
