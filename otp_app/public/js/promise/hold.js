// Hold, extend and release: stock kept for a customer for a while.
frappe.provide("otp_app");

(function () {
	const { format, answer: view } = otp_app;

	/** Asks how long, shows what will be held, and holds it. `answer` and `rules`: where they are known already. */
	otp_app.hold = async function (frm, { answer = null, rules = null } = {}, on_done = () => {}) {
		const reference = otp_app.reference_of(frm.doc);
		const request_id = otp_app.new_request_id();
		const dialog = time_dialog(__("Hold for {0}", [format.escape(frm.doc.name)]));
		const $summary = dialog.fields_dict.summary.$wrapper.addClass("otp-promise");
		const $notice = dialog.fields_dict.notice.$wrapper.addClass("otp-promise");
		dialog.show();
		if (!answer) {
			$summary.html(view.skeleton());
			try {
				answer = await otp_app.call(otp_app.check_method(frm.doctype), reference);
			} catch (error) {
				$summary.empty();
				otp_app.tell(error, $notice);
				return;
			}
		}
		$summary.html(summary(answer));
		if (!answer.can_fulfill) {
			dialog.set_df_property("hold_minutes", "hidden", 1);
			return;
		}
		dialog.set_primary_action(__("Hold"), async ({ hold_minutes }) => {
			const args = {
				...reference,
				...(rules && { rules }),
				expected_date: answer.promise_date,
				hold_minutes: hold_minutes || null,
			};
			const held = await otp_app.attempt(dialog, $notice, () =>
				otp_app.call("otp_app.api.promise.hold", args, { request_id })
			);
			if (held) {
				dialog.hide();
				on_done();
				alert_done(__("Held until {0}", [format.moment(held.held_until)]));
				frm.reload_doc();
			}
		});
	};

	/** Asks how much longer, from now. */
	otp_app.extend_hold = function (promise, on_done) {
		const dialog = time_dialog(__("Extend the Hold {0}", [format.escape(promise)]));
		const $notice = dialog.fields_dict.notice.$wrapper.addClass("otp-promise");
		dialog.fields_dict.summary.$wrapper.addClass("otp-promise").text(__("The time counts from now."));
		dialog.set_primary_action(__("Extend"), async ({ hold_minutes }) => {
			const args = { promise, hold_minutes: hold_minutes || null };
			const held = await otp_app.attempt(dialog, $notice, () =>
				otp_app.call("otp_app.api.promise.extend", args)
			);
			if (held) {
				dialog.hide();
				alert_done(__("Held until {0}", [format.moment(held.held_until)]));
				on_done();
			}
		});
		dialog.show();
	};

	/** `reference`: {promise}, {sales_order} or {quotation}. */
	otp_app.release_hold = function (reference, on_done) {
		const [name] = Object.values(reference);
		const question = __("Release what is held for {0}? Others can then be promised it.", [
			format.escape(name).bold(),
		]);
		frappe.confirm(question, async () => {
			frappe.dom.freeze();
			try {
				await otp_app.call("otp_app.api.promise.release", reference);
				alert_done(__("Released"));
				on_done();
			} catch (error) {
				otp_app.tell(error);
			} finally {
				frappe.dom.unfreeze();
			}
		});
	};

	function time_dialog(title) {
		const dialog = new frappe.ui.Dialog({
			title,
			fields: [
				{ fieldtype: "HTML", fieldname: "notice" },
				{ fieldtype: "HTML", fieldname: "summary" },
				{
					fieldtype: "Int",
					fieldname: "hold_minutes",
					label: __("Hold Time (Minutes)"),
					description: __("Leave it empty for the hold time of Order Promise Settings."),
					non_negative: 1,
				},
			],
		});
		otp_app.complete_dialog(dialog);
		return dialog;
	}

	function summary(answer) {
		if (!answer.can_fulfill) {
			return view.headline(answer);
		}
		const lines = answer.plan.map((line) => {
			const what = [format.qty(line.qty_required, line.uom), format.escape(line.item_code)].join(" ");
			return `<li>${line.warehouse ? __("{0} in {1}", [what, format.escape(line.warehouse)]) : what}</li>`;
		});
		const lead = __("Kept for this customer, to be delivered by {0}:", [format.day(answer.promise_date)]);
		return `<p>${lead}</p><ul class="otp-reasons">${lines.join("")}</ul>`;
	}

	function alert_done(message) {
		frappe.show_alert({ message, indicator: "green" });
	}
})();
