"""Who is told that a promise is late, or well again: owners, sales persons, customers; the daily digest."""

from collections.abc import Iterator

import pytest

import frappe
from frappe.utils import formatdate, now_datetime

from otp_app.promises.watching.digest import digests_for_user, send_digests
from otp_app.promises.watching.telling import as_user
from tests.erpnext.company import COMPANY
from tests.erpnext.promising import promise_of, settings
from tests.erpnext.serving import new_user
from tests.erpnext.watched import bought, committed, forget_the_past, judge_and_tell, stocked, uncommitted
from tests.factories.base import days, new_request
from tests.factories.masters import CustomerFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory, StockReconciliationFactory


@pytest.fixture
def mail() -> Iterator[None]:
	"""An e-mail account, through which nothing is really sent."""
	account = frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_id": "orders@example.com",
			"email_account_name": "Orders",
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"smtp_server": "localhost",
			"no_smtp_authentication": 1,
		}
	)
	with uncommitted():
		account.insert()
		frappe.db.delete("Email Queue")
		yield
	frappe.local.outgoing_email_account = {}


@pytest.fixture
def clerk() -> str:
	return new_user("Sales User")


def owned(order, user: str):
	frappe.db.set_value("Sales Order", order.name, "owner", user)
	return order


def moved(purchase, due: int) -> None:
	"""The supplier confirms another date."""
	new_request()
	doc = frappe.get_doc("Purchase Order", purchase.name)
	for row in doc.items:
		row.expected_delivery_date = days(due)
	doc.flags.ignore_validate_update_after_submit = True
	doc.save()


def notifications(user: str) -> list:
	fields = ["subject", "link", "document_name", "email_content"]
	return frappe.get_all("Notification Log", {"for_user": user}, fields, order_by="creation, name")


def letters() -> list[tuple[str, str]]:
	"""Recipients and text of what was written, the oldest first."""
	rows = frappe.get_all("Email Queue", ["name", "message"], order_by="creation, name")
	return [
		(frappe.db.get_value("Email Queue Recipient", {"parent": row.name}, "recipient"), row.message)
		for row in rows
	]


def test_the_owner_is_told_once_of_each_change(clerk: str):
	item, purchase = bought()
	order = owned(committed(item), clerk)
	moved(purchase, 30)
	judge_and_tell()
	judge_and_tell()
	(told,) = notifications(clerk)
	assert told.subject.startswith(
		f"A Purchase Order moved from {formatdate(days(5))} to {formatdate(days(30))}."
	)
	assert f"<strong>{order.name}</strong> for {order.customer_name} is late." in told.subject
	assert told.document_name == promise_of(order).name
	assert told.link.endswith(f"/app/sales-order/{order.name}")
	moved(purchase, 31)
	moved(purchase, 40)
	judge_and_tell()
	assert "has another date." in notifications(clerk)[1].subject
	moved(purchase, 5)
	judge_and_tell()
	assert "can be delivered by" in notifications(clerk)[2].subject
	assert len(notifications(clerk)) == 3


def test_what_one_document_does_to_many_orders_is_told_once(clerk: str):
	item, purchase = bought(qty=30)
	orders = [
		owned(SalesOrderFactory(item_code=item, qty=10, delivery_date=days(20)), clerk) for _ in range(3)
	]
	forget_the_past()
	moved(purchase, 30)
	judge_and_tell()
	(told,) = notifications(clerk)
	assert "3 of your orders are late." in told.subject
	assert "The worst by " in told.subject
	assert told.link.endswith("/app/query-report/Promises%20at%20Risk?company=Velo+Works")
	assert all(order.name in told.email_content for order in orders)


def test_names_of_documents_are_for_those_who_may_read_them():
	buyer = new_user("Sales User", "Purchase User")
	item, purchase = bought(qty=20)
	for _ in range(2):
		owned(SalesOrderFactory(item_code=item, qty=10, delivery_date=days(20)), buyer)
	forget_the_past()
	moved(purchase, 30)
	judge_and_tell()
	(told,) = notifications(buyer)
	assert told.subject.startswith(f"Purchase Order {purchase.name} moved from ")
	assert told.link.endswith(f"?company=Velo+Works&document={purchase.name}")


