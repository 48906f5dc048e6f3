"""Promising on a site: for the present user, from what it may see, in its language."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.permissions import get_role_permissions, get_user_permissions
from frappe.utils import get_system_timezone, now_datetime

from otp_app.engine.facts import Excluded, Snapshot, Warehouse, WarehouseClass
from otp_app.engine.policy import Sourcing
from otp_app.engine.problems import FORBIDDEN, Problem, RequestRefused
from otp_app.engine.promise import Promise, redacted
from otp_app.operations.promises import observed
from otp_app.promises.calculate import promise_order
from otp_app.promises.documents import Asked
from otp_app.promises.metas import meta_of
from otp_app.sources import Source
from otp_app.sources.site import SiteSource

ORDERS = ("Sales Order", "Quotation")


class PermittedSource:
	"""The site's source with the warehouses that the user may not see kept out of sale."""

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""See otp_app.sources.Source."""
		snapshot = SiteSource().snapshot(items, customer=customer, excluding=excluding, documents=documents)
		kept_to = {doctype: kept_to_documents(doctype) for doctype in ("Warehouse", "Company")}
		own_company = frappe.defaults.get_user_default("Company")
		if own_company:
			snapshot = replace(snapshot, settings=replace(snapshot.settings, default_company=own_company))
		if not any(kept_to.values()):
			return snapshot
		warehouses = {name: _if_permitted(at, kept_to) for name, at in snapshot.warehouses.items()}
		return replace(snapshot, warehouses=warehouses)


def promise_for_user(asked: Asked, *, request_id: str, with_options: bool = True) -> Promise:
	"""The promise from what the present user may see, as of now; `shown` makes it an answer. Raises RequestRefused.

	A document being promised has had its permission checked; else what the request names is checked here.
	"""
	if asked.excluding is None:
		check_named(asked.payload)
	return observed(
		asked.payload.get("customer"),
		lambda: promise_from(PermittedSource(), asked, request_id=request_id, with_options=with_options),
	)


def promise_from(source: Source, asked: Asked, *, request_id: str, with_options: bool = False) -> Promise:
	"""The promise from a source that reads the site, as of the site's own time. Raises RequestRefused."""
	return promise_order(
		source,
		asked.payload if asked.excluding is None else _as_rows_can(asked),
		now=site_now(),
		request_id=request_id,
		excluding=asked.excluding,
		with_options=with_options,
	)


def _as_rows_can(asked: Asked) -> Mapping[str, Any]:
	"""What a document asks for, kept to what its rows can hold.

	A row holds one item: what may be sent in its place is told as an option, and changes the row when applied. Where rows cannot
	be changed any more, their warehouses are no preference.
	"""
	rules = asked.payload.get("rules") or {}
	if not isinstance(rules, Mapping):
		return asked.payload
	if rules.get("substitution"):
		message = _("A row holds one item: leave this rule out, and choose an alternative among the options.")
		raise RequestRefused([Problem("INVALID_VALUE", message, "rules.substitution")])
	more = {"substitution": False} | ({"sourcing": Sourcing.FIXED.value} if asked.fixed else {})
	return {**asked.payload, "rules": {**rules, **more}}


def site_now() -> datetime:
	"""This moment in the site's time zone."""
	return now_datetime().replace(tzinfo=ZoneInfo(get_system_timezone()))


def may_create(doctype: str) -> bool:
	"""Whether the user may create documents of a kind."""
	meta_of(doctype)
	return bool(frappe.has_permission(doctype, "create"))


def company_of(promise: Promise) -> str | None:
	"""The company that delivers, where the order does not say: that of the first warehouse that the promise names."""
	places = [peg.warehouse for line in promise.plan for peg in line.fulfillment]
	places += [line.warehouse for line in promise.plan if line.warehouse]
	return frappe.get_cached_value("Warehouse", places[0], "company") if places else None


def shown(promise: Promise) -> dict[str, Any]:
	"""The answer for the present user: without names of documents that it may not read, in its language."""
	hidden = frozenset(doctype for doctype in promise.doctypes() if not reads(doctype))
	places = frozenset(name for name in promise.component_places() if not may_see("Warehouse", name))
	return (redacted(promise, hidden, places) if hidden or places else promise).as_dict(_)


def reads(doctype: str) -> bool:
	"""Whether the user reads every document of a kind: by role, not only its own, and not kept to some suppliers, say.

	Looking at each document instead would take a query for each.
	"""
	meta = meta_of(doctype)
	rights = get_role_permissions(meta)
	own_only = bool((rights.get("if_owner") or {}).get("read"))
	linked = {field.options for field in meta.get_link_fields()} - {"Company", "Warehouse"}
	restricted = linked & get_user_permissions(frappe.session.user).keys()
	return bool(rights.get("read")) and not own_only and not restricted


def kept_to_documents(doctype: str, applicable: Collection[str] = ORDERS) -> frozenset[str]:
	"""The documents that User Permissions keep the user to, on documents of the kinds `applicable`: unless told otherwise,
	when taking orders. Empty where they do not."""
	permissions = get_user_permissions(frappe.session.user).get(doctype, [])
	return frozenset(p["doc"] for p in permissions if p.get("applicable_for") in (None, "", *applicable))


def _if_permitted(warehouse: Warehouse, kept_to: Mapping[str, frozenset[str]]) -> Warehouse:
	warehouses, companies = kept_to["Warehouse"], kept_to["Company"]
	if (warehouses and warehouse.name not in warehouses) or (
		companies and warehouse.company not in companies
	):
		return replace(warehouse, kind=WarehouseClass.NOT_AVAILABLE)
	return warehouse


def may_see(doctype: str, name: str) -> bool:
	"""Whether the user may name a document in an order; True for one that is not there, which is another error."""
	if doctype != "Customer":
		kept_to = kept_to_documents(doctype)
		return not kept_to or name in kept_to
	meta_of(doctype)
	try:
		return frappe.has_permission(doctype, "read", doc=frappe.get_cached_doc(doctype, name))
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return True


def check_named(payload: Mapping[str, Any]) -> None:
	"""Refuses customers, companies, items and warehouses that the user may not see, all at once."""
	named = [
		("Customer", payload.get("customer"), "customer"),
		("Company", payload.get("company"), "company"),
	]
	lines = payload.get("items")
	if isinstance(lines, list):
		named += [
			(doctype, line.get(field), f"items[{index}].{field}")
			for index, line in enumerate(lines)
			if isinstance(line, dict)
			for doctype, field in (("Item", "item_code"), ("Warehouse", "warehouse"))
		]
	problems = [
		Problem("FORBIDDEN", _("You may not see {0} {1}.").format(_(doctype), name), field, FORBIDDEN)
		for doctype, name, field in named
		if isinstance(name, str) and name and not may_see(doctype, name)
	]
	if problems:
		raise RequestRefused(problems)
