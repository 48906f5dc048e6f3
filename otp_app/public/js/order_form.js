// What Sales Orders and Quotations have in common: the group of buttons "Promise", and the indicator.
frappe.provide("otp_app.order_form");

(function () {
	const SHORTCUT = "alt+shift+p";
	const ENDED = ["Cancelled", "Closed", "Completed", "Expired", "Lost", "Ordered"];
	const MADE = ["Work Order", "Purchase Order", "Material Request"];
	const GONE = ["Cancelled", "Superseded"];
	const form = otp_app.order_form;

	form.refresh = function (frm) {
		show_promise(frm);
		if (!is_open(frm.doc) || !frm.has_perm("read")) {
			return;
		}
		const group = __("Promise");
		frm.add_custom_button(__("Check Promise"), () => form.check(frm), group);
		if (is_held(frm.doc) && frm.has_perm("write")) {
			frm.add_custom_button(__("Release"), () => form.release(frm), group);
		} else if (form.may_hold(frm)) {
			frm.add_custom_button(__("Hold"), () => form.hold(frm), group);
		}
		if (form.may_request_purchase()) {
			frm.add_custom_button(__("Request Purchase"), () => form.request_purchase(frm), group);
		}
		if (form.may_be_taken(frm) && otp_app.may_ask_what_if()) {
			frm.add_custom_button(__("What If We Take It"), () => form.what_if(frm), group);
		}
		if (may_make(frm)) {
			frm.add_custom_button(__("Make It So"), () => form.make_it_so(frm), group);
		}
		frappe.ui.keys.add_shortcut({
			shortcut: SHORTCUT,
			action: () => form.check(frm),
			description: __("Check Promise"),
			page: frm.page,
			condition: () => !window.cur_dialog && is_open(frm.doc),
			ignore_inputs: true,
		});
	};

	form.check = (frm) => form.when_saved(frm, () => new otp_app.PromiseDialog(frm).open());
	form.hold = (frm) => form.when_saved(frm, () => otp_app.hold(frm));
	form.request_purchase = (frm) => form.when_saved(frm, () => otp_app.request_purchase(frm));
	form.what_if = (frm) =>
		form.when_saved(frm, () =>
			otp_app.open_what_if({
				company: frm.doc.company,
				take: { [frappe.model.scrub(frm.doctype)]: frm.doc.name },
			})
		);
	form.make_it_so = (frm) => form.when_saved(frm, () => otp_app.make_it_so(frm));
	form.release = (frm) =>
		form.when_saved(frm, () =>
			otp_app.release_hold(otp_app.reference_of(frm.doc), () => frm.reload_doc())
		);

	// A submitted order is a commitment already.
	form.may_hold = (frm) =>
		frm.has_perm("write") && (frm.doctype !== "Sales Order" || frm.doc.docstatus === 0) && !is_held(frm.doc);

	// A submitted order is in the order book already.
	form.may_be_taken = (frm) => frm.doctype === "Quotation" || frm.doc.docstatus === 0;

	form.may_request_purchase = () =>
		frappe.model.can_create("Material Request") || frappe.model.can_create("Purchase Order");

	// A Work Order is made for a submitted order only.
	const may_make = (frm) =>
		frm.doctype === "Sales Order" &&
		frm.doc.docstatus === 1 &&
		frappe.boot.otp_makes &&
		MADE.some((doctype) => frappe.model.can_create(doctype));

	function is_open(doc) {
		return doc.docstatus < 2 && !ENDED.includes(doc.status) && flt(doc.per_delivered) < 100;
	}

	const is_held = (doc) => doc.otp_promise_status === "Held";

	/** The server knows what is saved. What is wrong with the document, the form tells by itself. */
	form.when_saved = async function (frm, work, load = otp_app.load_dialogs) {
		if (frm.is_new() || frm.is_dirty()) {
			await frm.save(frm.doc.docstatus === 1 ? "Update" : "Save").catch(() => {});
		}
		if (!frm.is_new() && !frm.is_dirty()) {
			await load();
			return work();
		}
	};

	/** Above the form, where a person looks first: the dashboard's own indicators are on a tab behind. */
	function show_promise(frm) {
		frm.layout.message.find(".otp-indicator").closest(".form-message").remove();
		const { otp_promise: promise, otp_promise_date: date, otp_promise_status: status } = frm.doc;
		if (frm.is_new() || !(status || date) || GONE.includes(status)) {
			return;
		}
		const parts = [status && __(status), date && frappe.datetime.str_to_user(date)].filter(Boolean);
		const label = frappe.utils.escape_html(__("Promise: {0}", [parts.join(", ")]));
		const linked = promise && frappe.model.can_read("Order Promise");
		const route = linked && frappe.utils.escape_html(frappe.utils.get_form_link("Order Promise", promise));
		const html = linked
			? `<a class="otp-indicator" href="${route}">${label}</a>`
			: `<span class="otp-indicator">${label}</span>`;
		frm.dashboard.set_headline(html, otp_app.status_color(status));
	}
})();
