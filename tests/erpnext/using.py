"""Uses the app as people do, so that everything it can leave on a site is there: python -m tests.erpnext.using SITE

In the sites folder; commits. Raises AssertionError where a step had not the effect it is made for.
"""

import json
import sys
from contextlib import suppress
from typing import Any

import frappe

from erpnext.controllers.accounts_controller import update_child_qty_rate

from otp_app.api.making import make_it_so
from otp_app.api.payments import create, refresh, refund
from otp_app.api.promise import apply, extend, for_sales_order, hold, release
from otp_app.molam_sandbox import running
from otp_app.payments import webhooks
from otp_app.promises.keeping import follow
from otp_app.promises.watching.judging import judge_what_moved, list_what_depends
from tests.erpnext.company import COMPANY, HOLIDAY_LIST, SHOP, STORES
from tests.erpnext.leaving import COLLEAGUE, customise, insert, look_at_lists, look_at_reports, talk_about
from tests.erpnext.paying import take_payments
from tests.erpnext.promising import answer, settings, submit
from tests.erpnext.secrets import SECRET
from tests.erpnext.signing import event, signature
from tests.factories.base import days, new_request
from tests.factories.buying import PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.manufacturing import BOMFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import DeliveryNoteFactory, QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

JOBS = (
	"otp_app.promises.keeping.hold.expire_holds",
	"otp_app.promises.keeping.follow.review_promises",
	"otp_app.payments.jobs.reconcile",
	"otp_app.reliability.refresh.refresh_nightly",
	"otp_app.reliability.alarm.watch",
	"otp_app.promises.watching.judging.judge_what_is_left",
	"otp_app.promises.watching.webhook.deliver",
	"otp_app.promises.watching.digest.send_digests",
)


def use() -> None:
	"""Everything, in the order of a working day; committed."""
	set_up()
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=100)
	late = ItemFactory(lead_time_days=0).name
	PurchaseOrderFactory(item_code=late, qty=20, schedule_date=days(20))
	promise = take_orders(item, late)
	talk_about(promise)
	look_at_lists()
	look_at_reports()
	customise(promise)
	take_money(item)
	come_late(item)
	watch()
	make_things()
	run_jobs()
	frappe.db.commit()


def set_up() -> None:
	settings(
		reserve_stock=1,
		hold_minutes=60,
		warehouse_rules=[{"warehouse": SHOP, "warehouse_class": "Sellable", "extra_days": 1}],
	)
	for country in ("Germany", "France"):
		lane = insert("Transit Lane", from_warehouse=STORES, to_country=country, transit_days=2)
	lane.calendar = HOLIDAY_LIST
	lane.save()
	frappe.delete_doc("Transit Lane", lane.name)


def take_orders(item: str, late: str) -> str:
	"""Promises in every status, the last of a submitted order's own."""
	quotation = QuotationFactory(item_code=item, qty=2)
	answer(hold, quotation=quotation.name)
	answer(release, quotation=quotation.name)
	held = answer(
		hold, items=[{"item_code": item, "qty": 1, "warehouse": STORES}], customer=quotation.party_name
	)
	answer(extend, promise=held["promise"], hold_minutes=90)

	draft = SalesOrderFactory(item_code=late, qty=2, delivery_date=days(3), submit=False)
	answer(for_sales_order, sales_order=draft.name)
	answer(apply, sales_order=draft.name)
	frappe.delete_doc("Sales Order", draft.name)
	assert frappe.db.exists("Deleted Document", {"deleted_doctype": "Order Promise"})

	warned = SalesOrderFactory(item_code=late, qty=2, delivery_date=days(3), submit=False)
	assert submit(warned).otp_promise_status == "At Risk"
	settings(submit_policy="Block")
	blocked = SalesOrderFactory(item_code=late, qty=50, delivery_date=days(3), submit=False)
	with suppress(frappe.ValidationError):
		submit(blocked)
	assert frappe.db.get_value("Sales Order", blocked.name, "docstatus") == 0

	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(10), submit=False)
	order.items[0].reserve_stock = 1
	order.save()
	order = submit(order)
	change(order, qty=6)
	DeliveryNoteFactory(sales_order=order.name, qty=2)
	for _ in "ab":
		cancelled = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(10))
		new_request()
		frappe.get_doc("Sales Order", cancelled.name).cancel()
	new_request()
	frappe.delete_doc("Sales Order", cancelled.name)
	settings(submit_policy="Warn")
	return frappe.db.get_value("Sales Order", order.name, "otp_promise")


