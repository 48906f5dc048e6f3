"""All drafts of a plan, each linked to the order and to its promise; what has been made when one fails, the caller takes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from otp_app.engine.capable.tree import How
from otp_app.engine.problems import FORBIDDEN, Problem, RequestRefused
from otp_app.promises.documents import Asked
from otp_app.promises.making.steps import MATERIAL_REQUEST, PURCHASE_ORDER, WORK_ORDER, Step
from otp_app.promises.making.work_orders import work_order
from otp_app.promises.procuring.drafts import create, insert
from otp_app.promises.procuring.needs import ItemFacts, Suggestion


def check_may_make(steps: Sequence[Step]) -> None:
	"""Raises RequestRefused (403) naming every kind of document that the user may not create."""
	missing = [
		doctype
		for doctype in sorted({step.doctype for step in steps})
		if not frappe.has_permission(doctype, "create")
	]
	message = _("You need permission to create a {0}.")
	if problems := [
		Problem("FORBIDDEN", message.format(_(doctype)), "create", FORBIDDEN) for doctype in missing
	]:
		raise RequestRefused(problems)


def make(steps: Sequence[Step], facts: dict[str, ItemFacts], asked: Asked, order: Document) -> list[Document]:
	"""The drafts for these steps: a Work Order each, a Purchase Order a supplier, and one Material Request for the rest."""
	marks = {"otp_promise": order.get("otp_promise")}
	made = []
	for step in steps:
		if step.doctype == WORK_ORDER:
			doc = work_order(step, order, asked)
			doc.update(marks)
			made.append(insert(doc, order))
	made += _subcontracted([step for step in steps if _is_service(step)], order, marks)
	for doctype in (PURCHASE_ORDER, MATERIAL_REQUEST):
		bought = [step for step in steps if step.doctype == doctype and not _is_service(step)]
		if bought:
			made += create(doctype, _suggestions(bought, facts), asked, order, order.company, marks=marks)
	return made


def _is_service(step: Step) -> bool:
	"""Whether a supplier is paid for work on our material."""
	return step.doctype == PURCHASE_ORDER and step.node.how is How.SUBCONTRACT


def _suggestions(steps: Sequence[Step], facts: dict[str, ItemFacts]) -> list[Suggestion]:
	"""What is bought, together where item, warehouse and day are the same."""
	groups: dict[tuple[Any, ...], list[Step]] = {}
	for step in steps:
		groups.setdefault((step.required_by, step.node.item_code, step.node.warehouse), []).append(step)
	return [
		Suggestion(
			item_code=code,
			facts=replace(facts[code], request_type="Purchase"),
			needed=sum(step.qty for step in group),
			qty=sum(step.qty for step in group),
			warehouse=warehouse,
			schedule_date=day,
			drop_ship=False,
			lines=tuple(sorted({step.line for step in group})),
			reason="",
		)
		for (day, code, warehouse), group in sorted(groups.items())
	]


def _subcontracted(steps: Sequence[Step], order: Document, marks: dict[str, Any]) -> list[Document]:
	"""A Purchase Order a supplier for the service on our material, as ERPNext's Production Plan makes it."""
	by_supplier: dict[str, list[Step]] = {}
	for step in steps:
		by_supplier.setdefault(str(step.supplier), []).append(step)
	made = []
	for supplier, group in by_supplier.items():
		doc = frappe.new_doc(PURCHASE_ORDER)
		doc.update(
			{
				"company": order.company,
				"supplier": supplier,
				"is_subcontracted": 1,
				"transaction_date": getdate(nowdate()),
				"schedule_date": min(step.required_by for step in group),
				**marks,
			}
		)
		for step in group:
			doc.append("items", _service(step, order))
		doc.set_service_items_for_finished_goods()
		made.append(insert(doc, order))
	return made


def _service(step: Step, order: Document) -> dict[str, Any]:
	return {
		"fg_item": step.node.item_code,
		"fg_item_qty": step.qty,
		"bom": step.node.bom,
		"warehouse": step.node.warehouse,
		"schedule_date": step.required_by,
		"sales_order": order.name,
	}
