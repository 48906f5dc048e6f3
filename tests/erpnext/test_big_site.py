"""What is written in bulk is what ERPNext would have written: its figures agree, and it works on with the documents."""

import pytest

import frappe
from frappe.utils import flt

from erpnext.manufacturing.doctype.work_order.work_order import make_stock_entry

from benchmarks.big.making import ASSEMBLY
from benchmarks.big.masters import bom_of
from benchmarks.big.sizes import Sizes
from benchmarks.big_site import fill, stale_bins
from otp_app.sources.site.reconcile import reconcile
from tests.erpnext.company import WORK_IN_PROGRESS
from tests.factories.buying import PurchaseReceiptFactory
from tests.factories.selling import DeliveryNoteFactory, SalesOrderFactory

SMALL = Sizes(
	items=800, order_lines=600, purchase_lines=400, customers=20, suppliers=5, work_orders=20, seed=3
)


@pytest.fixture
def filled():
	return fill(SMALL)


def projected(item_code, warehouse):
	return frappe.db.get_value("Bin", {"item_code": item_code, "warehouse": warehouse}, "projected_qty")


def lines_of(doctype):
	"""The rows of written orders."""
	fields = ["parent", "item_code", "warehouse", "qty"]
	filters = {"item_code": ("like", "BIG-0%"), "docstatus": 1}
	return frappe.get_all(f"{doctype} Item", filters, fields, order_by="parent, idx")


def actual(row):
	bin = {"item_code": row.item_code, "warehouse": row.warehouse}
	return flt(frappe.db.get_value("Bin", bin, "actual_qty"))


def test_it_has_what_was_asked_for(filled):
	assert (filled["Sales Order Item"], filled["Purchase Order Item"], filled["Work Order"]) == (600, 400, 20)
	assert filled["BOM"] == 160 + 29
	assert frappe.db.count("Sales Order Item", {"item_code": ("like", "BIG-0%")}) == 600


def test_bins_are_what_is_read_and_what_erpnext_computes(filled):
	checked, differences = reconcile(frappe.get_all("Item", {"name": ("like", "BIG-%")}, pluck="name"))
	assert checked >= filled["Bin"]
	assert differences == []
	assert stale_bins(sample=2000) == []


def test_a_wrong_bin_is_found(filled):
	name = frappe.get_all("Bin", {"item_code": ("like", "BIG-0%")}, pluck="name", limit=1)[0]
	frappe.db.set_value("Bin", name, "reserved_qty", 7777)
	assert any("reserved_qty is 7777" in line for line in stale_bins(sample=2000))


def test_an_order_is_delivered(filled):
	line = next(row for row in lines_of("Sales Order") if actual(row) >= row.qty)
	before = projected(line.item_code, line.warehouse)
	DeliveryNoteFactory(sales_order=line.parent, qty={line.item_code: 1})
	assert frappe.get_doc("Sales Order", line.parent).per_delivered > 0
	assert projected(line.item_code, line.warehouse) == before
	assert reconcile([line.item_code])[1] == []


def test_a_purchase_order_is_received(filled):
	order = frappe.get_all("Purchase Order", {"status": "To Receive and Bill", "title": ("like", "Big%")})[0]
	received = PurchaseReceiptFactory(purchase_order=order.name)
	assert frappe.db.get_value("Purchase Order", order.name, "status") == "To Bill"
	assert reconcile([row.item_code for row in received.items])[1] == []


def test_an_order_is_cancelled_and_the_next_one_gets_the_next_number(filled):
	names = frappe.get_all("Sales Order", {"customer": ("like", "Big%")}, pluck="name", order_by="name")
	order = frappe.get_doc("Sales Order", names[-1])
	order.cancel()
	assert reconcile([row.item_code for row in order.items])[1] == []
	assert int(SalesOrderFactory().name[-5:]) == int(order.name[-5:]) + 1


def test_a_work_order_gets_its_material(filled):
	order = frappe.get_doc("Work Order", {"bom_no": ("like", "BOM-BIG-0%"), "status": "Not Started"})
	entry = frappe.get_doc(make_stock_entry(order.name, "Material Transfer for Manufacture", 1))
	assert {row.item_code for row in entry.items} == {row.item_code for row in order.required_items}
	assert {row.t_warehouse for row in entry.items} == {WORK_IN_PROGRESS}


def test_bills_of_materials_cost_what_erpnext_computes(filled):
	for code in (ASSEMBLY, f"{ASSEMBLY}-1", "BIG-00001"):
		bom = frappe.get_doc("BOM", bom_of(code))
		cost, leaves = bom.total_cost, {row.item_code: row.stock_qty for row in bom.exploded_items}
		bom.update_exploded_items(save=False)
		bom.calculate_cost()
		assert bom.total_cost == pytest.approx(cost)
		assert {row.item_code: row.stock_qty for row in bom.exploded_items} == leaves
	rows = frappe.get_all("BOM Item", {"parent": ("like", f"BOM-{ASSEMBLY}%")})
	assert len(rows) == 200
