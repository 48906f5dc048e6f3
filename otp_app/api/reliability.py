"""Learning anew how late supplies come."""

from typing import Any

import frappe

from otp_app.api.http import json_errors, refuse_unknown_arguments, request_id
from otp_app.reliability.names import RECORD
from otp_app.reliability.refresh import enqueue_refresh


@frappe.whitelist(methods=["POST"])
@json_errors
def refresh() -> dict[str, Any] | None:
	"""Has a worker learn Supply Reliability anew; `queued` is False where one is about to, or is at it.

	Needs permission to create Supply Reliability, which nobody does by hand.
	"""
	refuse_unknown_arguments(set())
	frappe.has_permission(RECORD, "create", throw=True)
	return {"queued": enqueue_refresh(), "request_id": request_id()}
