"""Requests that may be sent twice: one with an id of the caller's own is carried out once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.engine.problems import CONFLICT, Problem, RequestRefused


@dataclass(frozen=True, slots=True)
class Request:
	"""A request's id, and what tells it from others: without a `key` it is never a repetition."""

	id: str
	key: str | None = None
	fingerprint: str | None = None

	@property
	def marks(self) -> dict[str, str | None]:
		"""The fields of the Order Promise that a repetition is known by."""
		return {"idempotency_key": self.key, "fingerprint": self.fingerprint}

	def done(self) -> Document | None:
		"""The Order Promise that this request has made before; to be asked under the lock of the items.

		Raises RequestRefused (409 REQUEST_ID_USED) when the same id came with other arguments.
		"""
		if not self.key:
			return None
		found = frappe.db.get_value("Order Promise", {"idempotency_key": self.key}, ["name", "fingerprint"])
		if not found:
			return None
		name, before = found
		if before != self.fingerprint:
			raise id_used()
		return frappe.get_doc("Order Promise", name)


def repeatable(request_id: str, verb: str, arguments: Mapping[str, Any]) -> Request:
	"""The request of the present user to do `verb` with `arguments`, under an id of the caller's own."""
	text = json.dumps(arguments, sort_keys=True, default=str)
	key = f"{verb}:{frappe.session.user}:{request_id}"
	return Request(request_id, key[:140], hashlib.sha256(text.encode()).hexdigest())


def id_used() -> RequestRefused:
	"""What is raised for an id that stands for another request."""
	message = _("This request id was used for another request: give each request an id of its own.")
	return RequestRefused([Problem("REQUEST_ID_USED", message, None, CONFLICT)])
