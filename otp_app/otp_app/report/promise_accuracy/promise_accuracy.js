// Promise Accuracy: filters, and the total row in bold.
frappe.query_reports["Promise Accuracy"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			reqd: 1,
			default: frappe.defaults.get_user_default("Company"),
		},
		{
			fieldname: "from_date",
			label: __("Promised From"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -6),
		},
		{
			fieldname: "to_date",
			label: __("Promised To"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Month", "Customer", "Item Group", "Item", "Warehouse", "Probability"].map((value) => ({
				value,
				label: __(value),
			})),
			reqd: 1,
			default: "Month",
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{ fieldname: "item_group", label: __("Item Group"), fieldtype: "Link", options: "Item Group" },
		{
			fieldname: "warehouse",
			label: __("Warehouse"),
			fieldtype: "Link",
			options: "Warehouse",
			get_query: () => ({
				filters: { company: frappe.query_report.get_filter_value("company") },
			}),
		},
	],

	formatter(value, row, column, data, default_formatter) {
		if (value === null || value === undefined) {
			return "";
		}
		if (!data?.is_total) {
			return default_formatter(value, row, column, data);
		}
		// "Total" is no document to link to.
		const plain = column.fieldname === "group" ? { ...column, fieldtype: "Data", options: "" } : column;
		return `<b>${default_formatter(value, row, plain, data)}</b>`;
	},
};