def test_sales_persons_are_told_too():
	user = new_user("Sales User")
	employee = frappe.get_doc(
		{
			"doctype": "Employee",
			"first_name": "Sam",
			"company": COMPANY,
			"user_id": user,
			"date_of_birth": "1990-01-01",
			"date_of_joining": "2020-01-01",
			"gender": "Other",
			"status": "Active",
		}
	)
	employee.insert(ignore_mandatory=True)
	frappe.get_doc(
		{
			"doctype": "Sales Person",
			"sales_person_name": f"Sam {user}",
			"employee": employee.name,
			"parent_sales_person": "Sales Team",
		}
	).insert()
	item = stocked(10)
	team = [{"sales_person": f"Sam {user}", "allocated_percentage": 100}]
	committed(item, sales_team=team)
	StockReconciliationFactory(item_code=item, qty=6)
	judge_and_tell()
	assert len(notifications(user)) == 1


def test_who_is_not_told(clerk: str, monkeypatch):
	item = stocked(10)
	order = committed(item)
	gone, other, off = (new_user("Sales User") for _ in range(3))
	frappe.db.set_value("User", gone, "enabled", 0)
	permission = {"user": other, "allow": "Customer", "for_value": CustomerFactory().name}
	frappe.get_doc({"doctype": "User Permission", **permission}).insert()
	frappe.get_doc("Notification Settings", off).update({"enabled": 0}).save()
	nobody = new_user("Purchase User")
	count = StockReconciliationFactory(item_code=item, qty=6)
	for user in (gone, other, off, nobody):
		owned(order, user)
		judge_and_tell()
		frappe.db.set_value("Order Promise Event", {"promise": promise_of(order).name}, "tell_owner", 1)
		judge_and_tell()
		assert notifications(user) == [], user
	owned(order, clerk)
	frappe.db.set_value("Order Promise Event", {"promise": promise_of(order).name}, "tell_owner", 1)
	judge_and_tell()
	assert len(notifications(clerk)) == 1
	assert count.name not in notifications(clerk)[0].subject


def test_who_has_done_it_in_desk_is_not_told(clerk: str, monkeypatch):
	from tests.erpnext.stories.telling import set_sales_order_status

	order = owned(committed(stocked(10)), clerk)
	monkeypatch.setattr(frappe.local, "request", frappe._dict(headers={}), raising=False)
	frappe.session.user = clerk
	set_sales_order_status(order, "On Hold")
	frappe.session.user = "Administrator"
	monkeypatch.undo()
	judge_and_tell()
	assert promise_of(order).status == "At Risk"
	assert notifications(clerk) == []


def test_nobody_is_told_of_what_was_over_before_anybody_was_told(clerk: str):
	from tests.erpnext.watched import judge

	item = stocked(10)
	order = owned(committed(item), clerk)
	StockReconciliationFactory(item_code=item, qty=6)
	judge()
	assert promise_of(order).status == "At Risk"
	StockReconciliationFactory(item_code=item, qty=10)
	judge_and_tell()
	assert notifications(clerk) == []


def test_nobody_is_told_where_the_settings_say_so(clerk: str):
	settings(notify_owner=0)
	item = stocked(10)
	owned(committed(item), clerk)
	StockReconciliationFactory(item_code=item, qty=6)
	judge_and_tell()
	assert notifications(clerk) == []


def test_those_who_have_notifications_sent_to_them_get_an_e_mail(clerk: str, mail):
	silent = new_user("Sales User")
	frappe.get_doc("Notification Settings", silent).update({"enable_email_notifications": 0}).save()
	items = [stocked(10), stocked(10)]
	for item, user in zip(items, (clerk, silent), strict=True):
		owned(committed(item), user)
	for item in items:
		StockReconciliationFactory(item_code=item, qty=6)
	judge_and_tell()
	assert [len(notifications(user)) for user in (clerk, silent)] == [1, 1]
	assert [recipient for recipient, _text in letters()] == [clerk]


