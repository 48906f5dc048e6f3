// Purchase Order: what would become of the order book if it were late.
(function () {
	const ENDED = ["Closed", "Delivered"];
	// A first guess; the page lets another day be chosen.
	const DAYS_LATE = 7;

	frappe.ui.form.on("Purchase Order", {
		refresh(frm) {
			const { docstatus, status, per_received } = frm.doc;
			if (docstatus === 1 && !ENDED.includes(status) && flt(per_received) < 100 && otp_app.may_ask_what_if()) {
				frm.add_custom_button(__("What If It Is Late"), () => ask(frm));
			}
		},
	});

	function ask(frm) {
		const { company, name } = frm.doc;
		const due = frappe.datetime.add_days(last_day(frm.doc), DAYS_LATE);
		otp_app.open_what_if({ company, delay: [{ document_type: "Purchase Order", document: name, due }] });
	}

	/** When the last of it is expected; today for what is overdue. */
	function last_day({ items, schedule_date }) {
		const days = items.map((row) => row.expected_delivery_date || row.schedule_date || schedule_date);
		return [frappe.datetime.get_today(), ...days].filter(Boolean).sort().at(-1);
	}
})();
