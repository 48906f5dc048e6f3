"""After an order is submitted: deliveries, returns, hold, close, cancel, amendments, Update Items, dates that move."""

import json

import pytest

import frappe
from frappe.utils import add_days

from erpnext.buying.doctype.purchase_order.purchase_order import update_status as update_purchase_order
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.sales_order.sales_order import update_status

from otp_app.api.promise import apply
from otp_app.promises.keeping.follow import follow, review, review_promises
from tests.erpnext.counting import queries
from tests.erpnext.promising import answer, promise_of, promises_of, settings, submit, told
from tests.factories.base import days, new_request
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import DeliveryNoteFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory


def stocked(qty: float) -> str:
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=qty)
	return item


def committed(item: str, qty: float = 5, due: int = 10):
	return SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(due))


def state(order) -> tuple[str, str]:
	"""The status of the promise and the one that the order shows."""
	return promise_of(order).status, frappe.db.get_value("Sales Order", order.name, "otp_promise_status")


def test_a_promise_is_kept_when_all_was_delivered_in_time():
	order = committed(stocked(5))
	DeliveryNoteFactory(sales_order=order.name, qty=2)
	assert state(order) == ("Committed", "Committed")
	DeliveryNoteFactory(sales_order=order.name)
	assert state(order) == ("Kept", "Kept")
	promise = promise_of(order)
	assert (promise.delivered_on, promise.lines[0].delivered_qty) == (days(0), 5)
	assert promise.days_late == (days(0) - promise.promise_date).days


def test_a_delivery_of_many_lines_costs_no_more_queries_than_that_of_two():
	assert queries_of_a_delivery(12) == queries_of_a_delivery(2)


def queries_of_a_delivery(lines: int) -> int:
	"""What following costs when something of every line was delivered."""
	items = [{"item_code": stocked(5), "qty": 5, "delivery_date": days(10)} for _ in range(lines)]
	order = SalesOrderFactory(items=items)
	frappe.db.set_value("Sales Order Item", {"parent": order.name}, "delivered_qty", 2)
	order.reload()
	with queries() as seen:
		follow(order)
	assert [line.delivered_qty for line in promise_of(order).lines] == [2] * lines
	return len(seen)


def test_a_promise_is_broken_by_a_late_delivery():
	order = committed(stocked(5), due=1)
	promise = promise_of(order)
	frappe.db.set_value("Order Promise Line", promise.lines[0].name, "promise_date", days(-3))
	DeliveryNoteFactory(sales_order=order.name)
	promise.reload()
	assert (promise.status, promise.days_late) == ("Broken", 3)
	assert "was delivered on" in promise.status_reason


def test_a_cancelled_delivery_takes_the_outcome_back_and_a_return_does_not():
	order = committed(stocked(10))
	note = DeliveryNoteFactory(sales_order=order.name)
	DeliveryNoteFactory(return_against=note.name, qty=2)
	assert state(order) == ("Kept", "Kept"), "what came back had been delivered"

	other = committed(stocked(5))
	note = DeliveryNoteFactory(sales_order=other.name)
	new_request()
	frappe.get_doc("Delivery Note", note.name).cancel()
	assert state(other) == ("Committed", "Committed")
	assert promise_of(other).lines[0].delivered_on is None


def test_an_order_on_hold_is_at_risk_until_it_goes_on():
	order = committed(stocked(5))
	update_status("On Hold", order.name)
	assert state(order) == ("At Risk", "At Risk")
	assert promise_of(order).status_reason == "The order is on hold: nothing is kept for it."
	update_status("Draft", order.name)
	assert state(order) == ("Committed", "Committed")


def test_closing_an_order_ends_its_promise_and_reopening_brings_it_back():
	order = committed(stocked(5))
	update_status("Closed", order.name)
	assert state(order) == ("Cancelled", "Cancelled")
	update_status("Draft", order.name)
	assert state(order) == ("Committed", "Committed")


def test_cancelling_an_order_ends_its_promise_and_the_amended_one_gets_its_own():
	order = committed(stocked(5))
	new_request()
	frappe.get_doc("Sales Order", order.name).cancel()
	assert state(order) == ("Cancelled", "Cancelled")

	amended = frappe.copy_doc(frappe.get_doc("Sales Order", order.name))
	amended.amended_from = order.name
	amended.docstatus = 0
	amended.insert()
	assert (amended.otp_promise, amended.otp_promise_date, amended.otp_promise_status) == (None, None, None)
	assert state(submit(amended)) == ("Committed", "Committed")


def test_deleting_a_cancelled_order_takes_its_promises_along():
	order = committed(stocked(5))
	new_request()
	frappe.get_doc("Sales Order", order.name).cancel()
	frappe.delete_doc("Sales Order", order.name)
	assert promises_of(order) == []


def update_items(order, **changes) -> None:
	row = frappe.get_doc("Sales Order", order.name).items[0]
	values = {"docname": row.name, "item_code": row.item_code, "qty": row.qty, "rate": row.rate}
	values |= {"delivery_date": str(row.delivery_date), "uom": row.uom, "conversion_factor": 1}
	new_request()
	frappe.clear_messages()
	update_child_qty_rate("Sales Order", json.dumps([values | changes], default=str), order.name)


def test_update_items_is_promised_like_a_new_order():
	order = committed(stocked(10))
	update_items(order, qty=8)
	assert promises_of(order) == ["Superseded", "Committed"]
	assert promise_of(order).lines[0].qty == 8
	assert told() == ""


