// A record: nothing is changed here, but a hold can be released or extended.
frappe.ui.form.on("Order Promise", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.reference_name) {
			frm.add_custom_button(__("Open {0}", [__(frm.doc.reference_doctype)]), () =>
				frappe.set_route("Form", frm.doc.reference_doctype, frm.doc.reference_name)
			);
		}
		if (frm.doc.status !== "Held") {
			return;
		}
		frm.add_custom_button(__("Extend"), async () => {
			await otp_app.load_dialogs();
			otp_app.extend_hold(frm.doc.name, () => frm.reload_doc());
		});
		frm.add_custom_button(__("Release"), async () => {
			await otp_app.load_dialogs();
			otp_app.release_hold({ promise: frm.doc.name }, () => frm.reload_doc());
		});
	},
});
