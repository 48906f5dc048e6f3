"""What was made for an order: the documents that name one of its promises."""

from __future__ import annotations

from typing import Any

import frappe

from otp_app.promises.making.steps import MATERIAL_REQUEST, PURCHASE_ORDER, WORK_ORDER
from otp_app.promises.procuring.requested import promises_of

MARKED = (WORK_ORDER, PURCHASE_ORDER, MATERIAL_REQUEST)
CANCELLED = 2


def made_for(doctype: str, name: str) -> list[dict[str, Any]]:
	"""The documents that were made for a document's promises and are not cancelled, with what they are for."""
	answer = []
	for kind in MARKED:
		table = frappe.qb.DocType(kind)
		query = (
			frappe.qb.from_(table)
			.select(table.name, table.status, table.docstatus)
			.where(table.otp_promise.isin(promises_of(doctype, name)) & (table.docstatus < CANCELLED))
			.orderby(table.name)
		)
		answer += [
			{"doctype": kind, "name": found, "status": status, "docstatus": docstatus}
			for found, status, docstatus in query.run()
		]
	return answer


def forget(name: str) -> None:
	"""What was made for a promise that is being deleted names it no more."""
	for kind in MARKED:
		frappe.db.set_value(kind, {"otp_promise": name}, "otp_promise", None, update_modified=False)
