"""What Frappe needs to know about this app; each line names the module that does the work."""

app_name = "otp_app"
app_title = "Order Promising"
app_publisher = "The otp_app authors"
app_description = "Order promising for ERPNext: when each line can be delivered, from what, and why"
app_email = "otp_app@example.com"
app_license = "gpl-3.0"

required_apps = ["frappe/erpnext"]

after_install = "otp_app.install.after_install"
after_migrate = "otp_app.install.after_migrate"
before_uninstall = "otp_app.uninstall.before_uninstall"
after_uninstall = "otp_app.uninstall.after_uninstall"

# The documents that sources/site/world.py keeps in Redis.
_forget_world = "otp_app.sources.site.world.forget_world"
doc_events = {
	doctype: {"on_update": _forget_world, "on_trash": _forget_world, "after_rename": _forget_world}
	for doctype in (
		"Company",
		"Customer Group",
		"Global Defaults",
		"Holiday List",
		"Item Group",
		"Manufacturing Settings",
		"Order Promise Settings",
		"Product Allocation",
		"Sourcing Rule",
		"Supply Protection",
		"System Settings",
		"Transit Lane",
		"UOM",
		"UOM Conversion Factor",
		"Warehouse",
	)
}
doc_events |= {
	doctype: {event: f"otp_app.overrides.{module}.{event}" for event in events}
	for doctype, module, events in (
		(
			"Sales Order",
			"sales_order",
			(
				"validate",
				"before_submit",
				"on_submit",
				"before_update_after_submit",
				"on_update_after_submit",
				"on_cancel",
				"on_change",
				"on_trash",
			),
		),
		("Quotation", "quotation", ("validate", "before_update_after_submit", "on_change", "on_trash")),
		("Delivery Note", "delivery_note", ("on_submit", "on_cancel")),
		("Sales Invoice", "sales_invoice", ("on_submit", "on_cancel")),
		("Payment Entry", "payment_entry", ("on_submit", "on_cancel")),
		# What promises depend on (docs/watching.md).
		("Purchase Order", "purchase_order", ("on_change",)),
		("Purchase Order Item", "purchase_order_item", ("on_change",)),
		("Purchase Receipt", "purchase_receipt", ("on_submit", "on_cancel")),
		("Purchase Invoice", "purchase_invoice", ("on_submit", "on_cancel")),
		("Work Order", "work_order", ("on_change",)),
		("Subcontracting Order", "subcontracting_order", ("on_change",)),
		("Subcontracting Receipt", "subcontracting_receipt", ("on_submit", "on_cancel")),
		("Stock Entry", "stock_entry", ("on_submit", "on_cancel")),
		("Stock Reconciliation", "stock_reconciliation", ("on_submit", "on_cancel")),
		("Stock Reservation Entry", "stock_reservation_entry", ("on_change",)),
		("Pick List", "pick_list", ("on_submit", "on_cancel")),
	)
}
doc_events["Holiday List"]["on_update"] = [_forget_world, "otp_app.overrides.holiday_list.on_update"]
doc_events["Company"]["after_rename"] = [_forget_world, "otp_app.overrides.company.after_rename"]

scheduler_events = {
	"cron": {
		"*/5 * * * *": [
			"otp_app.payments.jobs.reconcile",
			"otp_app.promises.keeping.hold.expire_holds",
			"otp_app.backorder.jobs.resume_dead",
			"otp_app.promises.watching.judging.judge_what_is_left",
			"otp_app.promises.watching.webhook.deliver",
		],
		"0 6 * * *": ["otp_app.promises.watching.digest.send_digests"],
	},
	"hourly_long": ["otp_app.promises.keeping.follow.review_promises"],
	"daily_long": ["otp_app.reliability.refresh.refresh_nightly", "otp_app.reliability.alarm.watch"],
}

# They keep no item, customer or supply from being deleted; what becomes of them with their order: overrides/sales_order.py.
ignore_links_on_delete = [
	"Backorder Run",
	"Backorder Run Line",
	"Molam Payment",
	"Molam Webhook Event",
	"Order Promise",
	"Order Promise Event",
	"Supply Reliability",
]

# Kept for so many days, unless Log Settings say otherwise.
default_log_clearing_doctypes = {"Order Promise Event": 180}

_common = "public/js/common.js"
doctype_js = {
	"Sales Order": [
		_common,
		"public/js/order_form.js",
		"public/js/sales_order.js",
		"public/js/order_payment.js",
	],
	"Quotation": [_common, "public/js/order_form.js", "public/js/quotation.js"],
	"Order Promise": [_common],
	"Purchase Order": [_common, "public/js/purchase_order.js"],
	"Molam Payment": [_common],
	"Product Allocation": [_common, "public/js/allocation.js"],
	"Supply Protection": [_common, "public/js/allocation.js"],
	"Supply Reliability": [_common],
	"Backorder Run": [_common],
}
doctype_list_js = {
	"Sales Order": [_common, "public/js/order_list.js", "public/js/sales_order_list.js"],
	"Quotation": [_common, "public/js/order_list.js", "public/js/quotation_list.js"],
	"Order Promise": [_common],
	"Supply Reliability": [_common],
}

extend_bootinfo = ["otp_app.payments.shown.tell_desk", "otp_app.promises.making.desk.tell_desk"]

# Probes: /health, /ready, /metrics. Early: the plain paths under /otp/, and what Frappe refuses of them.
before_request = [
	"otp_app.api.counting.before_request",
	"otp_app.api.probes.before_request",
	"otp_app.api.early.before_request",
]
after_request = ["otp_app.api.early.after_request", "otp_app.api.counting.after_request"]
before_job = ["otp_app.operations.tracing.before_job"]

# What `bench clear-cache` leaves in Redis: counters.
persistent_cache_keys = ["otp_metrics"]
