frappe.ui.form.on("Molam Settings", {
	setup(frm) {
		const own_accounts = () => ({
			filters: { company: frm.doc.company, is_group: 0, account_type: ["in", ["Bank", "Cash"]] },
		});
		frm.set_query("payment_account", own_accounts);
		frm.set_query("account", "currency_accounts", own_accounts);
	},
	refresh(frm) {
		frm.toggle_display("webhook_url", !frm.is_new());
		if (!frm.is_new()) {
			frm.add_custom_button(__("Copy Webhook Address"), () =>
				frappe.utils.copy_to_clipboard(frm.doc.webhook_url)
			);
		}
		warn_of_live(frm);
	},
	environment: warn_of_live,
});

function warn_of_live(frm) {
	frm.dashboard.clear_headline();
	if (frm.doc.environment === "Live") {
		frm.dashboard.set_headline(`<span>${__("Live: payments and refunds move real money.")}</span>`, "red");
	}
}
