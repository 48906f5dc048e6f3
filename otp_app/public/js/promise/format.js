// Dates, quantities and words as the person at the screen is used to them; all results are safe as HTML.
frappe.provide("otp_app.format");

(function () {
	const CONFIDENCE_COLORS = { HIGH: "green", MEDIUM: "orange", LOW: "red" };
	// Not those within the name of a document.
	const DATES = /(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])/g;
	const format = otp_app.format;

	format.escape = (text) => frappe.utils.escape_html(cstr(text));

	/** 2026-12-05 as "Sat 05-12-2026", in the user's date format, on one line. */
	format.day = function (date) {
		const day = date && `${weekday(date)} ${format.escape(frappe.datetime.str_to_user(date))}`;
		return date ? `<span class="text-nowrap">${day}</span>` : "";
	};

	/** 2026-12-05 as "5 Dec", or "Dec 5" where the month comes first: for axes, where there is little room. */
	format.short_day = function (date) {
		const month = named(date, { month: "short" });
		const day = String(cint(date.slice(8)));
		const day_first = frappe.datetime.get_user_date_fmt().startsWith("d");
		return day_first ? `${day} ${month}` : `${month} ${day}`;
	};

	format.moment = (datetime) => format.escape(frappe.datetime.str_to_user(datetime));

	/** As many decimals as the number has, up to the site's precision. */
	format.number = function (value) {
		const precision = cint(frappe.boot.sysdefaults.float_precision) || 3;
		const decimals = (String(flt(value, precision)).split(".")[1] || "").length;
		return format_number(value, null, decimals);
	};

	/** As text: not for HTML. */
	format.plain_qty = (value, uom) => `${format.number(value)} ${uom ? __(uom) : ""}`.trim();

	format.qty = (value, uom) => format.escape(format.plain_qty(value, uom));

	/** "1 day", "3 days". */
	format.days = (count) => (count === 1 ? __("1 day") : __("{0} days", [count]));

	/** A sentence of the server, its dates as the user writes them; as text: not for HTML. */
	format.plain_sentence = (text) => cstr(text).replace(DATES, (date) => frappe.datetime.str_to_user(date));

	format.sentence = (text) =>
		format
			.escape(text)
			.replace(DATES, (date) => `<span class="text-nowrap">${frappe.datetime.str_to_user(date)}</span>`);

	format.pill = (label, color) =>
		`<span class="indicator-pill ${color} no-indicator-dot">${format.escape(label)}</span>`;

	/** 0.873 as "87 %"; neither 0 nor 100 % for what is not certain. */
	format.percent = function (share) {
		const certain = share === 0 || share === 1;
		const percent = certain ? 100 * share : Math.min(Math.max(100 * share, 0.1), 99.9);
		const decimals = !certain && (percent < 1 || percent > 99) ? 1 : 0;
		return `${format_number(percent, null, decimals)} %`;
	};

	/** HIGH and 0.95 as a pill "High confidence, 95 %"; `briefly` as "High, 95 %", where the rest is said beside it. */
	format.confidence = function (confidence, probability, briefly = false) {
		const labels = {
			HIGH: briefly ? __("High") : __("High confidence"),
			MEDIUM: briefly ? __("Medium") : __("Medium confidence"),
			LOW: briefly ? __("Low") : __("Low confidence"),
		};
		if (!confidence) {
			return "";
		}
		const known = probability !== null && probability !== undefined;
		const label = known ? `${labels[confidence]}, ${format.percent(probability)}` : labels[confidence];
		return format.pill(label, CONFIDENCE_COLORS[confidence]);
	};

	/** A warehouse; what is to be fetched from another one has both. */
	format.way = function (from_warehouse, warehouse) {
		const place = format.escape(warehouse || "");
		return from_warehouse ? __("{0} from {1}", [place, format.escape(from_warehouse)]) : place;
	};

	/** What a peg comes from. */
	format.source = function (source) {
		const labels = {
			stock: __("Stock"),
			purchase_order: __("Purchase Order"),
			production: __("Production"),
			transfer: __("Transfer"),
			replenishment: __("Replenishment"),
		};
		return labels[source] || format.escape(source);
	};

	/** A link to a document that opens beside the form, so that what is open stays. */
	format.link = function (doctype, name, label = null) {
		const route = frappe.utils.get_form_link(doctype, name);
		return `<a href="${format.escape(route)}" target="_blank">${format.escape(label || name)}</a>`;
	};

	function language() {
		try {
			return Intl.getCanonicalLocales((frappe.boot.lang || "en").replace("_", "-"));
		} catch {
			return "en";
		}
	}

	const weekday = (date) => named(date, { weekday: "short" });

	function named(date, part) {
		const options = { ...part, timeZone: "UTC" };
		return new Intl.DateTimeFormat(language(), options).format(new Date(`${date}T00:00:00Z`));
	}
})();
