"""What Desk and its users leave about promises: comments, shares, filters, reports, customisations. For using.py."""

import json
from typing import Any

import frappe
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.core.doctype.communication.email import make
from frappe.core.doctype.prepared_report.prepared_report import generate_report, make_prepared_report
from frappe.desk import query_report
from frappe.desk.doctype.tag.tag import add_tag
from frappe.desk.form import assign_to
from frappe.desk.form.document_follow import follow_document
from frappe.desk.form.utils import add_comment
from frappe.model.utils import user_settings
from frappe.permissions import add_permission

from tests.erpnext.company import COMPANY
from tests.factories.base import days

COLLEAGUE = "test@example.com"  # of the setup wizard
REPORTS = ("Available to Promise", "Promises at Risk", "Promise Accuracy", "Supplier Reliability")


def talk_about(promise: str) -> None:
	"""What people attach to a document in Desk."""
	mention = f'<span class="mention" data-id="{COLLEAGUE}">@Test</span> look'
	add_comment("Order Promise", promise, mention, "Administrator", "Administrator")
	assign_to.add(
		{"assign_to": [COLLEAGUE], "doctype": "Order Promise", "name": promise, "description": "Call"}
	)
	add_tag("urgent", "Order Promise", promise)
	frappe.share.add("Order Promise", promise, COLLEAGUE, write=1)
	follow_document("Order Promise", promise, COLLEAGUE)
	insert("Document Follow", ref_doctype="Order Promise", ref_docname=promise, user=COLLEAGUE)
	insert("View Log", reference_doctype="Order Promise", reference_name=promise, viewed_by=COLLEAGUE)
	make(
		"Order Promise",
		promise,
		"It will be late",
		"About the promise",
		recipients=COLLEAGUE,
		send_email=False,
	)
	note = insert(
		"File",
		file_name="note.txt",
		content="x",
		attached_to_doctype="Order Promise",
		attached_to_name=promise,
	)
	insert(
		"Event",
		subject="Call",
		starts_on=days(1),
		reference_doctype="Order Promise",
		reference_docname=promise,
	)
	insert(
		"Reminder",
		remind_at=f"{days(2)} 10:00:00",
		description="x",
		reminder_doctype="Order Promise",
		reminder_docname=promise,
		user=COLLEAGUE,
	)
	make_access_log(doctype="Order Promise", document=promise)
	assert frappe.db.exists("Notification Log", {"document_type": "Order Promise"}) and note.file_url


def look_at_lists() -> None:
	"""What Desk keeps of lists: in Redis first, then in a table."""
	for doctype, field in (
		("Order Promise", "status"),
		("Sales Order", "otp_promise_date"),
		("Item", "item_code"),
	):
		user_settings.save(
			doctype, json.dumps({"List": {"sort_by": field, "filters": []}, "last_view": "List"})
		)
	user_settings.sync_user_settings()
	user_settings.save("Order Promise Peg", json.dumps({"GridView": {}}))
	for doctype, field in (
		("Order Promise", "status"),
		("Sales Order", "otp_promise_status"),
		("Item", "item_code"),
	):
		filters = json.dumps([[doctype, field, "=", "Held"]])
		insert("List Filter", filter_name="Mine", reference_doctype=doctype, for_user="", filters=filters)


def look_at_reports() -> None:
	filters = {"company": COMPANY}
	for report in REPORTS:
		query_report.run(report, filters)
		prepared = make_prepared_report(report, json.dumps(filters))["name"]
		generate_report(prepared)
		assert frappe.db.get_value("Prepared Report", prepared, "status") == "Completed"
	insert(
		"Auto Email Report",
		report=REPORTS[0],
		user=COLLEAGUE,
		email_to=COLLEAGUE,
		format="HTML",
		frequency="Daily",
		filters=json.dumps(filters),
	)
	insert("Custom Role", report=REPORTS[1], roles=[{"role": "Sales User"}])


def customise(promise: str) -> None:
	"""What an administrator does with doctypes, ours and our fields among them."""
	insert(
		"Custom Field",
		dt="Order Promise",
		fieldname="my_note",
		label="Note",
		fieldtype="Data",
		insert_after="status",
	)
	for doctype, field in (("Order Promise", "customer"), ("Sales Order", "otp_promise_date")):
		frappe.make_property_setter(
			{"doctype": doctype, "fieldname": field, "property": "label", "value": "Mine"}
		)
	add_permission("Order Promise", "Sales Master Manager")
	insert("Client Script", name="My Script", dt="Order Promise", script="// mine", enabled=0)
	insert(
		"Print Format",
		name="My Promise",
		doc_type="Order Promise",
		html="x",
		print_format_type="Jinja",
		custom_format=1,
		standard="No",
	)
	insert(
		"Notification",
		name="My Alert",
		subject="x",
		document_type="Order Promise",
		event="New",
		channel="System Notification",
		message="x",
		enabled=0,
		recipients=[{"receiver_by_role": "Sales User"}],
	)
	insert(
		"Report",
		report_name="My Promises",
		ref_doctype="Order Promise",
		report_type="Report Builder",
		is_standard="No",
	)
	insert(
		"Number Card",
		label="My Count",
		type="Document Type",
		document_type="Order Promise",
		function="Count",
		filters_json="[]",
	)
	insert(
		"Kanban Board",
		kanban_board_name="My Board",
		reference_doctype="Order Promise",
		field_name="status",
		columns=[{"column_name": "Held"}],
	)
	insert(
		"Calendar View",
		name="My Calendar",
		reference_doctype="Order Promise",
		subject_field="customer",
		start_date_field="promise_date",
		end_date_field="promise_date",
	)
	insert(
		"User Permission",
		user=COLLEAGUE,
		allow="Transit Lane",
		for_value=frappe.get_last_doc("Transit Lane").name,
	)
	insert(
		"Assignment Rule",
		name="My Rule",
		document_type="Order Promise",
		description="x",
		assign_condition="False",
		rule="Round Robin",
		users=[{"user": COLLEAGUE}],
		assignment_days=[{"day": "Monday"}],
	)
	blocked = {
		"doctype": "Block Module",
		"parenttype": "User",
		"parent": COLLEAGUE,
		"parentfield": "block_modules",
	}
	frappe.get_doc(blocked | {"module": "OTP App"}).db_insert()


def insert(doctype: str, /, **values: Any) -> Any:
	return frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
