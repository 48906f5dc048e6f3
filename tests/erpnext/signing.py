"""Events as Molam sends them, signed as the contract has it, written down here once more."""

import hashlib
import hmac
import json
import time

import frappe

from tests.erpnext.secrets import SECRET


def signature(body: bytes, secret: str = SECRET, kid: str = "v1", moment: float | None = None) -> str:
	"""The header Molam-Signature."""
	stamp = str(int((time.time() if moment is None else moment) * 1000))
	signed = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
	return f"t={stamp},v1={signed},kid={kid}"


def event(kind: str, about: dict, name: str | None = None) -> bytes:
	"""The body of an event."""
	values = {
		"id": name or f"evt_{frappe.generate_hash(length=12)}",
		"type": kind,
		"created": int(time.time()),
	}
	return json.dumps(values | {"data": {"object": about}, "livemode": False}).encode()
