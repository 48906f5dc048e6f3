// What forms and lists share. It comes with each of their doctypes, so it stays small.
frappe.provide("otp_app");

(function () {
	const SHARED = ["promise/call", "promise/format", "promise/modal"];
	const PROMISES = [
		"promise/atp_chart",
		"promise/answer",
		"promise/tree",
		"promise/dialog",
		"promise/hold",
		"promise/purchase",
		"promise/making",
	];
	const PAYMENTS = ["payment/view", "payment/request", "payment/refund", "payment/exchange"];
	const WHAT_IF = "order-promise-what-if";
	const COLORS = { Held: "blue", Committed: "green", Kept: "green", "At Risk": "orange", Broken: "red" };

	/** The colour of a promise's status. */
	otp_app.status_color = (status) => COLORS[status] || "gray";

	/** Loads the way to the calls of this app, once a page. */
	otp_app.load_calls = () => load(SHARED, () => otp_app.call);

	/** Loads the dialogs of promises when one is asked for, once a page. */
	otp_app.load_dialogs = () => load([...SHARED, ...PROMISES], () => otp_app.make_it_so);

	/** Loads what forms show and do of payments, once a page. */
	otp_app.load_payments = () => load([...SHARED, ...PAYMENTS], () => otp_app.payment?.refresh);

	/** Loads the picture of a distribution and the call that learns anew, once a page. */
	otp_app.load_reliability = () =>
		load([...SHARED, "reliability/lateness", "reliability/refresh"], () => otp_app.reliability?.refresh);

	/** Whether the user may ask what would become of the order book. */
	otp_app.may_ask_what_if = () =>
		Boolean(frappe.boot.page_info?.[WHAT_IF]) &&
		["Sales Order", "Order Promise"].every((doctype) => frappe.model.can_read(doctype));

	/** Opens the page What If with a supposition (what_if/state.js). */
	otp_app.open_what_if = function (suppose) {
		frappe.route_options = { suppose };
		frappe.set_route(WHAT_IF);
	};

	/** Kinds of supply in words. */
	otp_app.supply_kinds = () => ({
		on_hand: __("Stock"),
		purchase_order: __("Purchase Order"),
		work_order: __("Work Order"),
		subcontracting_order: __("Subcontracting Order"),
		transfer: __("Transfer"),
	});

	async function load(names, is_there) {
		if (!is_there()) {
			const scripts = names.map((name) => `/assets/otp_app/js/${name}.js`);
			await frappe.require([...scripts, "/assets/otp_app/css/promise.css"]);
		}
		if (!is_there()) {
			frappe.throw(
				__("The scripts of Order Promising are not there. Ask your administrator to run bench build.")
			);
		}
	}
})();
