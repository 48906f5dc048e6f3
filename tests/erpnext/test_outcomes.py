"""What was told and what came of it: kept with the promise, in the report by probability, and the alarm."""

from __future__ import annotations

import json
from typing import Any

import pytest

import frappe
from frappe.utils import getdate, nowdate

from otp_app.api.cards import kept_less_told
from otp_app.otp_app.report.promise_accuracy.promise_accuracy import execute as accuracy
from otp_app.promises.keeping.follow import follow
from otp_app.promises.keeping.told import keep_what_was_told
from otp_app.reliability.alarm import watch
from otp_app.reports.outcomes import drift_of
from tests.erpnext.company import COMPANY
from tests.erpnext.promising import promise_of, submit
from tests.erpnext.serving import new_user
from tests.erpnext.using import change
from tests.factories.base import days, new_request
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import DeliveryNoteFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

Row = dict[str, Any]


def today() -> Any:
	return getdate(nowdate())


def line(told: float, *, late: int | None = 0, promised: int = -10, item: str = "") -> Row:
	"""Delivered so many days late; None: not at all."""
	delivered = {} if late is None else {"delivered_on": days(promised + late), "delivered_qty": 10}
	return {
		"item_code": item or shared_item(),
		"qty": 10,
		"uom": "Nos",
		"promise_date": days(promised),
		"told_probability": told,
		**delivered,
	}


def shared_item() -> str:
	frappe.local.otp_test_item = getattr(frappe.local, "otp_test_item", None) or ItemFactory().name
	if not frappe.db.exists("Item", frappe.local.otp_test_item):
		frappe.local.otp_test_item = ItemFactory().name
	return frappe.local.otp_test_item


def promise(*lines: Row, status: str = "Kept", document: str | None = None, **values: Any) -> Any:
	pegs = [
		{
			"line": index + 1,
			"item_code": one["item_code"],
			"qty": 10,
			"document_type": "Purchase Order",
			"document": document,
		}
		for index, one in enumerate(lines if document else ())
	]
	doc = {
		"doctype": "Order Promise",
		"status": status,
		"company": COMPANY,
		"lines": list(lines),
		"pegs": pegs,
	}
	made = frappe.get_doc({**doc, **values})
	made.flags.ignore_links = True
	return made.insert(ignore_permissions=True)


def by_probability(customer: str) -> dict[str, Row]:
	"""The rows of the report for one customer, by band."""
	found = accuracy({"company": COMPANY, "customer": customer, "group_by": "Probability"})
	return {one["group"]: one for one in found[1]}


@pytest.fixture
def customer() -> str:
	return CustomerFactory().name


class TestCalibration:
	def test_bands_have_what_was_told_and_what_was_kept(self, customer):
		promise(line(0.92), line(0.94), line(0.9, late=3), customer=customer)
		promise(line(0.99), line(0.6, late=None), status="Broken", customer=customer)
		found = by_probability(customer)
		assert list(found) == ["50 to 70 %", "90 to 95 %", "95 to 100 %", "Total"]
		assert found["90 to 95 %"]["share_told"] == pytest.approx(92)
		assert found["90 to 95 %"]["share_kept"] == pytest.approx(200 / 3)
		assert found["50 to 70 %"]["share_kept"] == 0
		squares = (0.08**2, 0.06**2, 0.9**2, 0.01**2, 0.6**2)
		assert found["Total"]["brier"] == pytest.approx(sum(squares) / 5)

	def test_lines_without_a_probability_are_a_group_of_their_own_and_not_scored(self, customer):
		promise(line(0), line(0.8), customer=customer)
		found = by_probability(customer)
		assert (found["None told"]["promised"], found["None told"]["share_told"]) == (1, None)
		assert found["Total"]["share_told"] == pytest.approx(80)

	def test_what_is_not_due_is_not_scored(self, customer):
		promise(line(0.8, late=None, promised=0), status="Committed", customer=customer)
		assert by_probability(customer)["80 to 90 %"]["brier"] is None

	def test_the_chart_sets_one_beside_the_other(self, customer):
		promise(line(0.92), line(0.6, late=None), customer=customer)
		chart = accuracy({"company": COMPANY, "customer": customer, "group_by": "Probability"})[3]["data"]
		assert chart["labels"] == ["50 to 70 %", "90 to 95 %"]
		assert [one["values"] for one in chart["datasets"]] == [[60, 92], [0, 100]]

	def test_a_line_delivered_before_its_promise_was_superseded_still_counts(self, customer):
		values = {"status": "Superseded", "customer": customer, "committed_on": f"{days(-20)} 10:00:00"}
		promise(line(0.9), line(0.9, late=None), **values)
		promise(line(0.7), **{**values, "committed_on": None})
		assert by_probability(customer)["Total"]["promised"] == 1


