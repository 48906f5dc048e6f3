// Supplier Reliability: filters, colours, a supplier's receipts one by one, and the button that learns anew.
(function () {
	const BAD_SHARE = 70;

	frappe.query_reports["Supplier Reliability"] = {
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
				label: __("Received From"),
				fieldtype: "Date",
				reqd: 1,
				default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
			},
			{
				fieldname: "to_date",
				label: __("Received To"),
				fieldtype: "Date",
				reqd: 1,
				default: frappe.datetime.get_today(),
			},
			{
				fieldname: "group_by",
				label: __("Group By"),
				fieldtype: "Select",
				options: ["Supplier", "Supplier and Item Group", "Receipt"].map((value) => ({
					value,
					label: __(value),
				})),
				reqd: 1,
				default: "Supplier",
			},
			{ fieldname: "supplier", label: __("Supplier"), fieldtype: "Link", options: "Supplier" },
			{ fieldname: "item_group", label: __("Item Group"), fieldtype: "Link", options: "Item Group" },
		],

		async onload(report) {
			report.$report.on("click", "[data-otp-supplier]", async (event) => {
				event.preventDefault();
				// Read before anything is waited for, and one after the other: a link is looked up before it is set, and
				// there are no receipts without a supplier.
				const supplier = event.currentTarget.dataset.otpSupplier;
				await frappe.query_report.get_filter("supplier").set_value(supplier);
				await frappe.query_report.get_filter("group_by").set_value("Receipt");
			});
			// Nobody makes one by hand: those who may are told apart from those who may make other documents.
			if (frappe.boot.user.in_create.includes("Supply Reliability")) {
				report.page.add_inner_button(__("Refresh from History"), async () => {
					await frappe.require("/assets/otp_app/js/common.js");
					await otp_app.load_reliability();
					otp_app.reliability.refresh(() => report.refresh());
				});
			}
		},

		formatter(value, row, column, data, default_formatter) {
			if (data && column.fieldname === "deliveries" && data.supplier) {
				const supplier = frappe.utils.escape_html(data.supplier);
				const hint = __("The receipts of {0}", [supplier]);
				return `<a href="#" role="button" data-otp-supplier="${supplier}" title="${hint}">${default_formatter(value, row, column, data)}</a>`;
			}
			if (value === null || value === undefined) {
				return "";
			}
			const shown = default_formatter(value, row, column, data);
			const is_bad =
				(column.fieldname === "days_late" && value > 0) ||
				(column.fieldname === "on_time" && value < BAD_SHARE) ||
				(column.fieldname === "overdue" && value > 0);
			return is_bad ? `<span style="color: var(--red-600, #c0392b)">${shown}</span>` : shown;
		},
	};
})();
