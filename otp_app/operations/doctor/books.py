"""What promises are made from and what becomes of them: Bins, lead times, records of suppliers, watching."""

from __future__ import annotations

import json
from collections.abc import Iterator

import frappe
from frappe.query_builder.functions import Count

from otp_app.operations import gauges
from otp_app.operations.doctor.finding import Finding, command, error, named, note, warning
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.names import DOCTYPE
from otp_app.reliability.names import RECORD
from otp_app.sources.site.reconcile import reconcile

MAX_WAIT_SECONDS = 15 * 60
# Shares from which on it is worth saying.
MANY_WITHOUT = 0.25
REPOST = "execute erpnext.stock.stock_balance.repost_stock --kwargs '{}'"


def look_at_bins() -> Iterator[Finding]:
	"""Bins that ERPNext left stale, and differences that they do not explain."""
	_checked, differences = reconcile()
	for found in (one for one in differences if one.explained):
		parts = "; ".join(f"{field} is {stored:g}, should be {anew:g}" for field, stored, anew in found.stale)
		which = json.dumps({"item_code": found.item_code, "warehouse": found.warehouse, "only_bin": True})
		told = f"The Bin of {found.item_code} in {found.warehouse} is stale: {parts}."
		yield warning("BIN_STALE", told, command(REPOST.format(which)))
	if unexplained := [f"{d.item_code} in {d.warehouse}" for d in differences if not d.explained]:
		told = f"Promises read these otherwise than ERPNext's projected quantity: {named(unexplained)}."
		yield error("BIN_UNEXPLAINED", told, command("otp-reconcile") + ", and report what it prints")


def look_at_supply() -> Iterator[Finding]:
	"""Suppliers that nothing is known of, and purchased items without a lead time."""
	order = frappe.qb.DocType("Purchase Order")
	query = frappe.qb.from_(order).select(order.supplier).distinct()
	awaited = {name for (name,) in query.where((order.docstatus == 1) & (order.per_received < 100)).run()}
	known = set(frappe.get_all(RECORD, {"supplier": ("is", "set")}, pluck="supplier"))
	if (unknown := sorted(awaited - known)) and len(unknown) > MANY_WITHOUT * len(awaited):
		told = (
			f"{len(unknown)} of {len(awaited)} suppliers with open orders have no record: {named(unknown)}."
		)
		fix = "Desk: Supply Reliability > Refresh, once goods of theirs were received"
		yield note("SUPPLIERS_UNKNOWN", told, fix)
	bought = {"disabled": 0, "is_purchase_item": 1, "is_sales_item": 1, "is_stock_item": 1, "has_variants": 0}
	every = frappe.db.count("Item", bought)
	without = frappe.db.count("Item", bought | {"lead_time_days": 0})
	if every and without > MANY_WITHOUT * every:
		told = (
			f"{without} of {every} items that are bought and sold have no lead time: without stock, no date."
		)
		yield note("NO_LEAD_TIME", told, "Desk: Item > Lead Time in days (Data Import for many)")


def look_at_watching() -> Iterator[Finding]:
	"""What waits to be judged, and promises that will not be kept as of now."""
	backlog, oldest = gauges.waiting()
	if oldest > MAX_WAIT_SECONDS:
		told = (
			f"{backlog:.0f} notes and promises wait to be judged, the oldest for {oldest / 60:.0f} minutes."
		)
		fix = command("execute otp_app.promises.watching.judging.judge_what_moved")
		yield error("WATCHING_BEHIND", told, fix + ", then see to a worker of the queue long")
	promise = frappe.qb.DocType(DOCTYPE)
	open_ones = [PromiseStatus.COMMITTED.value, PromiseStatus.AT_RISK.value]
	query = frappe.qb.from_(promise).select(promise.status, Count("*")).groupby(promise.status)
	counts = dict(query.where(promise.status.isin(open_ones)).run())
	if late := counts.get(PromiseStatus.AT_RISK.value, 0):
		told = f"{late} of {sum(counts.values())} committed promises are At Risk."
		yield warning("AT_RISK", told, "Desk: report Promises at Risk")
