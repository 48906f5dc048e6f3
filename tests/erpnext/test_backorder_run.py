"""A Backorder Run on the site: simulated by each strategy, applied, undone; its rules; what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import frappe

from otp_app.backorder import jobs
from otp_app.backorder.names import LINE, RUN, Phase
from otp_app.engine.problems import RequestRefused
from tests.erpnext.company import COMPANY
from tests.erpnext.rescheduling import date_of, day, do, line_of, new_run, only, simulated, work_off
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import DeliveryNoteFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

SOON, LATER = 5, 20


@dataclass(frozen=True)
class Book:
	"""10 on hand, 10 more for LATER. OLD has 10 confirmed for SOON, as asked for; KEY wants 10 then, and has LATER."""

	item: str
	old: str
	key: str
	purchase: str


@pytest.fixture
def book() -> Book:
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=10)
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(LATER - 5)).name
	old = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(SOON), rate=10).name
	key = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(LATER), rate=30).name
	frappe.db.set_value("Sales Order Item", {"parent": key}, "otp_requested_date", days(SOON))
	frappe.db.set_value("Sales Order", key, "otp_requested_date", days(SOON))
	frappe.db.commit()
	return Book(item, old, key, purchase)


def key_and(strategy: str, book: Book) -> tuple[dict, dict]:
	"""KEY wins, OLD has another strategy."""
	return (
		{"strategy": "Win", "segment_name": "Key", "orders": book.key},
		{"strategy": strategy, "segment_name": "Others", "orders": book.old},
	)


@pytest.mark.parametrize(
	"strategy, outcome, keeps",
	[("Redistribute", "Worse", False), ("Fill", "Worse", False), ("Gain", "Unchanged", True)],
)
def test_key_gets_what_old_has_by_the_strategy_of_old(book: Book, strategy: str, outcome: str, keeps: bool):
	run = simulated(*key_and(strategy, book))
	key, old = line_of(run, book.key), line_of(run, book.old)
	assert old.outcome == outcome
	assert (key.after_date > day(SOON), bool(key.is_exception)) == (keeps, keeps)
	assert do(run, Phase.APPLY).status == "Applied"
	assert (date_of(book.key), date_of(book.old)) == (key.after_date, old.after_date)
	assert (old.after_date == day(SOON)) is keeps


def test_what_skips_or_is_in_no_segment_stays_as_it_is(book: Book):
	run = simulated(*key_and("Skip", book))
	assert [line_of(run, book.old).outcome, line_of(run, book.old).state] == ["Unchanged", ""]
	run = simulated({"strategy": "Win", "orders": book.key})
	assert line_of(run, book.old).outcome == "Unchanged"
	assert line_of(run, book.key).is_exception


def test_a_line_that_loses_keeps_the_last_date_told_and_nothing_is_kept_for_it(book: Book):
	run = simulated(*key_and("Lose", book))
	assert line_of(run, book.old).outcome == "Lost"
	do(run, Phase.APPLY)
	order = frappe.get_doc("Sales Order", book.old)
	assert date_of(book.old) == day(SOON) and order.items[0].otp_unconfirmed
	assert (order.otp_promise_status, order.otp_promise_date) == ("At Risk", None)
	promise = frappe.get_doc("Order Promise", order.otp_promise)
	assert promise.status_reason == f"{book.item} has no date any more."
	# KEY has its goods by the present books, too: nothing is kept for OLD.
	assert frappe.db.get_value("Sales Order", book.key, "otp_promise_status") == "Committed"
	assert date_of(book.key) == day(SOON)
	again = simulated({"strategy": "Redistribute", "orders": book.old})
	assert (line_of(again, book.old).before_date, line_of(again, book.old).outcome) == (None, "Improved")
	do(again, Phase.APPLY)
	row = frappe.get_doc("Sales Order", book.old).items[0]
	assert (row.otp_unconfirmed, date_of(book.old)) == (0, line_of(again, book.old).after_date)


def test_applying_keeps_what_was_asked_for_and_says_so_on_the_order(book: Book):
	run = simulated(*key_and("Redistribute", book))
	after = line_of(run, book.old).after_date
	do(run, Phase.APPLY)
	order = frappe.get_doc("Sales Order", book.old)
	assert (order.items[0].otp_requested_date, order.delivery_date) == (day(SOON), after)
	assert (order.otp_promise_date, order.items[0].otp_promise_date) == (after, after)
	promise = frappe.get_doc("Order Promise", order.otp_promise)
	assert (promise.status, promise.requested_date, promise.promise_date) == ("Committed", day(SOON), after)
	comments = frappe.get_all(
		"Comment", {"reference_name": book.old, "comment_type": "Info"}, pluck="content"
	)
	assert any(run in text and book.item in text for text in comments)


def test_applying_twice_changes_nothing_and_a_new_run_finds_nothing_to_do(book: Book):
	run = simulated(*key_and("Redistribute", book))
	do(run, Phase.APPLY)
	before = frappe.db.count("Order Promise", {"reference_name": ("in", (book.old, book.key))})
	work_off(run)
	with pytest.raises(RequestRefused, match="is Applied"):
		jobs.start(run, Phase.APPLY)
	frappe.db.rollback()
	assert frappe.db.count("Order Promise", {"reference_name": ("in", (book.old, book.key))}) == before
	again = frappe.get_doc(RUN, simulated(*key_and("Redistribute", book)))
	assert (again.improved, again.worse, again.lost, again.to_apply) == (0, 0, 0, 0)


def test_undoing_puts_the_dates_back(book: Book):
	run = simulated(*key_and("Redistribute", book))
	do(run, Phase.APPLY)
	undone = do(run, Phase.UNDO)
	assert (undone.status, undone.undone, undone.not_undone) == ("Undone", 2, 0)
	assert (date_of(book.old), date_of(book.key)) == (day(SOON), day(LATER))


def test_undoing_leaves_a_line_whose_old_date_does_not_hold_any_more(book: Book):
	run = simulated(*key_and("Lose", book))
	do(run, Phase.APPLY)
	DeliveryNoteFactory(sales_order=frappe.get_doc("Sales Order", book.key), qty=10)
	frappe.db.commit()
	undone = do(run, Phase.UNDO)
	assert (undone.undone, undone.not_undone) == (0, 2)
	assert "NOT_OPEN" in line_of(run, book.key).state_reasons
	assert "DOES_NOT_HOLD" in line_of(run, book.old).state_reasons


def test_an_order_that_was_changed_after_the_simulation_is_not_moved(book: Book):
	run = simulated(*key_and("Redistribute", book))
	frappe.db.set_value("Sales Order Item", {"parent": book.key}, "delivery_date", days(LATER + 1))
	frappe.db.commit()
	applied = do(run, Phase.APPLY)
	assert (applied.applied, applied.not_applied) == (0, 2)
	assert "DATE_CHANGED" in line_of(run, book.key).state_reasons
	# OLD need not give up its date for an order that does not move.
	assert "NOT_NEEDED" in line_of(run, book.old).state_reasons
	assert date_of(book.old) == day(SOON)


def test_an_order_that_was_delivered_closed_or_changed_is_told_so(book: Book):
	run = simulated(*key_and("Redistribute", book))
	DeliveryNoteFactory(sales_order=frappe.get_doc("Sales Order", book.old), qty=4)
	frappe.get_doc("Sales Order", book.key).update_status("Closed")
	frappe.db.commit()
	do(run, Phase.APPLY)
	assert "CHANGED" in line_of(run, book.old).state_reasons
	assert "NOT_OPEN" in line_of(run, book.key).state_reasons


def test_a_supply_that_comes_later_after_the_simulation_does_not_bear_the_date(book: Book):
	run = simulated(*key_and("Redistribute", book))
	frappe.db.set_value("Purchase Order Item", {"parent": book.purchase}, "schedule_date", days(LATER + 20))
	frappe.db.set_value(
		"Purchase Order Item", {"parent": book.purchase}, "expected_delivery_date", days(LATER + 20)
	)
	frappe.db.commit()
	do(run, Phase.APPLY)
	assert "DOES_NOT_HOLD" in line_of(run, book.old).state_reasons
	assert (date_of(book.old), date_of(book.key)) == (day(SOON), day(LATER))


def test_an_order_that_erpnext_does_not_save_stays_and_so_does_who_made_room_for_it(book: Book):
	run = simulated(*key_and("Redistribute", book))
	# A document without its company is not saved.
	frappe.db.set_value("Sales Order", book.key, "company", None)
	frappe.db.commit()
	try:
		do(run, Phase.APPLY)
		assert "NOT_SAVED" in line_of(run, book.key).state_reasons
		assert date_of(book.old) == day(SOON)
	finally:
		frappe.db.set_value("Sales Order", book.key, "company", COMPANY)
		frappe.db.commit()


def test_rules_that_are_not_in_order_are_refused():
	with pytest.raises(frappe.ValidationError, match="there is no Customer Nobody"):
		new_run({"strategy": "Win", "customers": "Nobody"})
	with pytest.raises(frappe.ValidationError, match="nothing to sort by"):
		new_run({"strategy": "Win", "sort": "size"})


def test_other_rules_make_a_simulation_worthless_and_those_of_an_applied_run_stay(book: Book):
	run = simulated(*key_and("Redistribute", book))
	doc = frappe.get_doc(RUN, run)
	doc.least_gain_days = 4
	doc.save()
	assert doc.status == "Draft"
	frappe.db.commit()
	do(run, Phase.SIMULATE)
	do(run, Phase.APPLY)
	doc.reload()
	doc.least_gain_days = 5
	with pytest.raises(frappe.ValidationError, match="duplicate it"):
		doc.save()


def test_deleting_a_run_deletes_its_lines(book: Book):
	run = simulated(*key_and("Redistribute", book))
	assert frappe.db.count(LINE, {"run": run})
	frappe.delete_doc(RUN, run)
	assert not frappe.db.count(LINE, {"run": run})


def test_priorities_decide_who_goes_first():
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=10)
	PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(LATER))
	first, second = CustomerFactory().name, CustomerFactory().name
	orders = [
		SalesOrderFactory(item_code=item, qty=10, customer=customer, delivery_date=days(SOON)).name
		for customer in (first, second)
	]
	frappe.db.commit()
	priorities = [{"priority_of": "Customer", "priority_name": second, "priority": 9}]
	run = simulated(only("Redistribute", item), priorities=priorities)
	assert [line_of(run, order).outcome for order in orders] == ["Worse", "Unchanged"]


def test_split_into_jobs_it_comes_out_as_in_one():
	items = [ItemFactory(lead_time_days=0).name for _ in range(4)]
	orders = []
	for item in items:
		StockEntryFactory(item_code=item, qty=5)
		PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(LATER))
		orders += [SalesOrderFactory(item_code=item, qty=5, delivery_date=days(soon)).name for soon in (4, 5)]
	frappe.db.commit()
	one, three = (simulated(only("Redistribute", *items), jobs=jobs) for jobs in (1, 3))
	assert len(frappe.get_doc(RUN, three).parts) == 3
	fields = ("before_date", "after_date", "outcome", "reasons", "segment", "late", "is_exception")
	for order in orders:
		assert [line_of(one, order)[field] for field in fields] == [
			line_of(three, order)[field] for field in fields
		]
