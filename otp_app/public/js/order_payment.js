// Payments through Molam on the form of a Sales Order: how they stand, and the group of buttons "Payment".
(function () {
	frappe.ui.form.on("Sales Order", { refresh });

	async function refresh(frm) {
		const asked = takes_payments(frm) ? ask(frm) : null;
		frm.otp_payments = asked;
		const state = await asked;
		// Another document, or a newer answer, may be shown by now.
		if (!state || frm.otp_payments !== asked) {
			return;
		}
		otp_app.payment.headlines(frm, state.payments, frappe.model.can_read("Molam Payment"));
		if (frm.doc.docstatus < 2 && frm.doc.status !== "Closed" && frm.has_perm("write")) {
			add_buttons(frm, state);
		}
	}

	const takes_payments = (frm) =>
		!frm.is_new() && (frappe.boot.otp_molam_companies || []).includes(frm.doc.company);

	/** What is due on the order, and its payments; null where that cannot be read: the form works all the same. */
	async function ask(frm) {
		try {
			await otp_app.load_payments();
			return await otp_app.call("otp_app.api.payments.status", { sales_order: frm.doc.name });
		} catch (error) {
			frappe.show_alert({ message: frappe.utils.escape_html(error.message), indicator: "orange" });
			return null;
		}
	}

	function add_buttons(frm, { due_amount, payments }) {
		const add = (label, action) => frm.add_custom_button(label, action, __("Payment"));
		const reload = reload_of(frm);
		if (flt(due_amount) > 0) {
			add(__("Request Payment"), () => request(frm));
		}
		if (payments.length) {
			add(__("Refresh"), () => otp_app.payment.refresh(payments, reload));
		}
		const paid = payments.filter(({ refundable_amount }) => flt(refundable_amount) > 0);
		if (paid.length && frappe.model.can_create("Payment Entry")) {
			add(__("Refund"), () => otp_app.payment.refund(paid, frm.doc.customer_name, reload));
		}
	}

	function request(frm) {
		const ask_how_much = async () => {
			const state = await frm.otp_payments;
			state && otp_app.payment.request(frm, state.due_amount, reload_of(frm));
		};
		return otp_app.order_form.when_saved(frm, ask_how_much, otp_app.load_payments);
	}

	/** Molam may take a while to answer: what is shown or typed by then stays. */
	function reload_of(frm) {
		const { name } = frm.doc;
		return () => frm.doc.name === name && !frm.is_dirty() && frm.reload_doc();
	}
})();
