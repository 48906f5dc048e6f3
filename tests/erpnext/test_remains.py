"""What uninstalling deletes in Frappe's tables, and what it leaves alone; `make uninstall-check` sees the whole."""

import json

import frappe

from otp_app.setup.remains import remove_remains
from tests.erpnext.leaving import insert
from tests.factories.base import days
from tests.factories.selling import SalesOrderFactory


def list_settings(doctype: str, sort_by: str) -> None:
	data = json.dumps({"List": {"sort_by": sort_by}})
	query = "insert into `__UserSettings` (user, doctype, data) values ('Administrator', %s, %s)"
	frappe.db.sql(query, (doctype, data))


def kept_settings() -> set[str]:
	return set(frappe.db.sql("select doctype from `__UserSettings` where user = 'Administrator'", pluck=True))


def test_what_is_about_no_doctype_or_another_apps_stays():
	order = SalesOrderFactory(submit=False)
	comment = order.add_comment("Comment", "Call them")
	free = insert("Comment", comment_type="Info", content="About nothing")
	note = insert("ToDo", description="About nothing")

	remove_remains()

	for doc in (comment, free, note):
		assert frappe.db.exists(doc.doctype, doc.name), doc.as_dict()


def test_when_our_doctypes_are_gone_already_nothing_else_is_deleted():
	free = insert("Comment", comment_type="Info", content="About nothing")
	frappe.db.delete("DocType", {"module": "OTP App"})
	frappe.db.delete("Report", {"module": "OTP App"})

	remove_remains()

	assert frappe.db.exists("Comment", free.name)


def test_an_appointment_stays_without_its_reference():
	promise = insert("Order Promise", status="Held")
	values = {"reference_doctype": "Order Promise", "reference_docname": promise.name}
	event = insert("Event", subject="Call", starts_on=days(1), **values)

	remove_remains()

	event.reload()
	assert (event.reference_doctype, event.reference_docname) == (None, None)


def test_roles_that_a_site_gave_to_our_page_go():
	role = insert("Custom Role", page="order-promise-what-if", roles=[{"role": "Accounts User"}])

	remove_remains()

	assert not frappe.db.exists("Custom Role", role.name)
	assert not frappe.db.exists("Has Role", {"parenttype": "Custom Role", "parent": role.name})


def test_list_settings_that_ask_for_our_fields_go_and_others_stay():
	frappe.db.sql("delete from `__UserSettings` where user = 'Administrator'")
	list_settings("Order Promise", "status")
	list_settings("Sales Order", "otp_promise_date")
	list_settings("Quotation", "valid_till")

	remove_remains()

	assert kept_settings() == {"Quotation"}
