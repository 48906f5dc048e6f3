// Runs with the colour of where they are.
frappe.listview_settings["Backorder Run"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const colors = { Simulated: "blue", Applied: "green", Undone: "gray", Failed: "red", Draft: "gray" };
		return [__(doc.status), colors[doc.status] || "orange", `status,=,${doc.status}`];
	},
};