def test_the_customer_gets_one_e_mail_for_each_date(mail):
	settings(notify_owner=0, notify_customer=1)
	item, purchase = bought()
	order = committed(item)
	frappe.db.set_value("Sales Order", order.name, "contact_email", "buyer@example.com")
	for due in (30, 40, 41, 41):
		moved(purchase, due)
		judge_and_tell()
	told = letters()
	assert {recipient for recipient, _text in told} == {"buyer@example.com"}
	dates = frappe.get_all(
		"Order Promise Event", {"promise": promise_of(order).name}, pluck="customer_told", order_by="creation"
	)
	assert len(told) == len(set(dates)) == len(dates)
	assert f"Your order {order.name}: new delivery date" in told[0][1]
	moved(purchase, 5)
	judge_and_tell()
	assert formatdate(order.delivery_date) in readable(letters()[-1][1]), "it comes as promised after all"


def readable(message: str) -> str:
	"""The text of a letter as it is sent."""
	from email import message_from_string

	parts = message_from_string(message).walk()
	texts = (part.get_payload(decode=True) for part in parts if part.get_content_maintype() == "text")
	return " ".join(text.decode() for text in texts if text)


def test_the_customer_is_written_to_as_the_template_says_and_not_without_a_date(mail):
	template = {
		"name": "Late",
		"subject": "{{ order }} is late",
		"response": "By {{ days_late }} days, {{ customer_name }}",
	}
	frappe.get_doc({"doctype": "Email Template", **template}).insert()
	settings(notify_owner=0, notify_customer=1, customer_template="Late")
	item, purchase = bought()
	order = committed(item)
	frappe.db.set_value("Customer", order.customer, "email_id", "shop@example.com")
	moved(purchase, 30)
	judge_and_tell()
	((recipient, text),) = letters()
	assert recipient == "shop@example.com"
	assert f"{order.name} is late" in text
	assert f"days, {order.customer_name}" in readable(text)

	nothing = stocked(10)
	other = committed(nothing)
	frappe.db.set_value("Customer", other.customer, "email_id", "other@example.com")
	StockReconciliationFactory(item_code=nothing, qty=6)
	judge_and_tell()
	assert promise_of(other).expected_date is None
	assert len(letters()) == 1


def test_the_digest_tells_what_is_at_risk_what_is_new_and_what_has_cleared(mail, clerk: str):
	settings(notify_owner=0, digest_recipients=[{"user": clerk}])
	start = now_datetime()
	late, cleared, old = stocked(10), stocked(10), stocked(10)
	orders = {item: committed(item) for item in (late, cleared, old)}
	StockReconciliationFactory(item_code=old, qty=6)
	judge_and_tell()
	frappe.db.set_value("Order Promise Event", {"event": ("is", "set")}, "creation", "2020-01-01")
	for item in (late, cleared):
		StockReconciliationFactory(item_code=item, qty=6)
	judge_and_tell()
	StockEntryFactory(item_code=cleared, qty=10)
	judge_and_tell()
	with as_user(clerk):
		(digest,) = [one for one in digests_for_user(start) if one.company == COMPANY]
	ours = {line.row.reference_name for line in digest.lines}
	assert {orders[late].name, orders[old].name} <= ours
	assert digest.new == [orders[late].name]
	assert digest.cleared == [orders[cleared].name]
	send_digests()
	((recipient, text),) = letters()
	assert recipient == clerk
	shown = readable(text)
	assert f"{orders[late].name} <b>new</b>" in " ".join(shown.split()).replace("</td> ", "</td>")
	assert f"Cleared: {orders[cleared].name}" in " ".join(shown.split())
	assert "A Stock Reconciliation found 4 less" in shown, "a sales user may not read them"


def test_no_digest_where_there_is_nothing_to_tell_or_nobody_to_tell_it_to(mail, clerk: str):
	frappe.db.set_value("Order Promise", {"name": ("is", "set")}, "status", "Superseded")
	send_digests()
	settings(digest_recipients=[{"user": clerk}])
	send_digests()
	assert letters() == []
	item = stocked(10)
	committed(item)
	StockReconciliationFactory(item_code=item, qty=6)
	judge_and_tell()
	frappe.db.delete("Email Queue")
	role = frappe.get_doc({"doctype": "Role", "role_name": "Onlooker"}).insert().name
	new_user(role)
	settings(digest_recipients=[{"role": role}])
	send_digests()
	assert letters() == [], "who may not read promises gets none"
	buyer = new_user(role, "Purchase User")
	send_digests()
	assert [recipient for recipient, _text in letters()] == [buyer]
