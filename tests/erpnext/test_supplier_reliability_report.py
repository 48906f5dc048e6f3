"""Supplier Reliability on a site: known receipts, known rows; what waits for a supplier; who sees what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import frappe
from frappe.desk import query_report

from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.otp_app.report.supplier_reliability.supplier_reliability import execute
from otp_app.reliability.records import replace_all
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.counting import queries
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseInvoiceFactory, PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.masters import CustomerFactory, ItemFactory, ItemGroupFactory, SupplierFactory

Row = dict[str, Any]
REPORT = "Supplier Reliability"
READERS = (
	"System Manager",
	"Purchase Manager",
	"Purchase User",
	"Stock Manager",
	"Manufacturing Manager",
	"Sales Manager",
)


def rows(**filters: Any) -> list[Row]:
	return execute({"company": COMPANY, **filters})[1]


def row(supplier: str, **filters: Any) -> Row:
	[found] = rows(supplier=supplier, **filters)
	return found


def received(late: int, *, ago: int = 20, qty: float = 10, **values: Any) -> Any:
	"""Ten pieces that were promised so many days ago; the order."""
	promised = days(-ago)
	order = PurchaseOrderFactory(
		qty=10, transaction_date=promised - timedelta(days=30), schedule_date=promised, **values
	)
	PurchaseReceiptFactory(purchase_order=order.name, qty=qty, posting_date=promised + timedelta(days=late))
	return order


def waiting_for(order: Any, *probabilities: float, status: str = "Committed", delivered: float = 0) -> None:
	"""A promise with a line for each probability, all pegged to a purchase order."""
	item = order.items[0].item_code
	line = {"item_code": item, "qty": 5, "delivered_qty": delivered, "promise_date": days(5)}
	pegs = [
		{
			"line": index + 1,
			"item_code": item,
			"qty": 5,
			"warehouse": STORES,
			"source": "purchase_order",
			"document_type": "Purchase Order",
			"document": order.name,
		}
		for index in range(len(probabilities))
	]
	frappe.get_doc(
		{
			"doctype": "Order Promise",
			"status": status,
			"company": COMPANY,
			"customer": CustomerFactory().name,
			"lines": [line | {"probability": probability} for probability in probabilities],
			"pegs": pegs,
		}
	).insert(ignore_permissions=True)


@pytest.fixture
def supplier() -> str:
	return SupplierFactory().name


class TestFigures:
	def test_order_lines_are_counted_by_days_late(self, supplier):
		for late in (0, 0, -2, 0, 3, 0, 9, 0, 0, 5):
			received(late, supplier=supplier)
		found = row(supplier)
		assert (found["deliveries"], found["on_time"], found["median_days_late"]) == (10, 70, 5)
		assert (found["days_80"], found["days_90"], found["days_95"]) == (3, 5, 9)

	def test_a_part_of_a_line_counts_as_its_share(self, supplier):
		order = received(0, supplier=supplier, qty=4)
		PurchaseInvoiceFactory(purchase_order=order.name, posting_date=days(-18), qty=6, update_stock=1)
		assert row(supplier)["on_time"] == pytest.approx(40)

	def test_nothing_late_has_no_median(self, supplier):
		received(0, supplier=supplier)
		assert (row(supplier)["median_days_late"], row(supplier)["days_95"]) == (None, 0)

	def test_the_period_is_that_of_the_receipt(self, supplier):
		received(0, ago=50, supplier=supplier)
		received(10, ago=30, supplier=supplier)
		assert row(supplier, from_date=str(days(-25)))["on_time"] == 0
		assert row(supplier, to_date=str(days(-25)))["on_time"] == 100
		assert row(supplier)["deliveries"] == 2

	def test_item_groups_are_told_apart_and_limit(self, supplier):
		group = ItemGroupFactory().name
		received(4, supplier=supplier, item_code=ItemFactory(item_group=group).name)
		received(0, supplier=supplier)
		found = rows(supplier=supplier, group_by="Supplier and Item Group")
		assert [(one["item_group"], one["on_time"]) for one in found] == [(group, 0), ("Products", 100)]
		assert row(supplier, item_group=group)["on_time"] == 0

	def test_the_worst_come_first(self):
		good, bad = SupplierFactory().name, SupplierFactory().name
		received(0, supplier=good)
		received(8, supplier=bad)
		order = [found["supplier"] for found in rows() if found["supplier"] in (good, bad)]
		assert order == [bad, good]

	def test_what_is_overdue_now_is_counted(self, supplier):
		received(0, supplier=supplier)
		for promised in (-3, -1, 0, 4, -400):
			PurchaseOrderFactory(supplier=supplier, schedule_date=days(promised))
		assert row(supplier)["overdue"] == 2

	def test_beside_what_was_stands_what_promises_count_on(self, supplier):
		received(0, supplier=supplier)
		lateness = DaysLate((0, 7), (0.6, 1.0))
		replace_all([Reliability(SupplyKind.PURCHASE_ORDER, supplier, None, lateness, 1, 0.0)])
		assert row(supplier)["counted_on"] == "7"

	def test_mistyped_dates_do_not_count(self, supplier):
		received(0, supplier=supplier)
		order = received(0, supplier=supplier)
		frappe.db.set_value("Purchase Order Item", {"parent": order.name}, "schedule_date", "2092-01-01")
		assert row(supplier)["deliveries"] == 1


class TestPromises:
	def test_lines_that_wait_are_counted_with_the_lowest_probability(self, supplier):
		order = received(0, supplier=supplier, qty=5)
		waiting_for(order, 0.9, 0.62)
		waiting_for(order, 0.8)
		assert (row(supplier)["waiting"], row(supplier)["lowest_probability"]) == (3, pytest.approx(62))

	def test_a_line_that_waits_for_two_orders_is_one(self, supplier):
		first, second = (received(0, supplier=supplier, qty=5) for _ in range(2))
		waiting_for(first, 0.9)
		peg = frappe.get_last_doc("Order Promise Peg", {"document": first.name})
		frappe.get_doc(
			{**peg.as_dict(), "name": None, "document": second.name, "idx": 2, "doctype": peg.doctype}
		).db_insert()
		assert row(supplier)["waiting"] == 1

	def test_what_is_delivered_superseded_or_over_does_not_wait(self, supplier):
		order = received(0, supplier=supplier, qty=5)
		waiting_for(order, 0.5, delivered=5)
		for status in ("Superseded", "Cancelled", "Kept", "Draft", "Expired"):
			waiting_for(order, 0.5, status=status)
		assert (row(supplier)["waiting"], row(supplier)["lowest_probability"]) == (0, None)

	def test_a_line_whose_probability_was_not_told_waits_all_the_same(self, supplier):
		waiting_for(received(0, supplier=supplier, qty=5), 0)
		assert (row(supplier)["waiting"], row(supplier)["lowest_probability"]) == (1, None)

	def test_a_supplier_that_was_renamed_is_found(self, supplier):
		waiting_for(received(0, supplier=supplier, qty=5), 0.7)
		frappe.rename_doc("Supplier", supplier, f"{supplier} of today")
		assert row(f"{supplier} of today")["waiting"] == 1


class TestReceipts:
	def test_each_receipt_is_shown_promised_against_received(self, supplier):
		late, part = received(6, supplier=supplier), received(1, supplier=supplier, qty=5)
		found = rows(supplier=supplier, group_by="Receipt")
		shown = [
			(r["document"], r["promised"], r["received"], r["days_late"], r["deliveries"]) for r in found
		]
		assert shown == [
			(late.name, days(-20), days(-14), 6, 1.0),
			(part.name, days(-20), days(-19), 1, 0.5),
		]
		assert {r["receipt_type"] for r in found} == {"Purchase Receipt"}

	def test_they_need_a_supplier(self):
		found = execute({"company": COMPANY, "group_by": "Receipt"})
		assert (found[1], found[2]) == ([], "Choose a supplier to see its receipts.")

	def test_they_need_the_right_to_read_orders(self, supplier):
		received(0, supplier=supplier)
		frappe.set_user(new_user("Sales Manager"))
		with pytest.raises(frappe.PermissionError, match="Purchase Orders"):
			rows(supplier=supplier, group_by="Receipt")


class TestChart:
	def test_it_has_a_bar_for_each_number_of_days(self, supplier):
		for late in (0, 0, 0, -1, 2):
			received(late, supplier=supplier)
		chart = execute({"company": COMPANY, "supplier": supplier})[3]
		assert chart["data"]["labels"] == ["-1", "0", "1", "2"]
		assert chart["data"]["datasets"][0]["values"] == [20, 60, 0, 20]
		assert supplier in chart["title"]

	def test_what_is_very_early_or_late_is_in_the_last_bars(self, supplier):
		for late in (-25, 60, 45):
			received(late, ago=80, supplier=supplier)
		chart = execute({"company": COMPANY, "supplier": supplier})[3]
		assert (chart["data"]["labels"][0], chart["data"]["labels"][-1]) == ("≤ -10", "≥ 30")
		values = chart["data"]["datasets"][0]["values"]
		assert (values[0], values[-1]) == (33.3, 66.7)

	def test_without_receipts_there_is_none(self, supplier):
		assert execute({"company": COMPANY, "supplier": supplier})[1:] == ([], None, None)


class TestWhoMay:
	@pytest.mark.parametrize("role", READERS)
	def test_those_who_read_the_records_run_it(self, role, supplier):
		received(0, supplier=supplier)
		frappe.set_user(new_user(role))
		found = query_report.run(REPORT, {"company": COMPANY, "supplier": supplier})["result"]
		assert [one["supplier"] for one in found] == [supplier]

	@pytest.mark.parametrize("role", ["Sales User", "Accounts User"])
	def test_others_are_refused(self, role):
		frappe.set_user(new_user(role))
		with pytest.raises(frappe.PermissionError):
			query_report.run(REPORT, {"company": COMPANY})

	def test_a_user_kept_to_a_supplier_sees_no_other(self):
		mine, other = SupplierFactory().name, SupplierFactory().name
		for one in (mine, other):
			received(0, supplier=one)
		user = new_user("Purchase User")
		values = {"user": user, "allow": "Supplier", "for_value": mine}
		frappe.get_doc({"doctype": "User Permission", **values}).insert()
		frappe.set_user(user)
		assert {found["supplier"] for found in rows()} == {mine}

	@pytest.mark.parametrize(
		"wrong",
		[{"group_by": "Colour"}, {"from_date": "2026-02-01", "to_date": "2026-01-01"}, {"company": None}],
	)
	def test_filters_that_cannot_be_answered_are_refused(self, wrong):
		with pytest.raises(frappe.ValidationError, match="hoose"):
			rows(**wrong)

	def test_the_number_of_queries_does_not_grow(self, supplier):
		def asked() -> int:
			with queries() as seen:
				rows()
			return len(seen)

		received(0, supplier=supplier)
		few = asked()
		for _ in range(3):
			waiting_for(received(2, supplier=SupplierFactory().name), 0.5)
		assert asked() <= few
