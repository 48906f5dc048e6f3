"""What can go wrong, as exceptions. None of them holds a key, a token or a card number.

	MolamError
		APIError               the server answered, and refused
			IdempotencyError   the idempotency key was used before, with another body (409)
		NetworkError           no answer, or one that cannot be read; retried, and failed again
		TimeoutError           no answer in time; retried, and late again
		ConfigurationError     the client cannot work as it is set up
		WebhookVerificationError

A circuit that is open raises pybreaker's CircuitBreakerError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ._masking import mask, mask_text

Pickled = tuple[Callable[..., Any], tuple[object, ...]]


class MolamError(Exception):
	"""Anything that this package raises on purpose."""

	def __init__(self, *args: object) -> None:
		super().__init__(*map(mask, args))


class APIError(MolamError):
	"""The server's refusal: HTTP status, its message, its body (masked) and the request id to quote to support."""

	def __init__(
		self,
		status_code: int,
		message: str,
		body: Mapping[str, Any] | None = None,
		request_id: str | None = None,
	) -> None:
		self.status_code = status_code
		self.message = mask_text(message)
		self.body: dict[str, Any] = mask(dict(body or {}))
		self.request_id = mask_text(request_id) if request_id else None
		super().__init__(f"APIError {status_code}: {message}")

	@property
	def code(self) -> str | None:
		"""The server's own code of the error, such as `card_declined`; None if it gave none."""
		error = self.body.get("error")
		code = error.get("code") if isinstance(error, dict) else self.body.get("code")
		return code if isinstance(code, str) else None

	def __str__(self) -> str:
		told = f"[{self.status_code}] {self.message}"
		return f"{told} (request_id: {self.request_id})" if self.request_id else told

	def __reduce__(self) -> Pickled:
		return type(self), (self.status_code, self.message, self.body, self.request_id)


class IdempotencyError(APIError):
	"""The idempotency key was used before, with another body: nothing was done."""

	def __init__(
		self,
		message: str = "The idempotency key was used before, with another body",
		status_code: int = 409,
		body: Mapping[str, Any] | None = None,
		request_id: str | None = None,
	) -> None:
		super().__init__(status_code, message, body, request_id)

	def __reduce__(self) -> Pickled:
		return type(self), (self.message, self.status_code, self.body, self.request_id)


class WebhookVerificationError(MolamError):
	"""A webhook request that Molam did not sign, or not lately."""


class ConfigurationError(MolamError):
	"""The client cannot work as it is set up."""


class NetworkError(MolamError):
	"""No connection, a broken one, or an answer that cannot be read. What was asked for may have been done."""


class TimeoutError(MolamError):
	"""No answer in time. What was asked for may have been done."""
