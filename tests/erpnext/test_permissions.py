"""Who may call what: every whitelisted method against every role of the site, as docs/permissions.md has it.

With OTP_WRITE_PERMISSIONS set, -s prints the table as it is.
"""

import importlib
import os
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import frappe

import otp_app
from tests.erpnext.company import COMPANY, SHOP, STORES
from tests.erpnext.promising import settings
from tests.erpnext.rescheduling import new_run
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.manufacturing import BOMFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

PAGE = Path(__file__).parent.parent.parent / "docs/permissions.md"
# What everybody who has signed in is, and what only Administrator is.
NOT_ROLES = ("Administrator", "All", "Desk User")
FORBIDDEN = 403


@dataclass(frozen=True)
class Site:
	"""What the calls are about."""

	order: str
	submitted: str
	held: str
	quotation: str
	item: str
	customer: str
	payment: str
	run: str


@pytest.fixture
def site(sandbox) -> Site:
	item, customer = ItemFactory(lead_time_days=4).name, CustomerFactory().name
	bike = BOMFactory(item=ItemFactory(lead_time_days=2).name, materials={item: 1}).item
	StockEntryFactory(item_code=item, qty=5)
	order = SalesOrderFactory(
		item_code=item, qty=50, customer=customer, delivery_date=days(30), submit=False
	).name
	quotation = QuotationFactory(item_code=item, party_name=customer, qty=1).name
	held = call("otp_app.api.promise.hold", sales_order=order)["promise"]
	payment = call("otp_app.api.payments.create", sales_order=order, amount=1)["payment"]
	run = new_run("Redistribute")
	settings(item_rules=[{"item_code": bike, "mode": "ATP Then CTP"}])
	submitted = SalesOrderFactory(item_code=bike, qty=2, customer=customer, delivery_date=days(30)).name
	return Site(order, submitted, held, quotation, item, customer, payment, run)


def calls(site: Site) -> dict[str, dict[str, Any]]:
	"""The table's first column -> arguments that are in order."""
	lines = [{"item_code": site.item, "qty": 1, "warehouse": STORES}]
	return {
		"otp_app.api.allocation.periods": {"from_date": str(days(0)), "to_date": str(days(9)), "qty": 5},
		"otp_app.api.backorder.apply": {"run": site.run},
		"otp_app.api.backorder.resume": {"run": site.run},
		"otp_app.api.backorder.simulate": {"run": site.run},
		"otp_app.api.backorder.status": {"run": site.run},
		"otp_app.api.backorder.undo": {"run": site.run},
		"otp_app.api.cards.kept_less_told": {},
		"otp_app.api.cards.promises_at_risk": {},
		"otp_app.api.cards.share_kept": {},
		"otp_app.api.facts.snapshot": {"items": [site.item]},
		"otp_app.api.making.make_it_so": {"sales_order": site.submitted},
		"otp_app.api.making.make_it_so, create": {"sales_order": site.submitted, "create": 1},
		"otp_app.api.orders.sales_order": {"sales_order": site.order},
		"otp_app.api.orders.sales_orders": {},
		"otp_app.api.payments.cancel": {"payment": site.payment},
		"otp_app.api.payments.confirm": {"payment": site.payment},
		"otp_app.api.payments.create": {"sales_order": site.order},
		"otp_app.api.payments.refresh": {"payment": site.payment},
		"otp_app.api.payments.refund": {"payment": site.payment},
		"otp_app.api.payments.status": {"payment": site.payment},
		"otp_app.api.payments.status, Sales Order": {"sales_order": site.order},
		"otp_app.api.procurement.procurement_suggest": {"sales_order": site.order},
		"otp_app.api.procurement.procurement_suggest, Material Request": {
			"sales_order": site.order,
			"create": "Material Request",
		},
		"otp_app.api.promise.apply": {"sales_order": site.order},
		"otp_app.api.promise.calculate": {"items": lines, "customer": site.customer, "company": COMPANY},
		"otp_app.api.promise.extend": {"promise": site.held},
		"otp_app.api.promise.for_quotation": {"quotation": site.quotation},
		"otp_app.api.promise.for_sales_order": {"sales_order": site.order},
		"otp_app.api.promise.hold": {"sales_order": site.order},
		"otp_app.api.promise.hold, Quotation": {"quotation": site.quotation},
		"otp_app.api.promise.hold, no document": {"items": lines, "customer": site.customer},
		"otp_app.api.promise.release": {"promise": site.held},
		"otp_app.api.reliability.refresh": {},
		"otp_app.api.stock.item_stock": {"items": [site.item]},
		"otp_app.api.whatif.documents": {
			"doctype": "Purchase Order",
			"txt": "",
			"searchfield": "name",
			"start": 0,
			"page_len": 5,
			"filters": {},
		},
		"otp_app.api.whatif.what_if": {"lose": [SHOP]},
	}


def whitelisted() -> set[str]:
	"""Every method of the app that can be called over HTTP."""
	for module in pkgutil.walk_packages(otp_app.__path__, "otp_app."):
		if not module.name.startswith("otp_app.cli"):
			importlib.import_module(module.name)
	methods: set[Callable[..., Any]] = frappe.whitelisted
	return {
		f"{method.__module__}.{method.__qualname__}"
		for method in methods
		if method.__module__.startswith("otp_app.")
	}


def call(name: str, **arguments: Any) -> Any:
	"""As Frappe's handler does it."""
	frappe.local.response = frappe._dict()
	frappe.local.otp_request_id = None
	method = frappe.get_attr(name)
	frappe.is_whitelisted(method)
	return method(**arguments)


def may(name: str, arguments: dict[str, Any]) -> bool:
	frappe.db.savepoint("otp_may")
	try:
		call(name.partition(",")[0], **arguments)
		return frappe.local.response.get("http_status_code") != FORBIDDEN
	except frappe.PermissionError:
		return False
	finally:
		frappe.db.rollback(save_point="otp_may")
		frappe.clear_messages()


def written() -> dict[str, set[str]]:
	"""The table of the page."""
	table = {}
	for line in PAGE.read_text(encoding="utf-8").splitlines():
		if line.startswith("| `"):
			name, roles = (cell.strip() for cell in line.strip("|").split("|")[:2])
			table[name.replace("`", "")] = set(filter(None, roles.split(", ")))
	return table


# What requests under /otp/ are led to; it looks itself who asks (tests/erpnext/test_paths.py).
LED_TO = "otp_app.api.paths.answer"


def test_every_whitelisted_method_is_in_the_table_of_who_may_what(site: Site):
	assert whitelisted() - {LED_TO} == {name.partition(",")[0] for name in calls(site)}


def test_every_role_and_guest_may_what_the_page_says(site: Site):
	asked = calls(site)
	roles = frappe.get_all("Role", {"disabled": 0, "name": ("not in", NOT_ROLES)}, pluck="name")
	users = {role: new_user(role) if role != "Guest" else "Guest" for role in sorted({*roles, "Guest"})}
	allowed: dict[str, set[str]] = {name: set() for name in asked}
	for role, user in users.items():
		frappe.set_user(user)
		for name, arguments in asked.items():
			if may(name, arguments):
				allowed[name].add(role)
	if os.environ.get("OTP_WRITE_PERMISSIONS"):
		print(f"\n{len(users)} roles")
		for name, found in allowed.items():
			print(f"| `{name}` | {', '.join(sorted(found))} |")
	assert allowed == written()
