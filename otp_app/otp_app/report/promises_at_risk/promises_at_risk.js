// Promises at Risk: filters and colours.
(function () {
	frappe.query_reports["Promises at Risk"] = {
		filters: [
			{
				fieldname: "company",
				label: __("Company"),
				fieldtype: "Link",
				options: "Company",
				reqd: 1,
				default: frappe.defaults.get_user_default("Company"),
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
			{
				fieldname: "days_ahead",
				label: __("Days Ahead"),
				fieldtype: "Int",
				description: __("Only what is promised for the next so many days, or before. Empty: all."),
			},
			{
				fieldname: "document",
				label: __("Waits For"),
				fieldtype: "Data",
				description: __("The name of a purchase order or the like: only what it has made late."),
			},
		],

		formatter(value, row, column, data, default_formatter) {
			// The item has its name in a column of its own.
			const plain = column.fieldname === "item_code" ? { ...data, item_name: null } : data;
			const shown = default_formatter(value, row, column, plain);
			if (!data) {
				return shown;
			}
			if (column.fieldname === "days_late") {
				return days_late(data);
			}
			if (column.fieldname === "status" && value) {
				const color = { Broken: "red", "At Risk": "orange", Committed: "green", Held: "blue" }[value] || "gray";
				return `<span class="indicator-pill ${color} no-indicator-dot">${__(value)}</span>`;
			}
			if (column.fieldname === "value" && value === null) {
				return "";
			}
			return shown;
		},
	};

	/** Red and in words where there is no date any more. */
	function days_late(data) {
		const text = data.days_late === null ? __("no date") : format_number(data.days_late, null, 0);
		const is_bad = data.days_late === null || data.days_late > 0;
		const style = is_bad ? "color: var(--red-600, #c0392b)" : "";
		return `<div style="text-align: right; ${style}">${text}</div>`;
	}
})();
