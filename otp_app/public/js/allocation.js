// The button that fills the periods of a quota or a protected minimum.
(function () {
	const FREQUENCIES = ["Day", "Week", "Month"];

	function ask(frm) {
		const fields = [
			{
				fieldname: "frequency",
				label: __("Periods"),
				fieldtype: "Select",
				options: FREQUENCIES.map((value) => ({ value, label: __(value) })),
				default: "Month",
				reqd: 1,
			},
			{
				fieldname: "qty",
				label: __("Quantity of Each (Stock UOM)"),
				fieldtype: "Float",
				reqd: 1,
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "from_date", label: __("From"), fieldtype: "Date", reqd: 1, default: "Today" },
			{ fieldname: "to_date", label: __("To"), fieldtype: "Date", reqd: 1 },
		];
		frappe.prompt(fields, (values) => fill(frm, values), __("Fill Periods"), __("Fill"));
	}

	/** The periods take the place of those that are there. */
	async function fill(frm, values) {
		await frappe.require("/assets/otp_app/js/promise/call.js");
		try {
			const answer = await otp_app.call("otp_app.api.allocation.periods", values);
			frm.clear_table("periods");
			answer.periods.forEach((period) => frm.add_child("periods", period));
			frm.refresh_field("periods");
			frm.dirty();
		} catch (error) {
			otp_app.tell(error);
		}
	}

	for (const doctype of ["Product Allocation", "Supply Protection"]) {
		frappe.ui.form.on(doctype, {
			refresh(frm) {
				if (!frm.is_new()) {
					frm.add_custom_button(__("Usage"), () =>
						frappe.set_route("query-report", "Product Allocation Usage", {
							kind: frm.doctype,
							name: frm.doc.name,
						})
					);
				}
			},
			fill_periods: ask,
		});
	}
})();
