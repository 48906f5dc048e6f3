// A record: nothing is changed here, but it can be refreshed, cancelled or refunded at Molam.
frappe.ui.form.on("Molam Payment", {
	async refresh(frm) {
		frm.disable_save();
		const { name, sales_order } = frm.doc;
		if (sales_order) {
			frm.add_custom_button(__("Open {0}", [__("Sales Order")]), () =>
				frappe.set_route("Form", "Sales Order", sales_order)
			);
		}
		await otp_app.load_payments();
		try {
			const payment = await otp_app.call("otp_app.api.payments.status", { payment: name });
			if (frm.doc.name === name) {
				otp_app.payment.headlines(frm, [payment], false);
				add_buttons(frm, payment);
			}
		} catch (error) {
			otp_app.tell(error);
		}
	},
});

function add_buttons(frm, payment) {
	const reload = () => frm.reload_doc();
	const { payment_url, refundable_amount } = payment;
	if (payment_url) {
		frm.add_custom_button(__("Copy Payment Address"), () => frappe.utils.copy_to_clipboard(payment_url));
	}
	if (!frappe.model.can_write(frm.doc.sales_order ? "Sales Order" : "Payment Request")) {
		return;
	}
	frm.add_custom_button(__("Refresh"), () => otp_app.payment.refresh([payment], reload));
	if (payment_url) {
		frm.add_custom_button(__("Cancel"), () => otp_app.payment.cancel(payment, reload));
	}
	if (flt(refundable_amount) > 0 && frappe.model.can_create("Payment Entry")) {
		frm.add_custom_button(__("Refund"), () =>
			otp_app.payment.refund([payment], frm.doc.customer_name || frm.doc.customer, reload)
		);
	}
}
