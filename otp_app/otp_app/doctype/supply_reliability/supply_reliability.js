// A record: nothing is changed here. Its distribution is drawn.
frappe.ui.form.on("Supply Reliability", {
	async refresh(frm) {
		frm.disable_save();
		await otp_app.load_reliability();
		frm.page.set_title(otp_app.supply_kinds()[frm.doc.supply_kind] || frm.doc.supply_kind);
		if (frm.doc.supplier) {
			frm.add_custom_button(__("Supplier Reliability"), () =>
				frappe.set_route("query-report", "Supplier Reliability", { supplier: frm.doc.supplier })
			);
		}
		const place = frm.get_field("chart").$wrapper.empty().get(0);
		otp_app.reliability.draw_lateness(place, JSON.parse(frm.doc.distribution || "{}"));
	},
});
