// Product Allocation Usage: filters, colours, and who used a quota, by a click.
(function () {
	const KINDS = ["Product Allocation", "Supply Protection"];
	const choices = (values) => values.map((value) => ({ value, label: __(value) }));

	frappe.query_reports["Product Allocation Usage"] = {
		filters: [
			{
				fieldname: "kind",
				label: __("Show"),
				fieldtype: "Select",
				options: choices(KINDS),
				reqd: 1,
				default: KINDS[0],
				on_change: (report) => {
					report.set_filter_value("name", "");
					report.refresh();
				},
			},
			{
				fieldname: "name",
				label: __("Name"),
				fieldtype: "Dynamic Link",
				get_options: () => frappe.query_report.get_filter_value("kind"),
			},
			{ fieldname: "item_code", label: __("Item"), fieldtype: "Link", options: "Item" },
			{ fieldname: "to_customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
			{
				fieldname: "from_date",
				label: __("From Date"),
				fieldtype: "Date",
				reqd: 1,
				default: frappe.datetime.add_months(frappe.datetime.get_today(), -1),
			},
			{
				fieldname: "to_date",
				label: __("To Date"),
				fieldtype: "Date",
				reqd: 1,
				default: frappe.datetime.add_months(frappe.datetime.get_today(), 12),
			},
			{
				fieldname: "group_by",
				label: __("Group By"),
				fieldtype: "Select",
				options: choices(["Period", "Document"]),
				reqd: 1,
				default: "Period",
			},
		],

		onload(report) {
			report.$report.on("click", "[data-otp-quota]", async (event) => {
				event.preventDefault();
				// Read before anything is waited for, and one after the other.
				const { otpQuota, first, last } = event.currentTarget.dataset;
				await frappe.query_report.get_filter("name").set_value(otpQuota);
				await frappe.query_report.get_filter("from_date").set_value(first);
				await frappe.query_report.get_filter("to_date").set_value(last);
				await frappe.query_report.get_filter("group_by").set_value("Document");
			});
		},

		formatter(value, row, column, data, default_formatter) {
			if (value === null || value === undefined) {
				return "";
			}
			const shown = default_formatter(value, row, column, data);
			if (data && column.fieldname === "used" && data.name && value) {
				const name = frappe.utils.escape_html(data.name);
				const hint = __("Who used {0}", [name]);
				return `<a href="#" role="button" class="d-block text-right" data-otp-quota="${name}"
					data-first="${data.from_date}" data-last="${data.to_date}" title="${hint}">${shown}</a>`;
			}
			const is_bad = column.fieldname === "over" || (column.fieldname === "free" && !value);
			return is_bad ? `<span style="color: var(--red-600, #c0392b)">${shown}</span>` : shown;
		},
	};
})();
