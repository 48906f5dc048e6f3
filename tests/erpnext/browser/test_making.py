"""The tree in Check Promise, and Make It So."""

from playwright.sync_api import expect

import frappe

from otp_app.api.promise import apply
from tests.erpnext.browser.conftest import OpenDesk
from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.ordering import GROUP, check_promise, open_form
from tests.erpnext.company import FINISHED_GOODS, STORES
from tests.erpnext.promising import answer, settings
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.manufacturing import BOMFactory, OperationFactory, WorkstationFactory
from tests.factories.masters import ItemFactory, SupplierFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

SHIFT = [{"start_time": "08:00:00", "end_time": "16:00:00"}]
ITEMS = ("City Bike", "Wheel", "Rim", "Spoke", "Frame")


def operation(name: str, workstation: str):
	if not frappe.db.exists("Workstation", workstation):
		WorkstationFactory(workstation_name=workstation, working_hours=SHIFT)
	found = frappe.db.exists("Operation", name)
	return (
		frappe.get_doc("Operation", found) if found else OperationFactory(name=name, workstation=workstation)
	)


def bicycles(**values):
	"""An order of four bicycles; committed, with names of its own, because what a browser sees stays."""
	tag = frappe.generate_hash(length=4).upper()
	bike, wheel, rim, spoke, frame = (
		ItemFactory(
			item_code=f"{name} {tag}", lead_time_days=0 if name in ("City Bike", "Wheel") else lead, **more
		).name
		for name, lead, more in zip(
			ITEMS, (0, 0, 6, 3, 3), ({}, {}, {"default_supplier": SupplierFactory()}, {}, {}), strict=True
		)
	)
	StockEntryFactory(items=[{"item_code": spoke, "qty": 1000, "t_warehouse": STORES}])
	StockEntryFactory(items=[{"item_code": wheel, "qty": 2, "t_warehouse": STORES}])
	PurchaseOrderFactory(item_code=frame, qty=4, schedule_date=days(2))
	BOMFactory(item=wheel, materials={rim: 1, spoke: 32}, operations={operation("Lacing", "Wheel bench"): 40})
	BOMFactory(item=bike, materials={wheel: 2, frame: 1}, operations={operation("Assembly", "Stand"): 90})
	rules = [{"item_code": code, "mode": "ATP Then CTP"} for code in (bike, wheel, rim)]
	settings(item_rules=rules)
	order = SalesOrderFactory(
		items=[{"item_code": bike, "qty": 4, "warehouse": FINISHED_GOODS}],
		delivery_date=days(40),
		submit=False,
	)
	frappe.db.commit()
	return order


def test_the_tree_shows_each_level_the_critical_path_and_what_delays_it(desk: Desk):
	order = bicycles()
	dialog = check_promise(desk, order)
	tree = dialog.locator(".otp-tree")
	expect(tree.locator("li")).to_have_count(6)
	critical = tree.locator("li.otp-critical > details > summary, li.otp-critical > .otp-node")
	expect(critical).to_have_count(3)
	expect(critical.nth(2)).to_contain_text("Rim")
	expect(critical.nth(2)).to_contain_text("to be bought")
	expect(tree).to_contain_text("lead time 6 working day(s)")
	purchase = frappe.get_last_doc("Purchase Order").name
	expect(tree.get_by_role("link", name=purchase)).to_be_visible()
	desk.screenshot("capable-to-promise")

	wheel = tree.locator("summary").nth(1)
	wheel.click()
	expect(tree.get_by_text("Rim", exact=False).last).not_to_be_visible()

	desk.narrow()
	assert desk.too_wide() == []


def test_somebody_who_may_not_read_purchases_sees_no_name_of_one_in_the_tree(open_desk: OpenDesk):
	order = bicycles()
	purchase = frappe.get_last_doc("Purchase Order").name
	dialog = check_promise(open_desk("Sales User"), order)
	expect(dialog.locator(".otp-tree")).to_contain_text("on its way")
	assert purchase not in dialog.inner_text()


def test_all_drafts_are_made_by_one_click_and_shown_on_the_promise(open_desk: OpenDesk):
	order = bicycles()
	answer(apply, sales_order=order.name)
	frappe.get_doc("Sales Order", order.name).submit()
	frappe.db.commit()
	desk = open_desk("Sales User", "Purchase User", "Stock User", "Manufacturing User")
	open_form(desk, order)
	desk.press("Make It So", group=GROUP)
	dialog = desk.page.get_by_role("dialog", name=f"Make It So: {order.name}")
	expect(dialog.locator(".otp-suggestions tbody tr")).to_have_count(3)
	desk.screenshot("make-it-so", of=desk.page.locator(".modal-dialog:visible"))

	desk.button("Create Drafts").click()

	expect(dialog).to_contain_text("Made as drafts")
	frappe.db.rollback()
	promise = frappe.db.get_value("Sales Order", order.name, "otp_promise")
	works = frappe.get_all("Work Order", {"otp_promise": promise}, pluck="name")
	assert len(works) == 2
	for name in works:
		expect(dialog.get_by_role("link", name=name)).to_be_visible()
	desk.open(f"/app/order-promise/{promise}")
	made = desk.page.locator(".otp-made li")
	expect(made).to_have_count(3)
	expect(made.first).to_contain_text("Draft")
