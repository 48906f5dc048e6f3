frappe.listview_settings["Molam Payment"] = {
	add_fields: ["status", "in_doubt"],
	get_indicator(doc) {
		const colors = { Paid: "green", "Partly Refunded": "green", Refunded: "green" };
		const open = ["Requested", "Pending", "Processing"];
		if (doc.in_doubt) {
			return [__("In Doubt"), "orange", "in_doubt,=,1"];
		}
		const color = colors[doc.status] || (open.includes(doc.status) ? "blue" : "gray");
		return [__(doc.status), color, `status,=,${doc.status}`];
	},
};
