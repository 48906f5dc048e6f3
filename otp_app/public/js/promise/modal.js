// What all dialogs of this app have in common.
frappe.provide("otp_app");

(function () {
	/** Gives a dialog what Frappe's have not: roles and names for screen readers, one Escape for one dialog, an end. */
	otp_app.complete_dialog = function (dialog) {
		const id = frappe.utils.get_random(8);
		dialog.$wrapper.find(".modal-title").attr("id", id);
		dialog.$wrapper.attr({ role: "dialog", "aria-modal": "true", "aria-labelledby": id });
		dialog.get_close_btn().attr("aria-label", __("Close"));
		// Frappe closes the front dialog on Escape; with Bootstrap doing so too, the one behind it would go as well.
		dialog.$wrapper.modal({ show: false, keyboard: false });
		dialog.$wrapper.on("hidden.bs.modal", () => dialog.$wrapper.remove());
		name_inputs(dialog);
	};

	/** What `work` gives, while the dialog's button rests; null when it is refused, which `$notice` then says. */
	otp_app.attempt = async function (dialog, $notice, work) {
		const $button = dialog.get_primary_btn().prop("disabled", true);
		$notice.empty();
		try {
			return await work();
		} catch (error) {
			otp_app.tell(error, $notice);
			return null;
		} finally {
			$button.prop("disabled", false);
		}
	};

	/** Frappe's labels are not tied to their inputs. */
	function name_inputs(dialog) {
		Object.values(dialog.fields_dict)
			.filter(({ $input, df }) => $input && df.label)
			.forEach(({ $input, df }) => $input.attr("aria-label", df.label));
	}
})();
