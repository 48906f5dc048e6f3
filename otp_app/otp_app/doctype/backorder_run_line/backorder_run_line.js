// A line of a run: why it gets its date, in words.
frappe.ui.form.on("Backorder Run Line", {
	refresh(frm) {
		frm.disable_save();
		const { date, state } = frm.doc.__onload?.reasons || {};
		const told = [date, state].filter(Boolean).map((text) => `<p>${frappe.utils.escape_html(text)}</p>`);
		frm.fields_dict.reasons_html.$wrapper.html(told.join("") || `<p class="text-muted">${__("None.")}</p>`);
	},
});
