// Request Payment: how much, until when, and whether to hold; then the address at which the customer pays.
frappe.provide("otp_app.payment");

(function () {
	const { format, payment: view } = otp_app;
	const REASON_TO_HOLD = __(
		"What is promised is kept for this customer until the payment is made or its time is over."
	);

	/** `frm`: a saved Sales Order; `due_amount`: an exact text; `on_done`: called once it has been asked for. */
	view.request = function (frm, due_amount, on_done) {
		const { name, currency, docstatus } = frm.doc;
		const request_id = otp_app.new_request_id();
		const dialog = view.dialog(
			__("Request Payment for {0}", [format.escape(name)]),
			fields(currency, due_amount, docstatus === 0)
		);
		dialog.set_primary_action(__("Request Payment"), async ({ amount, pay_minutes, hold }) => {
			const args = {
				sales_order: name,
				amount: view.amount(amount, currency),
				pay_minutes: pay_minutes || null,
				hold: docstatus === 0 ? cint(hold) : 0,
			};
			const ask = () => otp_app.call("otp_app.api.payments.create", args, { request_id });
			(await view.carry_out(dialog, ask, asked_for)) && on_done();
		});
		dialog.show();
	};

	function fields(currency, due_amount, is_draft) {
		return [
			{
				fieldtype: "Data",
				fieldname: "amount",
				label: __("Amount ({0})", [currency]),
				default: view.typed(due_amount, currency),
				description: __("{0} is due.", [view.money(due_amount, currency)]),
			},
			{
				fieldtype: "Int",
				fieldname: "pay_minutes",
				label: __("Time to Pay (Minutes)"),
				description: __("Leave it empty for the time in Molam Settings."),
				non_negative: 1,
			},
			{
				fieldtype: "Check",
				fieldname: "hold",
				label: __("Hold until paid"),
				default: is_draft ? 1 : 0,
				hidden: !is_draft,
				description: REASON_TO_HOLD,
			},
		];
	}

	function asked_for(payment) {
		const title = `<div class="otp-sentence">${format.sentence(payment.message)}</div>`;
		if (!payment.payment_url) {
			return title;
		}
		return `
			${title}
			${payment.in_doubt ? `<p>${payment.waiting ? doubt() : to_mend()}</p>` : ""}
			<p>${__("Send this address to the customer:")}</p>
			${view.address(payment.payment_url)}
			<ul class="otp-reasons">${next(payment)
				.map((sentence) => `<li>${sentence}</li>`)
				.join("")}</ul>`;
	}

	const to_mend = () =>
		__("This has to be seen to first; then the payment goes on by itself. Do not send the address yet.");

	const doubt = () =>
		__("Nothing needs to be done again: the payment is made at Molam as soon as it answers, and only once.");

	function next(payment) {
		const until = format.moment(payment.expires_at);
		return [
			payment.waiting && __("The address works all the same, and the customer can pay as soon as Molam answers."),
			__("It can be paid until {0}.", [until]),
			payment.promise &&
				__("{0} waits for it: what it holds is given up if the payment does not come.", [
					format.link("Order Promise", payment.promise),
				]),
			__("Once it is paid, it is booked and shown on the order; Refresh there asks Molam at once."),
		].filter(Boolean);
	}
})();
