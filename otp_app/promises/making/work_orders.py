"""Draft Work Orders for what is to be made, by ERPNext's own rules, with the material of the promise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt, get_datetime

from erpnext.manufacturing.doctype.work_order.work_order import get_item_details

from otp_app.engine.capable.tree import How, Requirement
from otp_app.promises.documents import Asked
from otp_app.promises.making.steps import WORK_ORDER, Step

# Of a BOM, what a Work Order takes over.
OF_BOM = ("allow_alternative_item", "transfer_material_against", "project")


def work_order(step: Step, order: Document, asked: Asked) -> Document:
	"""A Work Order for a step, not yet inserted: required items and operations are those of its BOM."""
	node = step.node
	doc = frappe.new_doc(WORK_ORDER)
	doc.update(get_item_details(node.item_code, skip_bom_info=True))
	bom = frappe.get_cached_doc("BOM", node.bom)
	doc.update({field: bom.get(field) for field in OF_BOM})
	doc.update(
		{
			"company": order.company,
			"production_item": node.item_code,
			"bom_no": node.bom,
			"use_multi_level_bom": 0,
			"qty": step.qty,
			"fg_warehouse": node.warehouse,
			"planned_start_date": get_datetime(step.start),
			"planned_end_date": get_datetime(step.required_by),
			"expected_delivery_date": step.required_by,
			**_origin(step, order, asked),
		}
	)
	doc.get_items_and_operations_from_bom()
	_take_from(doc, node, step.qty)
	return doc


def _origin(step: Step, order: Document, asked: Asked) -> dict[str, Any]:
	"""The order and its row, as far as ERPNext lets a Work Order name them.

	It knows only items that are sold or packed, and refuses more of them than the order has: a component, or a quantity
	that makes up for what is lost in the process, names no order.
	"""
	row = next(row for row in order.items if row.name == asked.rows[step.line])
	sold = row.item_code == step.node.item_code
	packed = [part for part in order.get("packed_items") or [] if part.parent_detail_docname == row.name]
	in_bundle = any(part.item_code == step.node.item_code for part in packed)
	if step.level or not (sold or in_bundle) or not _fits(step, order):
		return {}
	origin = {"sales_order": order.name, "sales_order_item": row.name}
	return origin if sold else origin | {"product_bundle_item": row.item_code}


def _fits(step: Step, order: Document) -> bool:
	code = step.node.item_code
	sold = sum(flt(row.stock_qty) for row in order.items if row.item_code == code)
	packed = sum(flt(row.qty) for row in order.get("packed_items") or [] if row.item_code == code)
	filters = {"sales_order": order.name, "production_item": code, "docstatus": ("<", 2)}
	made = sum(frappe.get_all(WORK_ORDER, filters, pluck="qty"))
	settings = frappe.get_cached_doc("Manufacturing Settings")
	allowed = 1 + flt(settings.overproduction_percentage_for_sales_order) / 100
	return flt(made) + step.qty <= (sold + packed) * allowed


@dataclass(frozen=True, slots=True)
class _Material:
	"""What a tree takes of one item: how much for the quantity to be started, from where, and in place of what."""

	qty: float
	warehouse: str
	instead_of: str | None


def _take_from(doc: Document, node: Requirement, qty: float) -> None:
	"""Gives the required items the warehouses of the tree, its alternatives, and the material of phantoms."""
	share = qty / node.order_qty if node.order_qty else 1.0
	materials = _materials(node.children, share)
	taken = {row.item_code for row in doc.required_items}
	replaced = {m.instead_of for m in materials.values()} - materials.keys()
	doc.required_items = [row for row in doc.required_items if row.item_code not in replaced]
	for row in doc.required_items:
		if found := materials.get(row.item_code):
			row.source_warehouse = found.warehouse
	for code, material in materials.items():
		if code not in taken:
			doc.append("required_items", _row(code, material))
	for index, row in enumerate(doc.required_items, start=1):
		row.idx = index
	doc.set_available_qty()


def _materials(children: Iterable[Requirement], share: float) -> Mapping[str, _Material]:
	answer: dict[str, _Material] = {}
	for child in children:
		if child.how is How.ALWAYS and not frappe.get_cached_value("Item", child.item_code, "is_stock_item"):
			continue
		before = answer.get(child.item_code)
		qty = child.qty * share + (before.qty if before else 0.0)
		answer[child.item_code] = _Material(qty, child.warehouse, child.instead_of)
	return answer


def _row(code: str, material: _Material) -> dict[str, Any]:
	item = frappe.get_cached_value(
		"Item", code, ["item_name", "description", "stock_uom", "allow_alternative_item"], as_dict=True
	)
	return {
		"item_code": code,
		"required_qty": material.qty,
		"source_warehouse": material.warehouse,
		"include_item_in_manufacturing": 1,
		**item,
	}
