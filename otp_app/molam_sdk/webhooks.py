"""Is a webhook request Molam's?

The header is `Molam-Signature: t=<ms>,v1=<hex>,kid=<key id>`, the signature HMAC-SHA256 over `<t>.` and the raw body.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from typing import Any

from . import _wire
from .exceptions import WebhookVerificationError

SecretByKid = Callable[[str], str | bytes | None]

# Strict on purpose: whatever Molam does not write is not Molam's. v2, v3, ... may come beside v1.
_PART = re.compile(r"(t|kid|v\d{1,2})=([!-+\--~]{1,200})", re.ASCII)
_MILLISECONDS = re.compile(r"\d{1,15}", re.ASCII)
_LONGEST_HEADER = 1000


def verify_molam_signature(
	header: str | None, payload: bytes | str, get_secret_by_kid: SecretByKid, tolerance_seconds: float = 300
) -> bool:
	"""True for the raw body of a request that Molam signed less than `tolerance_seconds` ago.

	`get_secret_by_kid` gives the secret of a key id, and nothing (or a LookupError) for one it does not know. Raises
	WebhookVerificationError for everything else. The same request again is verified again: remember event ids.
	"""
	parts = _parts(header)
	moment, signature = parts["t"], parts["v1"]
	if abs(time.time() * 1000 - int(moment)) > tolerance_seconds * 1000:
		raise WebhookVerificationError("Signature timestamp outside tolerance")
	secret = _secret(get_secret_by_kid, parts.get("kid", "v1"))
	expected = hmac.new(secret, moment.encode() + b"." + _raw(payload), hashlib.sha256).hexdigest()
	if not hmac.compare_digest(expected, signature):
		raise WebhookVerificationError("Signature mismatch")
	return True


def construct_event(
	payload: bytes | str, header: str | None, get_secret_by_kid: SecretByKid
) -> dict[str, Any]:
	"""The event of a verified request, its amounts exact. Raises WebhookVerificationError."""
	verify_molam_signature(header, payload, get_secret_by_kid)
	try:
		event = _wire.decode(_raw(payload))
	except ValueError:
		raise WebhookVerificationError("Invalid JSON payload") from None
	if not isinstance(event, dict):
		raise WebhookVerificationError("Invalid JSON payload: no object")
	return event


def _raw(payload: bytes | str) -> bytes:
	return payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload


def _parts(header: str | None) -> dict[str, str]:
	"""The parts of the header by name, `t` and `v1` among them."""
	if not header:
		raise WebhookVerificationError("Missing Molam-Signature header")
	found = [_PART.fullmatch(part) for part in header[: _LONGEST_HEADER + 1].split(",")]
	parts = {match[1]: match[2] for match in found if match}
	if len(header) > _LONGEST_HEADER or len(parts) < len(found) or not {"t", "v1"} <= parts.keys():
		raise WebhookVerificationError("Invalid signature header")
	if not _MILLISECONDS.fullmatch(parts["t"]):
		raise WebhookVerificationError("Invalid signature header: no timestamp")
	return parts


def _secret(get_secret_by_kid: SecretByKid, kid: str) -> bytes:
	try:
		secret = get_secret_by_kid(kid)
	except LookupError:
		secret = None
	if not secret:
		raise WebhookVerificationError("Unknown key ID")
	return secret.encode() if isinstance(secret, str) else secret