class TestWhatIsKept:
	def test_committing_notes_what_was_told(self):
		order = committed()
		doc = promise_of(order)
		for one in doc.lines:
			assert one.told_probability == one.probability

	def test_promising_the_same_again_keeps_what_was_told_first(self):
		order = committed(lines=2)
		first = promise_of(order)
		told_of(first, 0.9)
		change_line(order, 0, qty=3)
		second = promise_of(order)
		assert second.name != first.name
		told_of(second, 0.4)
		keep_what_was_told(second)
		found = {one.reference_row: one.told_probability for one in promise_of(order).lines}
		assert found == {order.items[0].name: 0.4, order.items[1].name: 0.9}

	def test_another_date_is_another_promise(self):
		order = committed()
		told_of(promise_of(order), 0.9)
		change(order, delivery_date=str(days(25)))
		second = promise_of(order)
		told_of(second, 0.4)
		keep_what_was_told(second)
		assert [one.told_probability for one in promise_of(order).lines] == [0.4]

	def test_the_outcome_is_recorded_when_it_is_delivered(self):
		order = committed()
		DeliveryNoteFactory(sales_order=order.name)
		doc = promise_of(order)
		assert (doc.status, doc.delivered_on, doc.lines[0].delivered_on) == ("Kept", today(), today())
		assert doc.days_late == doc.lines[0].days_late == (today() - days(10)).days

	def test_a_broken_one_has_its_days_late(self):
		order = committed()
		name = promise_of(order).name
		frappe.db.set_value("Order Promise Line", {"parent": name}, "promise_date", days(-4))
		DeliveryNoteFactory(sales_order=order.name)
		new_request()
		follow(frappe.get_doc("Sales Order", order.name))
		doc = promise_of(order)
		assert (doc.status, doc.days_late, doc.lines[0].days_late) == ("Broken", 4, 4)


class TestAlarm:
	def test_promises_kept_less_often_than_told_raise_it(self):
		broken(60)
		found = drift_of(COMPANY, today())
		assert found.alarm and found.kept < found.told
		sentence = accuracy({"company": COMPANY})[2]
		assert "chance does not explain it" in sentence

	def test_promises_that_are_kept_as_told_do_not(self):
		for n in range(40):
			promise(line(0.9, late=5 if n % 10 == 0 else 0))
		assert not drift_of(COMPANY, today()).alarm
		assert accuracy({"company": COMPANY})[2] is None

	def test_one_document_that_was_late_is_one_piece_of_bad_luck(self):
		for _ in range(60):
			promise(line(0.9, late=8), status="Broken", document="PO-LATE")
		assert not drift_of(COMPANY, today()).alarm

	def test_todays_promises_wait_for_tomorrow_and_old_ones_are_past(self):
		before = drift_of(COMPANY, today())
		promise(line(0.9, promised=0), line(0.9, promised=-91))
		after = drift_of(COMPANY, today())
		assert (before and before.count) == (after and after.count)

	def test_the_card_is_the_difference_in_points(self):
		broken(60)
		found = drift_of(COMPANY, today())
		card = kept_less_told()
		assert card["value"] == round(100 * (found.kept - found.told), 1) < 0
		assert json.loads(json.dumps(card["route_options"]))["group_by"] == "Probability"

	def test_those_who_plan_are_told_once(self):
		planner, other = new_user("Sales Manager"), new_user("Accounts User")
		broken(60)
		watch()
		watch()
		assert len(notified(planner)) == 1
		assert "was told" in notified(planner)[0].email_content
		assert notified(other) == []

	def test_nobody_is_told_without_an_alarm(self):
		planner = new_user("Sales Manager")
		promise(line(0.9))
		watch()
		assert notified(planner) == []


def notified(user: str) -> list[Any]:
	filters = {"for_user": user, "document_type": "Order Promise"}
	return frappe.get_all("Notification Log", filters, ["subject", "email_content", "link"])


def broken(count: int) -> None:
	"""Promises that were told with 95 % and were late."""
	for _ in range(count):
		promise(line(0.95, late=4), status="Broken")


def committed(lines: int = 1) -> Any:
	"""A submitted order of things in stock, for the 10th day from today."""
	items = [ItemFactory().name for _ in range(lines)]
	StockEntryFactory(items=[{"item_code": item, "qty": 50} for item in items])
	order = SalesOrderFactory(
		items=[{"item_code": item, "qty": 2} for item in items], delivery_date=days(10), submit=False
	)
	return submit(order)


def told_of(doc: Any, probability: float) -> None:
	"""As if this had been told."""
	for one in doc.lines:
		one.probability = probability
		values = {"probability": probability, "told_probability": probability}
		frappe.db.set_value("Order Promise Line", one.name, values)


def change_line(order: Any, index: int, qty: float) -> None:
	"""Update Items, of one line."""
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	new_request()
	rows = [
		{
			"docname": row.name,
			"item_code": row.item_code,
			"qty": qty if n == index else row.qty,
			"rate": row.rate,
			"delivery_date": str(row.delivery_date),
			"conversion_factor": 1,
		}
		for n, row in enumerate(order.items)
	]
	update_child_qty_rate("Sales Order", json.dumps(rows), order.name)
