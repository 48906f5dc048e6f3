"""Supply Reliability on a site: learned from real documents, replaced in one piece, one at a time, by those who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest

import frappe
from frappe.utils import getdate, nowdate

from otp_app.api.reliability import refresh as ask_for_refresh
from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.promises.keeping.locking import newest_reads
from otp_app.reliability import refresh as refreshing
from otp_app.reliability.names import KINDS, RECORD
from otp_app.reliability.records import replace_all
from otp_app.reliability.refresh import (
	AlreadyRunning,
	learn_and_write,
	refresh,
	refresh_for_user,
	refresh_nightly,
)
from tests.erpnext.company import SHOP
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.masters import ItemFactory, ItemGroupFactory, SupplierFactory
from tests.factories.stock import StockEntryFactory, StockReconciliationFactory

PURCHASE = SupplyKind.PURCHASE_ORDER.value


def record(**filters: Any) -> Any:
	filters = {"supply_kind": PURCHASE, "item_group": ("is", "not set"), **filters}
	found = frappe.get_all(RECORD, filters, ["*"])
	assert len(found) == 1, found
	return found[0]


def reached(found: Any, day: int) -> float:
	told = json.loads(found.distribution)
	return DaysLate(tuple(told["days"]), tuple(told["reached"])).within(day)


def all_records() -> list[tuple[Any, ...]]:
	"""Everything but names and stamps, in a fixed order."""
	fields = ["supply_kind", "supplier", "warehouse", "item_group", "deliveries", "late_share"]
	fields += ["median_days_late", "days_80", "days_90", "days_95", "distribution"]
	return sorted(frappe.get_all(RECORD, fields=fields, as_list=True), key=str)


def acme(**values: Any) -> Reliability:
	"""What may be learned of a supplier that is there."""
	values = {"party": SupplierFactory().name, "item_group": None, **values}
	lateness = DaysLate((-1, 0, 6), (0.2, 0.7, 1.0))
	return Reliability(
		SupplyKind.PURCHASE_ORDER, lateness=lateness, deliveries=48, late=0.3, median_late=6, **values
	)


def received(supplier: str, lateness: list[int], item: str | None = None) -> None:
	"""One order line a delivery, on days of their own, the last promised two days ago at the latest."""
	item = item or ItemFactory().name
	for index, late in enumerate(lateness):
		promised = days(-12 - 3 * index)
		order = PurchaseOrderFactory(
			supplier=supplier,
			item_code=item,
			transaction_date=promised - timedelta(days=30),
			schedule_date=promised,
		)
		PurchaseReceiptFactory(purchase_order=order.name, posting_date=promised + timedelta(days=late))


class TestWhatIsKept:
	def test_a_record_has_the_distribution_and_the_figures_that_people_read(self):
		known = acme()
		replace_all([known])
		found = record(supplier=known.party)
		assert json.loads(found.distribution) == {"days": [-1, 0, 6], "reached": [0.2, 0.7, 1.0]}
		assert (found.deliveries, found.late_share, found.median_days_late) == (48, 0.3, 6)
		assert (found.days_80, found.days_90, found.days_95) == ("6", "6", "6")
		assert (found.warehouse, found.item_group) == (None, None)
		assert getdate(found.refreshed_on) == getdate(nowdate())

	def test_stock_is_by_warehouse_and_what_never_comes_has_no_day(self):
		known = Reliability(SupplyKind.ON_HAND, SHOP, None, DaysLate((0,), (0.92,)), 12, 0.08)
		replace_all([known])
		found = record(supply_kind="on_hand", warehouse=SHOP)
		assert (found.supplier, found.median_days_late) == (None, 0)
		assert (found.days_90, found.days_95) == ("0", None)

	def test_zero_days_are_not_none(self):
		replace_all([acme()])
		assert frappe.get_all(RECORD, {"days_80": "6"})

	def test_a_supplier_with_the_longest_name_that_is_renamed_keeps_its_record(self):
		long = "Ünïted Supplies & Söns ".ljust(139, "x")
		supplier = SupplierFactory(supplier_name=long).name
		replace_all([acme(party=supplier)])
		frappe.rename_doc("Supplier", supplier, "Acme of 1850")
		assert record(supplier="Acme of 1850").deliveries == 48

	def test_a_supplier_a_warehouse_or_a_group_with_a_record_can_be_deleted(self):
		known = acme(item_group=ItemGroupFactory().name)
		replace_all([known])
		frappe.delete_doc("Supplier", known.party)
		frappe.delete_doc("Item Group", known.item_group)
		assert replace_all([known]) == 0, "what is gone has no record"

	def test_nobody_writes_one_by_hand(self):
		doc = frappe.get_doc({"doctype": RECORD, "supply_kind": PURCHASE})
		with pytest.raises(frappe.ValidationError, match="learned"):
			doc.insert()

	def test_the_kinds_are_those_of_the_field(self):
		field = frappe.get_meta(RECORD).get_field("supply_kind")
		assert field.options.split("\n") == [kind.value for kind in KINDS]


class TestWhatIsLearned:
	def test_a_late_supplier_is_told_from_a_punctual_one(self):
		late, punctual = SupplierFactory().name, SupplierFactory().name
		received(late, [6] * 8 + [0] * 4)
		received(punctual, [0] * 12)
		learn_and_write()
		assert (record(supplier=late).deliveries, record(supplier=late).median_days_late) == (12, 6)
		assert record(supplier=late).late_share == pytest.approx(8 / 12, abs=1e-3)
		assert record(supplier=punctual).median_days_late == 0
		assert reached(record(supplier=late), 0) < reached(record(supplier=punctual), 0) - 0.2

	def test_item_groups_of_a_supplier_have_records_of_their_own(self):
		supplier, group = SupplierFactory().name, ItemGroupFactory().name
		received(supplier, [3] * 3, ItemFactory(item_group=group).name)
		received(supplier, [0] * 3)
		learn_and_write()
		assert record(supplier=supplier, item_group=group).late_share == 1.0
		assert record(supplier=supplier, item_group="Products").late_share == 0.0
		assert record(supplier=supplier).deliveries == 6

	def test_a_site_whose_suppliers_are_known_gives_records_near_the_truth(self):
		chance = Random(20261124)
		truths = ({0: 0.9, 4: 0.1}, {-2: 0.2, 0: 0.4, 3: 0.3, 20: 0.1}, {0: 0.2, 5: 0.4, 9: 0.4})
		suppliers = []
		for truth in truths:
			supplier = SupplierFactory().name
			bulk_received(supplier, chance.choices(list(truth), list(truth.values()), k=400))
			suppliers.append(supplier)
		learn_and_write()
		for supplier, truth in zip(suppliers, truths, strict=True):
			found = record(supplier=supplier)
			true = DaysLate.of(truth)
			for day in (-1, 0, 3, 8, 20):
				assert reached(found, day) == pytest.approx(true.within(day), abs=0.07), (truth, day)

	def test_one_without_history_has_no_record(self):
		supplier = SupplierFactory().name
		learn_and_write()
		assert not frappe.db.exists(RECORD, {"supplier": supplier})

	def test_one_delivery_is_a_record_that_leans_on_the_others(self):
		punctual, new = SupplierFactory().name, SupplierFactory().name
		bulk_received(punctual, [0] * 300)
		received(new, [5])
		learn_and_write()
		assert record(supplier=new).deliveries == 1
		assert reached(record(supplier=new), 0) > 0.5

	@pytest.mark.parametrize(
		("field", "value"), [("schedule_date", "1970-01-01"), ("expected_delivery_date", "2092-05-01")]
	)
	def test_a_date_that_was_mistyped_is_no_history(self, field, value):
		supplier = SupplierFactory().name
		received(supplier, [0])
		order = frappe.get_last_doc("Purchase Order", {"supplier": supplier})
		frappe.db.set_value("Purchase Order", order.name, "transaction_date", "1970-01-01")
		frappe.db.set_value("Purchase Order Item", {"parent": order.name}, field, value)
		learn_and_write()
		assert not frappe.db.exists(RECORD, {"supplier": supplier})

	def test_an_order_that_is_open_a_year_after_its_date_was_forgotten(self):
		supplier = SupplierFactory().name
		received(supplier, [0, 0])
		PurchaseOrderFactory(supplier=supplier, transaction_date=days(-370), schedule_date=days(-368))
		learn_and_write()
		assert (record(supplier=supplier).deliveries, record(supplier=supplier).late_share) == (2, 0.0)

	def test_what_is_overdue_makes_a_supplier_less_sure(self):
		waiting, done = SupplierFactory().name, SupplierFactory().name
		for supplier in (waiting, done):
			received(supplier, [0, 0, 0])
		for _ in range(6):
			PurchaseOrderFactory(supplier=waiting, transaction_date=days(-40), schedule_date=days(-30))
		learn_and_write()
		assert reached(record(supplier=waiting), 20) < reached(record(supplier=done), 20)

	def test_ten_thousand_receipts_of_one_day_are_one_day_s_luck(self):
		once, often = SupplierFactory().name, SupplierFactory().name
		bulk_received(once, [30] * 10_000, on_one_day=True)
		bulk_received(often, [30] * 300)
		learn_and_write()
		assert record(supplier=once).deliveries == 10_000
		assert reached(record(supplier=once), 0) > reached(record(supplier=often), 0)

	def test_stock_that_was_not_there_when_it_was_counted(self):
		item = ItemFactory().name
		StockEntryFactory(item_code=item, qty=10, to_warehouse=SHOP, posting_date=days(-5))
		StockReconciliationFactory(item_code=item, qty=4, warehouse=SHOP, posting_date=days(-1))
		learn_and_write()
		found = record(supply_kind="on_hand", warehouse=SHOP)
		assert found.late_share > 0 and 0 < reached(found, 0) < 1


class TestRefreshing:
	def test_twice_gives_the_same(self):
		supplier = SupplierFactory().name
		received(supplier, [0, 2, 0])
		first = learn_and_write(), all_records()
		assert (learn_and_write(), all_records()) == first
		assert first[1]

	def test_it_tells_how_far_it_is(self):
		told: list[tuple[int, str]] = []
		learn_and_write(lambda percent, what: told.append((percent, what)))
		assert [percent for percent, _ in told] == sorted(percent for percent, _ in told)
		assert told[0][0] == 0 and told[-1][0] < 100

	def test_others_see_the_old_records_until_it_is_done(self, committed):
		committed([acme()])
		replace_all([acme(), acme()])
		with newest_reads():
			assert frappe.db.count(RECORD) == 1
		assert frappe.db.count(RECORD) == 2

	def test_a_failure_leaves_the_old_records(self, committed, monkeypatch):
		committed([acme()])
		before = all_records()

		def half(found: Any) -> int:
			replace_all([])
			raise ZeroDivisionError("half way")

		monkeypatch.setattr(refreshing, "replace_all", half)
		with pytest.raises(ZeroDivisionError):
			refresh()
		assert all_records() == before

	def test_after_a_failure_the_next_one_works(self, committed, monkeypatch):
		def broken(*_: Any) -> None:
			raise ZeroDivisionError

		with monkeypatch.context() as patched:
			patched.setattr(refreshing, "learn", broken)
			with pytest.raises(ZeroDivisionError):
				refresh()
		assert refresh() == frappe.db.count(RECORD)

	def test_only_one_at_a_time(self, committed):
		committed([acme()])
		before = all_records()
		name = f"{frappe.conf.db_name}:otp_reliability"
		with newest_reads():
			assert frappe.db.sql("select get_lock(%s, 0)", name)[0][0] == 1
			own = frappe.local.db
			with newest_reads():
				with pytest.raises(AlreadyRunning):
					refresh()
				refresh_nightly()
				assert all_records() == before
			assert frappe.local.db is own
		# The lock goes with its connection, a moment after that was closed.
		assert frappe.db.sql("select get_lock(%s, 5), release_lock(%s)", (name, name)) == ((1, 1),)
		assert refresh() >= 0

	def test_the_user_who_asked_hears_how_it_ended_and_nobody_else(self, committed, heard):
		refresh_for_user("test@example.com")
		assert {user for user, _ in heard} == {"test@example.com"}
		assert heard[-1][1]["done"] is True

	def test_the_user_hears_of_a_failure_and_the_error_log_has_it(self, committed, heard, monkeypatch):
		def broken(*_: Any) -> None:
			raise ZeroDivisionError

		monkeypatch.setattr(refreshing, "learn", broken)
		with pytest.raises(ZeroDivisionError):
			refresh_for_user("test@example.com")
		assert "as before" in heard[-1][1]["error"]
		logged = {"method": ("like", "Supply Reliability%")}
		assert frappe.db.exists("Error Log", logged)
		frappe.db.delete("Error Log", logged)
		frappe.db.commit()


class TestWhoMay:
	@pytest.mark.parametrize(
		"role", ["System Manager", "Purchase Manager", "Stock Manager", "Manufacturing Manager"]
	)
	def test_managers_ask_for_a_refresh(self, role):
		frappe.set_user(new_user(role))
		assert set(ask_for_refresh()) == {"queued", "request_id"}

	@pytest.mark.parametrize("role", ["Purchase User", "Sales Manager"])
	def test_others_read(self, role):
		frappe.set_user(new_user(role))
		assert frappe.get_list(RECORD) is not None
		ask_for_refresh()
		assert frappe.local.response["http_status_code"] == 403

	@pytest.mark.parametrize("role", ["Sales User", "Accounts User"])
	def test_the_rest_do_not_see_it(self, role):
		frappe.set_user(new_user(role))
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(RECORD)


@pytest.fixture
def heard(monkeypatch) -> list[tuple[str, dict[str, Any]]]:
	"""What is published: the user and the message."""
	told: list[tuple[str, dict[str, Any]]] = []

	def publish(event: str, message: dict[str, Any], user: str | None = None, **_: Any) -> None:
		if event == refreshing.EVENT:
			told.append((str(user), message))

	monkeypatch.setattr("otp_app.reliability.refresh.frappe.publish_realtime", publish)
	return told


@pytest.fixture
def committed() -> Iterator[Any]:
	"""Puts records there that other connections see; all are gone in the end."""

	suppliers: list[str] = []

	def put(found: list[Reliability]) -> None:
		suppliers.extend(str(one.party) for one in found)
		replace_all(found)
		frappe.db.commit()

	yield put
	frappe.db.rollback()
	frappe.db.delete(RECORD)
	for supplier in suppliers:
		frappe.delete_doc("Supplier", supplier, force=True)
	frappe.db.commit()


def bulk_received(supplier: str, lateness: list[int], *, on_one_day: bool = False) -> None:
	"""Receipts past ERPNext's own checks: one order and receipt a day, a line a delivery."""
	item = ItemFactory().name
	lines, receipts = [], []
	orders, parents = {}, {}
	for n, late in enumerate(lateness):
		promised = getdate(days(-40 if on_one_day else -40 - n % 330))
		order = f"{supplier}-PO-{promised}"
		receipt = f"{order}-{late}"
		orders[order] = (order, 1, supplier, "Completed", promised - timedelta(days=30))
		parents[receipt] = (receipt, 1, promised + timedelta(days=late))
		lines.append((f"{supplier}-{n}", 1, order, "Purchase Order", "items", item, 1, 1, 1, promised))
		receipts.append(
			(f"{supplier}-R{n}", 1, receipt, "Purchase Receipt", "items", item, 1, f"{supplier}-{n}")
		)
	insert("Purchase Order", "name docstatus supplier status transaction_date", orders.values())
	columns = "name docstatus parent parenttype parentfield item_code qty received_qty conversion_factor"
	insert("Purchase Order Item", f"{columns} schedule_date", lines)
	insert("Purchase Receipt", "name docstatus posting_date", parents.values())
	columns = "name docstatus parent parenttype parentfield item_code qty purchase_order_item"
	insert("Purchase Receipt Item", columns, receipts)


def insert(doctype: str, columns: str, rows: Any) -> None:
	frappe.db.bulk_insert(doctype, columns.split(), list(rows))
