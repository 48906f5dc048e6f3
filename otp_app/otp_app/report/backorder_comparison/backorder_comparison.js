// Backorder Comparison: filters and colours.
(function () {
	const COLORS = { Improved: "green", Unchanged: "gray", Worse: "orange", Lost: "red" };
	const STATES = ["", "To Apply", "Applied", "Not Applied", "Undone", "Not Undone"];

	frappe.query_reports["Backorder Comparison"] = {
		filters: [
			{
				fieldname: "run",
				label: __("Backorder Run"),
				fieldtype: "Link",
				options: "Backorder Run",
				reqd: 1,
			},
			{
				fieldname: "outcome",
				label: __("Change"),
				fieldtype: "Select",
				options: ["", ...Object.keys(COLORS)],
			},
			{ fieldname: "late", label: __("Late"), fieldtype: "Check" },
			{ fieldname: "is_exception", label: __("Exception"), fieldtype: "Check" },
			{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
			{ fieldname: "segment", label: __("Segment"), fieldtype: "Data" },
			{ fieldname: "item_code", label: __("Item"), fieldtype: "Link", options: "Item" },
			{ fieldname: "sales_order", label: __("Order"), fieldtype: "Link", options: "Sales Order" },
			{ fieldname: "minimum_value", label: __("Minimum Value"), fieldtype: "Float" },
			{ fieldname: "state", label: __("State"), fieldtype: "Select", options: STATES },
			{
				fieldname: "sum_up_by",
				label: __("Sum Up By"),
				fieldtype: "Select",
				options: ["", "Customer", "Segment"],
			},
		],

		formatter(value, row, column, data, default_formatter) {
			const shown = default_formatter(value, row, column, data);
			if (data && column.fieldname === "outcome" && COLORS[value]) {
				return `<span class="indicator-pill ${COLORS[value]} no-indicator-dot">${__(value)}</span>`;
			}
			if (data && column.fieldname === "after_date" && !value) {
				return `<span style="color: var(--red-600, #c0392b)">${__("no date")}</span>`;
			}
			return shown;
		},
	};
})();
