// A record: nothing is changed here, but a hold can be released or extended.
frappe.ui.form.on("Order Promise", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.reference_name) {
			frm.add_custom_button(__("Open {0}", [__(frm.doc.reference_doctype)]), () =>
				frappe.set_route("Form", frm.doc.reference_doctype, frm.doc.reference_name)
			);
		}
		show_made(frm);
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

/** The drafts and orders by which it is kept. */
function show_made(frm) {
	const made = frm.doc.__onload?.otp_made || [];
	const links = made.map(({ doctype, name, status, docstatus }) => {
		const route = frappe.utils.get_form_link(doctype, name);
		const state = __(docstatus === 0 ? "Draft" : status || "Submitted");
		const label = frappe.utils.escape_html(`${__(doctype)} ${name}`);
		return `<li><a href="${frappe.utils.escape_html(route)}">${label}</a>, ${frappe.utils.escape_html(state)}</li>`;
	});
	if (links.length) {
		frm.dashboard.add_section(`<ul class="otp-made">${links.join("")}</ul>`, __("Made for This Order"));
		frm.dashboard.show();
	}
}
