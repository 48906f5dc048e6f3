// Refund: which payment, how much of it and why; asked once more before money moves.
frappe.provide("otp_app.payment");

(function () {
	const { format, payment: view } = otp_app;

	/** `payments`: those that can be refunded, newest first; `on_done`: called once it has been asked for. */
	view.refund = function (payments, customer, on_done) {
		const request_ids = new Map(payments.map(({ payment }) => [payment, otp_app.new_request_id()]));
		const dialog = view.dialog(__("Refund"), fields(payments));
		const chosen = () => payments.find(({ payment }) => payment === dialog.get_value("payment"));
		dialog.fields_dict.payment.df.onchange = () => propose(dialog, chosen());
		dialog.set_primary_action(__("Refund"), ({ amount, reason }) => {
			const { payment, currency, refundable_amount } = chosen();
			const exact = view.amount(amount, currency) || refundable_amount;
			const money = view.money(exact, currency);
			const question = __("{0} of {1} goes back to {2}. This cannot be undone.", [
				money.bold(),
				format.escape(payment),
				format.escape(customer).bold(),
			]);
			const go_on = async () => {
				const args = { payment, amount: exact, reason: reason || null };
				const request_id = request_ids.get(payment);
				const ask = () => otp_app.call("otp_app.api.payments.refund", args, { request_id });
				(await view.carry_out(dialog, ask, given_back)) && on_done();
			};
			frappe.warn(__("Refund {0}?", [money]), question, go_on, __("Yes, Refund"));
		});
		dialog.show();
		propose(dialog, payments[0]);
	};

	function fields(payments) {
		return [
			{
				fieldtype: "Select",
				fieldname: "payment",
				label: __("Payment"),
				options: payments.map(({ payment, amount, currency }) => ({
					value: payment,
					label: `${payment}: ${view.money(amount, currency)}`,
				})),
				default: payments[0].payment,
				hidden: payments.length === 1,
			},
			{ fieldtype: "Data", fieldname: "amount", label: __("Amount ({0})", [payments[0].currency]) },
			{ fieldtype: "Data", fieldname: "reason", label: __("Reason"), length: 140 },
		];
	}

	function propose(dialog, { payment, amount, currency, refundable_amount }) {
		const left = view.money(refundable_amount, currency);
		const description = __("{0} of {1} can be refunded ({2}).", [left, view.money(amount, currency), payment]);
		dialog.set_df_property("amount", "description", description);
		dialog.set_value("amount", view.typed(refundable_amount, currency));
	}

	function given_back({ refunds, currency }) {
		const { amount, status, in_doubt, message } = refunds.at(-1);
		const money = view.money(amount, currency);
		const sentences = {
			Refunded: __("{0} has been refunded.", [money]),
			Failed: __("{0} was not refunded.", [money]),
			Processing: __("{0} is being refunded: Molam works on it.", [money]),
		};
		const sentence = sentences[status] || __("The refund of {0} waits for Molam.", [money]);
		const doubt = __("Nothing needs to be done again: Molam is asked until it answers, and refunds once.");
		return `
			<div class="otp-sentence">${sentence}</div>
			${message ? `<p>${format.sentence(message)}</p>` : ""}
			${in_doubt ? `<p>${doubt}</p>` : ""}`;
	}
})();
