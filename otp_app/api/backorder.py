"""Backorder runs: simulated, applied, undone and resumed by workers; thin verbs on the document."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.api.asking import Json
from otp_app.api.http import get_permitted, json_errors, refuse_unknown_arguments, request_id
from otp_app.backorder import jobs
from otp_app.backorder.names import RUN, Phase
from otp_app.promises.site import kept_to_documents

FIGURES = (
	"status",
	"progress",
	"message",
	"lines",
	"improved",
	"unchanged",
	"worse",
	"lost",
	"late",
	"exceptions",
	"to_apply",
	"applied",
	"not_applied",
	"undone",
	"not_undone",
)


@frappe.whitelist(methods=["POST"])
@json_errors
def simulate(run: Json = None) -> dict[str, Any] | None:
	"""Has workers promise the whole order book again, as a simulation; nothing but the run is changed.

	Needs permission to write the Backorder Run.
	"""
	return _start(run, Phase.SIMULATE)


@frappe.whitelist(methods=["POST"])
@json_errors
def apply(run: Json = None) -> dict[str, Any] | None:
	"""Has workers write the dates of a simulated run into its Sales Orders.

	Needs permission to write the Backorder Run and Sales Orders; an order that the user may not write stays as it is.
	"""
	return _start(run, Phase.APPLY)


@frappe.whitelist(methods=["POST"])
@json_errors
def undo(run: Json = None) -> dict[str, Any] | None:
	"""Has workers put the dates back that an applied run has changed, where they still hold. Permissions as for `apply`."""
	return _start(run, Phase.UNDO)


@frappe.whitelist(methods=["POST"])
@json_errors
def resume(run: Json = None) -> dict[str, Any] | None:
	"""Has workers do what dead or failed jobs have left; `resumed` is their number, 0 where all are alive.

	Permissions as for what the run is at.
	"""
	refuse_unknown_arguments({"run"})
	doc = _permitted(run)
	if doc.phase in (Phase.APPLY.value, Phase.UNDO.value):
		_check_orders()
	return {"run": doc.name, "resumed": jobs.resume(doc.name), "request_id": request_id()}


@frappe.whitelist(methods=["POST"])
@json_errors
def status(run: Json = None) -> dict[str, Any] | None:
	"""Where a run is, and what it comes to. Needs permission to read the Backorder Run."""
	refuse_unknown_arguments({"run"})
	return _told(get_permitted(RUN, run, field="run"))


def _start(run: Json, phase: Phase) -> dict[str, Any]:
	refuse_unknown_arguments({"run"})
	doc = _permitted(run)
	if phase is not Phase.SIMULATE:
		_check_orders()
	return _told(jobs.start(doc.name, phase))


def _permitted(run: Json) -> Document:
	"""A run that the user may write, about companies that the user works for."""
	doc = get_permitted(RUN, run, "write", field="run")
	kept = kept_to_documents("Company")
	if kept and doc.company not in kept:
		message = _("Choose a company that you work for in {0}: you may not see all of them.").format(
			doc.name
		)
		raise frappe.PermissionError(message)
	return doc


def _check_orders() -> None:
	if not frappe.has_permission("Sales Order", "write"):
		raise frappe.PermissionError(_("You may not change Sales Orders."))


def _told(doc: Document) -> dict[str, Any]:
	return {"run": doc.name, **{field: doc.get(field) for field in FIGURES}, "request_id": request_id()}
