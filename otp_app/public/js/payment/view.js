// How payments are shown, and amounts written and read; what a payment is and may become, the server says.
frappe.provide("otp_app.payment");

(function () {
	const { format, payment: view } = otp_app;
	// Above a form there is room for a few.
	const MOST_SHOWN = 3;

	/** An exact amount ("1250.50") in a field, with the user's decimal mark: it is never a float on its way. */
	view.typed = (amount, currency) => cstr(amount).replace(".", number_format(currency).decimal_str || ".");

	/** What was typed in such a field, as the server reads amounts; nothing for an empty one. */
	view.amount = (text, currency) => strip_number_groups(cstr(text).trim(), get_number_format(currency)) || null;

	/** "1,250.50 EUR", in the user's number format. */
	view.money = function (amount, currency) {
		const [whole, fraction] = cstr(amount).split(".");
		const { decimal_str, group_sep } = number_format(currency);
		const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group_sep);
		return format.escape(`${grouped}${fraction ? (decimal_str || ".") + fraction : ""} ${currency}`);
	};

	const number_format = (currency) => get_number_format_info(get_number_format(currency));

	/** The newest payments above a form, each in the colour of its state; `linked`: with a link to the payment. */
	view.headlines = function (frm, payments, linked) {
		frm.layout.message.find(".otp-payment").closest(".form-message").remove();
		const told = payments.filter((payment, index) => !index || payment.indicator !== "gray");
		for (const payment of told.slice(0, MOST_SHOWN)) {
			frm.dashboard.set_headline(headline(payment, linked), payment.indicator);
		}
		const $places = frm.layout.message.find(".otp-payment-gray").closest(".form-message");
		$places.removeClass("blue").addClass("otp-gray");
	};

	function headline({ payment, message, indicator }, linked) {
		const route = format.escape(frappe.utils.get_form_link("Molam Payment", payment));
		const link = linked ? `<a href="${route}">${format.escape(__("Payment {0}", [payment]))}</a>` : "";
		return `<div class="otp-payment otp-payment-${indicator}">${format.sentence(message)} ${link}</div>`;
	}

	/** For a moment, in the corner. */
	view.alert = ({ message, indicator }) =>
		frappe.show_alert({ message: format.sentence(message), indicator: indicator === "gray" ? "blue" : indicator });

	/** Where the customer pays, to be copied. */
	view.address = (url) => `
		<div class="otp-address">
			<input type="text" class="form-control" readonly value="${format.escape(url)}"
				aria-label="${__("Payment Address")}">
			<button type="button" class="btn btn-default btn-sm" data-copy>${__("Copy")}</button>
		</div>`;

	/** Lets the buttons of `view.address` in `$place` copy. */
	view.bind_copy = function ($place) {
		$place.on("click", "[data-copy]", (event) => {
			const input = event.currentTarget.previousElementSibling;
			frappe.utils.copy_to_clipboard(input.value);
			input.select();
		});
		$place.on("focus", ".otp-address input", (event) => event.currentTarget.select());
	};

	/** A dialog that asks for `fields`, and has room above them for refusals and for what came of it. */
	view.dialog = function (title, fields) {
		const dialog = new frappe.ui.Dialog({
			title,
			fields: [
				{ fieldtype: "HTML", fieldname: "notice" },
				{ fieldtype: "HTML", fieldname: "outcome" },
				...fields,
			],
		});
		otp_app.complete_dialog(dialog);
		dialog.$notice = dialog.fields_dict.notice.$wrapper.addClass("otp-promise");
		dialog.$outcome = dialog.fields_dict.outcome.$wrapper.addClass("otp-promise").attr("role", "status");
		dialog.asked = fields.map(({ fieldname }) => fieldname);
		view.bind_copy(dialog.$outcome);
		return dialog;
	};

	/** Does `work` while the dialog says that Molam is asked, then shows what `told` makes of the answer. */
	view.carry_out = async function (dialog, work, told) {
		dialog.$outcome.html(`<p class="text-muted">${__("Asking Molam ...")}</p>`);
		const answer = await otp_app.attempt(dialog, dialog.$notice, work);
		dialog.$outcome.empty();
		if (!answer) {
			return null;
		}
		dialog.asked.forEach((name) => dialog.fields_dict[name].$wrapper.hide());
		dialog.$outcome.html(told(answer));
		dialog.set_primary_action(__("Done"), () => dialog.hide());
		(dialog.$outcome.find("[data-copy]")[0] || dialog.get_primary_btn()[0]).focus();
		return answer;
	};
})();
