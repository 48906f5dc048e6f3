// What can be supposed: each kind of change in words, and the dialog in which it is entered.
frappe.provide("otp_app.what_if");

(function () {
	const what_if = otp_app.what_if;
	const { format } = otp_app;
	const DOCUMENTS = ["Purchase Order", "Work Order", "Subcontracting Order"];

	/** Every change of a state as {kind, index, html}: a sentence, names in bold. `documents`: when they are expected. */
	what_if.changes_of = function (state, documents = {}) {
		const of_list = (kind, in_words) => state[kind].map((change, index) => ({ kind, index, html: in_words(change) }));
		return [
			...of_list("delay", (change) => delay_html(change, documents[change.document] || [])),
			...of_list("add", add_html),
			...of_list("lose", (name) => __("Nothing comes from {0} any more", [bold(name)])),
			...(state.take ? [{ kind: "take", index: 0, html: take_html(state.take) }] : []),
		];
	};

	const bold = (text) => `<b>${format.escape(text)}</b>`;

	function delay_html({ document_type, document, due }, expected) {
		const name = `${format.escape(__(document_type || DOCUMENTS[0]))} ${bold(document)}`;
		if (!expected.length) {
			return __("{0} comes on {1}", [name, format.day(due)]);
		}
		const days = [...new Set([expected[0], expected.at(-1)])].map(format.day).join(" – ");
		return __("{0} comes on {1} instead of {2}", [name, format.day(due), days]);
	}

	function add_html({ item_code, qty, warehouse, due }) {
		const values = [format.number(qty), bold(item_code), bold(warehouse)];
		return due
			? __("{0} more of {1} come to {2} on {3}", [...values, format.day(due)])
			: __("{0} more of {1} are on hand in {2}", values);
	}

	function take_html({ quotation, sales_order, items, customer, desired_date }) {
		if (quotation || sales_order) {
			const doctype = quotation ? "Quotation" : "Sales Order";
			return __("We take {0}", [`${__(doctype)} ${bold(quotation || sales_order)}`]);
		}
		const goods = items.map(({ item_code, qty }) => `${format.number(qty)} ${bold(item_code)}`).join(", ");
		const parts = [
			customer ? __("We take an order of {0} for {1}", [goods, bold(customer)]) : __("We take an order of {0}", [goods]),
			desired_date ? __("wanted on {0}", [format.day(desired_date)]) : "",
		];
		return parts.filter(Boolean).join(", ");
	}

	/** The kinds of change that the user may enter: label, and fields of the dialog by the company and what is known. */
	what_if.kinds = () => ({
		delay: {
			label: __("Move a Document"),
			title: __("A document comes on another day"),
			fields: delay_fields,
			is_possible: readable_documents().length > 0,
		},
		add: { label: __("Add Stock"), title: __("There is more stock"), fields: add_fields, is_possible: true },
		lose: {
			label: __("Lose a Warehouse"),
			title: __("Nothing comes from a warehouse any more"),
			fields: lose_fields,
			is_possible: true,
		},
		take: { label: __("Take an Order"), title: __("We take one more order"), fields: take_fields, is_possible: true },
	});

	const readable_documents = () => DOCUMENTS.filter((doctype) => frappe.model.can_read(doctype));

	/** Asks for a change of a kind; `known` is the one to be altered. Resolves `on_done(change)`. */
	what_if.ask = function (kind, company, known, on_done) {
		const { title, fields } = what_if.kinds()[kind];
		const dialog = new frappe.ui.Dialog({
			title,
			fields: fields(company, known),
			primary_action_label: known ? __("Change") : __("Suppose"),
			primary_action(values) {
				dialog.hide();
				on_done(FROM_VALUES[kind](values));
			},
		});
		otp_app.complete_dialog(dialog);
		dialog.show();
		return dialog;
	};

	const FROM_VALUES = {
		delay: ({ document_type, document, due }) => ({ document_type, document, due }),
		add: ({ item_code, qty, warehouse, due }) => ({ item_code, qty, warehouse, ...(due && { due }) }),
		lose: ({ warehouse }) => warehouse,
		take({ source, quotation, sales_order, items, customer, desired_date }) {
			if (source !== "lines") {
				return source === "quotation" ? { quotation } : { sales_order };
			}
			const lines = items.map(({ item_code, qty, warehouse }) => ({
				item_code,
				qty,
				...(warehouse && { warehouse }),
			}));
			return { items: lines, ...(customer && { customer }), ...(desired_date && { desired_date }) };
		},
	};

	function delay_fields(company, known) {
		const doctypes = readable_documents();
		return [
			{
				fieldname: "document_type",
				label: __("Document Type"),
				fieldtype: "Select",
				options: doctypes.map((value) => ({ value, label: __(value) })),
				default: known?.document_type || doctypes[0],
				reqd: 1,
			},
			{
				fieldname: "document",
				label: __("Document"),
				fieldtype: "Dynamic Link",
				options: "document_type",
				default: known?.document,
				reqd: 1,
				get_query: () => ({ query: "otp_app.api.whatif.documents", filters: { company } }),
				description: __("Still to come; with the day on which it is expected."),
			},
			{
				fieldname: "due",
				label: __("Comes On"),
				fieldtype: "Date",
				default: known?.due,
				reqd: 1,
				description: __("Later or earlier; today at the earliest."),
			},
		];
	}

	const warehouse_field = (company, more = {}) => ({
		fieldname: "warehouse",
		label: __("Warehouse"),
		fieldtype: "Link",
		options: "Warehouse",
		get_query: () => ({ filters: { disabled: 0, ...(company && { company }), ...(more.filters || {}) } }),
		...more,
	});

	const item_field = (more = {}) => ({
		fieldname: "item_code",
		label: __("Item"),
		fieldtype: "Link",
		options: "Item",
		get_query: () => ({ filters: { disabled: 0, has_variants: 0, ...(more.filters || {}) } }),
		...more,
	});

	function add_fields(company, known) {
		return [
			item_field({ default: known?.item_code, reqd: 1, filters: { is_stock_item: 1 } }),
			{
				fieldname: "qty",
				label: __("Quantity in Stock UOM"),
				fieldtype: "Float",
				default: known?.qty,
				reqd: 1,
			},
			warehouse_field(company, { default: known?.warehouse, reqd: 1, filters: { is_group: 0 } }),
			{
				fieldname: "due",
				label: __("Comes On"),
				fieldtype: "Date",
				default: known?.due,
				description: __("Without a day it is on hand."),
			},
		];
	}

	const lose_fields = (company, known) => [
		warehouse_field(company, {
			default: known,
			reqd: 1,
			description: __("A group loses all warehouses below it."),
		}),
	];

	function take_fields(company, known) {
		const source = known?.items ? "lines" : known?.sales_order ? "sales_order" : "quotation";
		const only = (value) => ({ depends_on: `eval:doc.source=="${value}"`, mandatory_depends_on: `eval:doc.source=="${value}"` });
		const of_company = company ? { company } : {};
		return [
			{
				fieldname: "source",
				label: __("Order"),
				fieldtype: "Select",
				options: [
					{ value: "quotation", label: __("Quotation") },
					{ value: "sales_order", label: __("Draft Sales Order") },
					{ value: "lines", label: __("Lines entered here") },
				],
				default: source,
				reqd: 1,
			},
			{
				fieldname: "quotation",
				label: __("Quotation"),
				fieldtype: "Link",
				options: "Quotation",
				default: known?.quotation,
				get_query: () => ({ filters: { status: ["in", ["Draft", "Open", "Replied", "Partially Ordered"]], ...of_company } }),
				...only("quotation"),
			},
			{
				fieldname: "sales_order",
				label: __("Draft Sales Order"),
				fieldtype: "Link",
				options: "Sales Order",
				default: known?.sales_order,
				get_query: () => ({ filters: { docstatus: 0, ...of_company } }),
				...only("sales_order"),
			},
			{
				fieldname: "customer",
				label: __("Customer"),
				fieldtype: "Link",
				options: "Customer",
				default: known?.customer,
				depends_on: 'eval:doc.source=="lines"',
			},
			{
				fieldname: "desired_date",
				label: __("Wanted On"),
				fieldtype: "Date",
				default: known?.desired_date,
				depends_on: 'eval:doc.source=="lines"',
			},
			{
				fieldname: "items",
				label: __("Lines"),
				fieldtype: "Table",
				data: known?.items?.map((line) => ({ ...line })) || [],
				cannot_add_rows: false,
				in_place_edit: true,
				fields: [
					item_field({ in_list_view: 1, reqd: 1, columns: 5 }),
					{ fieldname: "qty", label: __("Quantity"), fieldtype: "Float", in_list_view: 1, reqd: 1, columns: 2 },
					warehouse_field(company, { in_list_view: 1, columns: 3 }),
				],
				...only("lines"),
			},
		];
	}
})();