def take_money(item: str) -> None:
	"""A payment, a refund, one that is in doubt, and an event."""
	with running(webhook_secret=SECRET) as sandbox:
		take_payments(sandbox.url)
		order = SalesOrderFactory(item_code=item, qty=3, delivery_date=days(10))
		payment = answer(create, sales_order=order.name)
		sandbox.pay(payment["intent_id"])
		assert answer(refresh, payment=payment["payment"])["payment_entry"]
		answer(refund, payment=payment["payment"], amount="10")
		body = event("payment.succeeded", {"id": payment["intent_id"]})
		webhooks.receive(body, signature(body))
	draft = SalesOrderFactory(item_code=item, qty=1, delivery_date=days(10), submit=False)
	assert answer(create, sales_order=draft.name, hold=1)["in_doubt"]


def come_late(item: str) -> None:
	"""Something to learn from, and promises that were told with more than they were worth."""
	order = PurchaseOrderFactory(item_code=item, transaction_date=days(-20), schedule_date=days(-9))
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-2))
	for _ in range(60):
		line = {"item_code": item, "qty": 1, "promise_date": days(-3), "told_probability": 0.95}
		insert("Order Promise", status="Broken", company=COMPANY, lines=[line])


def watch() -> None:
	"""A purchase order is cancelled that was promised from: an event, a notification, and what waits to be sent."""
	settings(
		webhook_url="http://127.0.0.1:9/",
		webhook_secret="a secret that nobody knows",
		digest_recipients=[{"user": "Administrator"}, {"role": "Sales Manager"}],
	)
	item = ItemFactory(lead_time_days=0).name
	purchase = PurchaseOrderFactory(item_code=item, schedule_date=days(5))
	order = SalesOrderFactory(item_code=item, delivery_date=days(20))
	frappe.db.set_value("Sales Order", order.name, "owner", COLLEAGUE)
	frappe.db.commit()
	judge_what_moved(linger=0)
	new_request()
	frappe.get_doc("Purchase Order", purchase.name).cancel()
	frappe.db.commit()
	list_what_depends()
	assert frappe.db.exists("Order Promise Recheck", order.otp_promise)
	judge_what_moved(linger=0)
	assert frappe.db.exists("Order Promise Event", {"promise": order.otp_promise, "event": "At Risk"})
	assert frappe.db.exists("Notification Log", {"for_user": COLLEAGUE, "document_name": order.otp_promise})
	frappe.get_doc("Log Settings").save()
	assert frappe.db.exists("Logs To Clear", {"ref_doctype": "Order Promise Event"})


def make_things() -> None:
	"""What an order is promised by its BOM, made and bought."""
	bike = BOMFactory(
		item=ItemFactory(lead_time_days=2).name, materials={ItemFactory(lead_time_days=3).name: 1}
	).item
	settings(item_rules=[{"item_code": bike, "mode": "ATP Then CTP"}])
	order = SalesOrderFactory(item_code=bike, qty=2, delivery_date=days(30))
	made = answer(make_it_so, sales_order=order.name, create=1)["created"]
	assert {found["doctype"] for found in made} == {"Work Order", "Material Request"}


def change(order: Any, **values: Any) -> None:
	"""Update Items."""
	new_request()
	row = order.items[0]
	fields = {
		"docname": row.name,
		"item_code": row.item_code,
		"qty": row.qty,
		"rate": row.rate,
		"delivery_date": str(row.delivery_date),
		"conversion_factor": 1,
	}
	update_child_qty_rate("Sales Order", json.dumps([fields | values]), order.name)


def run_jobs() -> None:
	"""The scheduled jobs, as the scheduler starts them: well, with an order that cannot be reviewed, and badly."""
	for method in JOBS:
		frappe.get_doc("Scheduled Job Type", {"method": method}).execute()
	assert frappe.db.exists("Supply Reliability", {"supplier": ("is", "set")})
	assert frappe.db.exists("Notification Log", {"link": ("like", "%Promise Accuracy%")})
	review, follow.review = follow.review, None
	frappe.get_doc("Scheduled Job Type", {"method": JOBS[1]}).execute()
	follow.review = review
	assert frappe.db.exists("Error Log", {"reference_doctype": "Order Promise"})
	unfinished, follow.UNFINISHED = follow.UNFINISHED, None
	job = frappe.get_doc("Scheduled Job Type", {"method": JOBS[1]})
	job.execute()
	follow.UNFINISHED = unfinished
	assert frappe.db.exists("Scheduled Job Log", {"scheduled_job_type": job.name, "status": "Failed"})


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True  # what Frappe would leave to a worker is done at once
	frappe.local.form_dict = frappe._dict()
	use()
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
