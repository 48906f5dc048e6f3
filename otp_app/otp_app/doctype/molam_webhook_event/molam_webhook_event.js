// A record of what Molam has sent.
frappe.ui.form.on("Molam Webhook Event", { refresh: (frm) => frm.disable_save() });
