frappe.listview_settings["Order Promise"] = {
	add_fields: ["status"],
	get_indicator: (doc) => [__(doc.status), otp_app.status_color(doc.status), `status,=,${doc.status}`],
};
