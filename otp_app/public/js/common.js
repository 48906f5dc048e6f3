// What forms and lists share. It comes with each of their doctypes, so it stays small.
frappe.provide("otp_app");

(function () {
	const DIALOGS = ["call", "format", "atp_chart", "answer", "dialog", "hold", "purchase"];
	const COLORS = { Held: "blue", Committed: "green", Kept: "green", "At Risk": "orange", Broken: "red" };

	/** The colour of a promise's status. */
	otp_app.status_color = (status) => COLORS[status] || "gray";

	/** Loads the dialogs when one is asked for, once a page. */
	otp_app.load_dialogs = async function () {
		if (!otp_app.request_purchase) {
			const scripts = DIALOGS.map((name) => `/assets/otp_app/js/promise/${name}.js`);
			await frappe.require([...scripts, "/assets/otp_app/css/promise.css"]);
		}
		if (!otp_app.request_purchase) {
			frappe.throw(
				__("The scripts of Order Promising are not there. Ask your administrator to run bench build.")
			);
		}
	};
})();
