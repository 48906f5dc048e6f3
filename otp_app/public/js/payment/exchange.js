// Refresh and Cancel: what is asked of Molam without a dialog.
frappe.provide("otp_app.payment");

(function () {
	const { format, payment: view } = otp_app;
	const OPEN_REFUNDS = ["Requested", "Processing"];

	/** Asks Molam how those payments stand that are not settled, or else the newest, and tells each. */
	view.refresh = async function (payments, on_done) {
		const open = payments.filter(is_open);
		const $asking = frappe.show_alert({ message: __("Asking Molam ..."), indicator: "blue" }, 60);
		try {
			for (const { payment } of open.length ? open : payments.slice(0, 1)) {
				view.alert(await otp_app.call("otp_app.api.payments.refresh", { payment }));
			}
		} catch (error) {
			otp_app.tell(error);
		} finally {
			$asking.remove();
		}
		on_done();
	};

	const is_open = ({ payment_url, in_doubt, indicator, refunds }) =>
		payment_url ||
		in_doubt ||
		indicator === "orange" ||
		refunds.some(({ status }) => OPEN_REFUNDS.includes(status));

	/** `payment`: one that has not been made. */
	view.cancel = function ({ payment, amount, currency }, on_done) {
		const question = __(
			"Cancel {0} of {1}? The customer cannot pay it any more, and what waits for it is released.",
			[format.escape(payment).bold(), view.money(amount, currency)]
		);
		frappe.confirm(question, async () => {
			frappe.dom.freeze(__("Asking Molam ..."));
			try {
				view.alert(await otp_app.call("otp_app.api.payments.cancel", { payment }));
			} catch (error) {
				otp_app.tell(error);
			} finally {
				frappe.dom.unfreeze();
			}
			on_done();
		});
	};
})();
