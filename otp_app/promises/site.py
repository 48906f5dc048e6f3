"""Promising on a site: for the present user, from what it may see, in its language."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import get_system_timezone

from otp_app.engine.facts import Excluded, Snapshot, Warehouse, WarehouseClass
from otp_app.engine.problems import FORBIDDEN, Problem, RequestRefused
from otp_app.engine.promise import DOCTYPES, redacted
from otp_app.promises.calculate import promise_order
from otp_app.sources.site import SiteSource


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
		if not _has_user_permissions():
			return snapshot
		warehouses = {name: _if_permitted(at) for name, at in snapshot.warehouses.items()}
		return replace(snapshot, warehouses=warehouses)


def promise_on_site(
	payload: Mapping[str, Any], *, now: datetime, request_id: str, excluding: Excluded | None = None
) -> dict[str, Any]:
	"""The answer for the present user; `now` is the site's own, naive time. Raises RequestRefused."""
	_check_named(payload)
	promise = promise_order(
		PermittedSource(),
		payload,
		now=now.replace(tzinfo=ZoneInfo(get_system_timezone())),
		request_id=request_id,
		excluding=excluding,
	)
	hidden = frozenset(doctype for doctype in DOCTYPES.values() if not frappe.has_permission(doctype, "read"))
	if hidden:
		promise = redacted(promise, hidden)
	return promise.as_dict(_)


def _has_user_permissions() -> bool:
	permissions = frappe.permissions.get_user_permissions(frappe.session.user)
	return bool(permissions.get("Warehouse") or permissions.get("Company"))


def _may_read(doctype: str, name: str) -> bool:
	"""Whether the user may read a document; True for one that is not there, which is another error."""
	try:
		return frappe.has_permission(doctype, "read", doc=frappe.get_cached_doc(doctype, name))
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return True


def _if_permitted(warehouse: Warehouse) -> Warehouse:
	if _may_read("Warehouse", warehouse.name):
		return warehouse
	return replace(warehouse, kind=WarehouseClass.NOT_AVAILABLE)


def _check_named(payload: Mapping[str, Any]) -> None:
	"""Refuses customers, companies and warehouses that the user may not read, all at once."""
	named = [
		("Customer", payload.get("customer"), "customer"),
		("Company", payload.get("company"), "company"),
	]
	lines = payload.get("items")
	if _has_user_permissions() and isinstance(lines, list):
		named += [
			("Warehouse", line.get("warehouse"), f"items[{index}].warehouse")
			for index, line in enumerate(lines)
			if isinstance(line, dict)
		]
	problems = [
		Problem("FORBIDDEN", _("You may not see {0} {1}.").format(_(doctype), name), field, FORBIDDEN)
		for doctype, name, field in named
		if isinstance(name, str) and name and not _may_read(doctype, name)
	]
	if problems:
		raise RequestRefused(problems)
