// Names of supplies in words, and the button that learns anew.
frappe.listview_settings["Supply Reliability"] = {
	add_fields: ["supply_kind"],
	hide_name_column: true,
	formatters: {
		supply_kind: (value) => otp_app.supply_kinds()[value] || value,
		late_share: (value) => format_number(100 * value, null, 1) + " %",
	},
	onload(listview) {
		// Nobody makes one by hand: those who may are told apart from those who may make other documents.
		if (frappe.boot.user.in_create.includes("Supply Reliability")) {
			listview.page.add_inner_button(__("Refresh from History"), async () => {
				await otp_app.load_reliability();
				otp_app.reliability.refresh(() => listview.refresh());
			});
		}
	},
};
