// The promised date in the lists of Sales Orders and Quotations, coloured by how it stands with the promise.
frappe.provide("otp_app");

(function () {
	const FIELDS = ["otp_promise_status", "otp_confidence"];

	/** Adds to what ERPNext and other apps have set for the list. */
	otp_app.extend_list = function (doctype) {
		const settings = (frappe.listview_settings[doctype] ||= {});
		settings.add_fields = [...new Set([...(settings.add_fields || []), ...FIELDS])];
		settings.formatters = { ...settings.formatters, otp_promise_date: promised_date };
	};

	function promised_date(value, df, doc) {
		if (!value) {
			return "";
		}
		const date = frappe.utils.escape_html(frappe.datetime.str_to_user(value));
		const told = [doc.otp_promise_status, doc.otp_confidence && __("{0} confidence", [__(doc.otp_confidence)])];
		const title = [__(df.label), date, ...told.filter(Boolean).map((word) => __(word))].join(", ");
		const color = otp_app.status_color(doc.otp_promise_status);
		return `<span class="filterable indicator-pill ${color} ellipsis"
			data-filter="otp_promise_date,=,${frappe.utils.escape_html(value)}"
			title="${frappe.utils.escape_html(title)}"><span class="ellipsis">${date}</span></span>`;
	}
})();
