"""What Frappe needs to know about this app; nothing here runs on its own."""

app_name = "otp_app"
app_title = "Order Promising"
app_publisher = "The otp_app authors"
app_description = "Order promising for ERPNext: when each line can be delivered, from what, and why"
app_email = "otp_app@example.com"
app_license = "gpl-3.0"

required_apps = ["frappe/erpnext"]

# The documents that sources/site/world.py keeps in Redis.
_forget_world = "otp_app.sources.site.world.forget_world"
doc_events = {
	doctype: {"on_update": _forget_world, "on_trash": _forget_world, "after_rename": _forget_world}
	for doctype in (
		"Company",
		"Global Defaults",
		"Holiday List",
		"Item Group",
		"Manufacturing Settings",
		"Order Promise Settings",
		"System Settings",
		"Transit Lane",
		"UOM",
		"UOM Conversion Factor",
		"Warehouse",
	)
}