def test_update_items_beyond_what_can_be_promised_is_warned_of_or_blocked_by_the_policy():
	item = stocked(10)
	order = committed(item)
	update_items(order, qty=11)
	assert f"Row 1: 1 Nos of {item} cannot be promised" in told()
	settings(submit_policy="Block")
	with pytest.raises(frappe.ValidationError, match="cannot be promised"):
		update_items(order, qty=12)


def test_update_items_of_a_price_alone_changes_no_promise():
	order = committed(stocked(10))
	update_items(order, rate=99)
	assert promises_of(order) == ["Committed"]


def test_update_items_is_checked_for_an_order_that_has_no_promise_yet():
	settings(submit_policy="Ignore")
	item = stocked(10)
	order = committed(item)
	assert frappe.db.get_value("Sales Order", order.name, "otp_promise") is None
	settings(submit_policy="Block")
	with pytest.raises(frappe.ValidationError, match="cannot be promised"):
		update_items(order, qty=100)


def test_a_line_that_is_taken_out_was_not_delivered():
	first, second = stocked(5), stocked(5)
	lines = [{"item_code": item, "qty": 5, "delivery_date": days(10)} for item in (first, second)]
	order = SalesOrderFactory(items=lines)
	update_items(order)  # keeps the first line only
	assert promises_of(order) == ["Superseded", "Committed"]
	assert [line.item_code for line in promise_of(order).lines] == [first]


def test_what_was_delivered_before_it_was_promised_again_is_not_counted_twice():
	order = committed(stocked(10), qty=10)
	DeliveryNoteFactory(sales_order=order.name, qty=6)
	update_items(frappe.get_doc("Sales Order", order.name), delivery_date=str(days(20)))
	review(promise_of(order).name)
	line = promise_of(order).lines[0]
	assert (line.qty, line.delivered_qty) == (4, 0)
	DeliveryNoteFactory(sales_order=order.name)
	assert (promise_of(order).lines[0].delivered_qty, state(order)[0]) == (4, "Kept")


def test_a_supply_that_moves_away_puts_the_promise_at_risk_and_coming_back_heals_it():
	item = ItemFactory(lead_time_days=0).name
	purchase = PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(5))
	order = committed(item, due=20)
	frappe.db.set_value("Purchase Order Item", {"parent": purchase.name}, "schedule_date", days(30))

	review(promise_of(order).name)
	promise = promise_of(order)
	assert state(order) == ("At Risk", "At Risk")
	assert promise.expected_date > days(30)
	assert f"{item} is expected on" in promise.status_reason

	frappe.db.set_value("Purchase Order Item", {"parent": purchase.name}, "schedule_date", days(6))
	review(promise.name)
	assert state(order) == ("Committed", "Committed")


AT_ONCE = {"processing_lead_time_days": 0}


@pytest.mark.parametrize("rules", ({}, {"shipment": "complete"}, AT_ONCE), ids=str)
def test_a_review_right_after_the_commitment_finds_what_it_has_found(rules: dict):
	order = order_of_two_dates()
	answer(apply, sales_order=order.name, rules=rules)
	order = submit(order)
	before = found_of(order)
	assert before[0] == "Committed"
	review(promise_of(order).name)
	assert found_of(order) == before


def test_a_review_of_an_order_that_waits_for_a_missing_line_finds_the_others_where_they_were():
	lines = [{"item_code": item, "qty": 5} for item in (stocked(5), ItemFactory(lead_time_days=0).name)]
	order = submit(SalesOrderFactory(items=lines, submit=False))
	before = found_of(order)
	assert [bool(day) for day in before[-1]] == [True, False]
	review(promise_of(order).name)
	assert found_of(order) == before


def order_of_two_dates():
	"""A draft with a line from stock and one that waits for a purchase."""
	bought = ItemFactory(lead_time_days=0).name
	PurchaseOrderFactory(item_code=bought, qty=5, schedule_date=days(20))
	lines = [{"item_code": item, "qty": 5, "delivery_date": days(3)} for item in (stocked(5), bought)]
	return SalesOrderFactory(items=lines, submit=False)


def found_of(order) -> tuple:
	"""What commitment and review have found: the status, why, and the date of each line."""
	promise = promise_of(order)
	return promise.status, promise.status_reason, [line.expected_date for line in promise.lines]


def test_a_supply_that_is_gone_puts_the_promise_at_risk():
	item = ItemFactory(lead_time_days=0).name
	purchase = PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(5))
	order = committed(item, due=20)
	update_purchase_order("Closed", purchase.name)
	review(promise_of(order).name)
	promise = promise_of(order)
	assert (promise.status, promise.expected_date) == ("At Risk", None)
	assert promise.status_reason == f"{item} has no date any more."


def test_the_review_reaches_every_open_promise_and_one_that_fails_does_not_stop_it(monkeypatch):
	fine, broken, past = (committed(stocked(5)) for _ in range(3))
	ours = [promise_of(order).name for order in (fine, broken, past)]
	others = {"name": ("not in", ours), "status": ("in", ("Committed", "At Risk"))}
	frappe.db.set_value("Order Promise", others, "status", "Superseded")
	frappe.db.set_value("Order Promise Line", {"parent": ours[2]}, "promise_date", add_days(days(0), -1))
	frappe.db.set_value("Order Promise", ours[1], "reference_name", "No Such Order")
	undone = []
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	monkeypatch.setattr(frappe.db, "rollback", lambda **to: undone.append(to))
	review_promises()
	monkeypatch.undo()
	assert promise_of(fine).reviewed_at
	assert len(undone) == 1
	assert state(past) == ("Broken", "Broken")
	assert "was not delivered by" in promise_of(past).status_reason
