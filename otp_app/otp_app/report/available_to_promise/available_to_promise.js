// Available to Promise: filters, colours, the chart of the rows that are ticked, and what is behind a number.
(function () {
	frappe.query_reports["Available to Promise"] = {
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
				fieldname: "warehouse",
				label: __("Warehouse"),
				fieldtype: "Link",
				options: "Warehouse",
				get_query: () => ({
					filters: { company: frappe.query_report.get_filter_value("company"), disabled: 0 },
				}),
			},
			{
				fieldname: "item_group",
				label: __("Item Group"),
				fieldtype: "Link",
				options: "Item Group",
			},
			{
				fieldname: "items",
				label: __("Items"),
				fieldtype: "MultiSelectList",
				options: "Item",
				get_data: (text) => frappe.db.get_link_options("Item", text, { disabled: 0, has_variants: 0 }),
			},
			{
				fieldname: "from_date",
				label: __("From Date"),
				fieldtype: "Date",
				reqd: 1,
				default: frappe.datetime.get_today(),
			},
			{
				fieldname: "bucket",
				label: __("Bucket"),
				fieldtype: "Select",
				options: [
					{ value: "Day", label: __("Day") },
					{ value: "Week", label: __("Week") },
					{ value: "Month", label: __("Month") },
				],
				reqd: 1,
				default: "Day",
			},
			{
				fieldname: "buckets",
				label: __("Number of Buckets"),
				fieldtype: "Int",
				reqd: 1,
				default: 14,
			},
		],

		onload(report) {
			report.$report.on("click", "[data-otp-atp]", (event) => {
				event.preventDefault();
				const { item, warehouse, day } = event.currentTarget.dataset;
				show_documents(item, warehouse, day);
			});
		},

		formatter(value, row, column, data, default_formatter) {
			if (data && column.fieldname === "on_hand") {
				return `<div class="text-right">${number(value)}</div>`;
			}
			if (!data || !column.atp_on) {
				return default_formatter(value, row, column, without_name(column, data));
			}
			const escape = frappe.utils.escape_html;
			const hint = __("What makes up the ATP of {0} on {1}", [data.item_code, column.label]);
			return `<a href="#" role="button" data-otp-atp data-day="${column.atp_on}"
				data-item="${escape(data.item_code)}" data-warehouse="${escape(data.warehouse)}"
				title="${escape(hint)}" style="color: ${color_of(value, data, column)}"
				class="d-block text-right">${number(value)}</a>`;
		},

		get_datatable_options(options) {
			return Object.assign(options, {
				checkboxColumn: true,
				events: { onCheckRow: draw_ticked_rows },
			});
		},
	};

	const COLORS = ["#2490ef", "#38a160", "#e79913", "#7c5cd6", "#cb2929", "#29a3a3"];

	/** The item has its name in a column of its own. */
	function without_name(column, data) {
		return column.fieldname === "item_code" ? { ...data, item_name: null } : data;
	}

	/** The item's code, and its name if that is another word. */
	function titled(row) {
		const { item_code, item_name } = row;
		return item_name && item_name !== item_code ? `${item_code}: ${item_name}` : item_code;
	}

	/** As many decimals as the number has. */
	function number(value) {
		const decimals = (String(flt(value, 6)).split(".")[1] || "").length;
		return format_number(value, null, decimals);
	}

	/** Red: nothing. Green: more than in the bucket before. */
	function color_of(value, data, column) {
		if (!flt(value)) {
			return "var(--red-600, #c0392b)";
		}
		const dated = frappe.query_report.columns.filter((other) => other.atp_on);
		const before = dated[dated.findIndex((other) => other.fieldname === column.fieldname) - 1];
		return before && flt(value) > flt(data[before.fieldname]) ? "var(--green-700, #2d7a3e)" : "inherit";
	}

	/** The ATP of the rows that are ticked, at most six; of the first row where none is. */
	function draw_ticked_rows() {
		const report = frappe.query_report;
		const ticked = report.datatable.rowmanager.getCheckedRows().slice(0, COLORS.length);
		const rows = ticked.length ? ticked.map((index) => report.data[index]) : report.data.slice(0, 1);
		if (!rows.length) {
			return;
		}
		const dated = report.columns.filter((column) => column.atp_on);
		const names = rows.map((row) => `${titled(row)} · ${row.warehouse}`);
		const data = {
			labels: report.chart_options.data.labels,
			datasets: rows.map((row, index) => ({
				name: names[index],
				values: dated.map((column) => flt(row[column.fieldname])),
			})),
		};
		const title = rows.length === 1 ? __("ATP of {0}", [names[0]]) : __("ATP of {0} rows", [rows.length]);
		report.render_chart(Object.assign({}, report.chart_options, { data, title, colors: COLORS }));
		report.raw_chart_data = data;
	}

	const SCRIPTS = ["/assets/otp_app/js/promise/call.js", "/assets/otp_app/js/promise/format.js"];

	/** Every supply and commitment of an item in a warehouse, with what is left after each. */
	async function show_documents(item_code, warehouse, day) {
		await frappe.require(SCRIPTS);
		const row = frappe.query_report.data.find((one) => one.item_code === item_code);
		const dialog = new frappe.ui.Dialog({
			title: __("ATP of {0} in {1}", [titled(row), warehouse]),
			size: "large",
			fields: [{ fieldtype: "HTML", fieldname: "documents" }],
		});
		const $place = dialog.get_field("documents").$wrapper;
		$place.html(`<p class="text-muted">${__("Loading")}...</p>`);
		dialog.show();
		try {
			const answer = await otp_app.call("otp_app.api.stock.item_stock", {
				item_code,
				warehouse,
				documents: 1,
			});
			const item = answer.items.find((one) => one.item_code === item_code);
			$place.html(documents_html(item, item.warehouses[0], day));
		} catch (error) {
			otp_app.tell(error, $place);
		}
	}

	function documents_html(item, place, day) {
		const format = otp_app.format;
		const counted = place.events.filter((event) => !event.withheld);
		const others = place.events.filter((event) => event.withheld);
		const net = running_net(counted);
		const rows = counted.map((event, index) => event_html(event, net[index], item.uom, event.date > day));
		const reached = place.atp.filter((step) => step.date <= day);
		const free = format.qty(reached.length ? reached.at(-1).atp : 0, item.uom);
		const sentence = __("On {0}, {1} can be promised without breaking a commitment.", [
			format.day(day),
			`<b>${free}</b>`,
		]);
		return `<p>${sentence}</p>
			<div class="table-responsive"><table class="table table-sm otp-documents">
				<thead><tr>
					<th>${__("Date")}</th><th>${__("Document")}</th>
					<th class="text-right">${__("Supply")}</th><th class="text-right">${__("Commitment")}</th>
					<th class="text-right">${__("Net")}</th><th class="text-right">${__("ATP")}</th>
				</tr></thead>
				<tbody>${rows.join("") || empty_html()}</tbody>
			</table></div>
			<p class="text-muted small">${__(
				"Net: supplies less commitments up to then. ATP: the lowest net from then on, never below zero."
			)}</p>
			${left_out_html(place)}${others_html(others, item.uom)}`;
	}

	function running_net(events) {
		let net = 0;
		return events.map((event) => (net = flt(net + event.qty, 9)));
	}

	function event_html(event, net, uom, is_later) {
		const format = otp_app.format;
		const cell = (value) => `<td class="text-right">${value === null ? "" : format.number(value)}</td>`;
		const late = event.due && event.due < event.date ? __("due {0}", [format.moment(event.due)]) : "";
		const notes = [event.party && format.escape(event.party), late].filter(Boolean).join(" · ");
		return `<tr class="${is_later ? "text-muted" : ""}">
			<td style="white-space: nowrap">${format.day(event.date)}</td>
			<td>${name_html(event)}${notes ? `<div class="text-muted small">${notes}</div>` : ""}</td>
			${cell(event.qty >= 0 ? event.qty : null)}${cell(event.qty < 0 ? -event.qty : null)}
			${cell(net)}<td class="text-right"><b>${format.number(event.atp)}</b></td>
		</tr>`;
	}

	/** The kind of event, and its document as a link where the user may read it. */
	function name_html(event) {
		const format = otp_app.format;
		if (!event.document) {
			return format.escape(event.label);
		}
		const kind = event.label.replace(event.document, "").trim();
		return `${format.escape(kind)} ${format.link(event.document_type, event.document)}`;
	}

	function empty_html() {
		return `<tr><td colspan="6" class="text-muted">${__("No stock, no orders, no commitments.")}</td></tr>`;
	}

	function left_out_html(place) {
		return place.events_left_out
			? `<p class="text-muted">${__("{0} more are not shown.", [place.events_left_out])}</p>`
			: "";
	}

	/** What is read and does not count. */
	function others_html(events, uom) {
		const format = otp_app.format;
		const reasons = {
			on_hold: __("on hold"),
			undated: __("has no date"),
			closed: __("closed"),
			process_loss: __("process loss"),
			expired: __("expired"),
			not_opted_in: __("material requests do not count by the settings"),
			unconfirmed: __("no date is confirmed, so nothing is kept for it"),
			bookkeeping: __("only in the books"),
			overdue: __("overdue for longer than the settings care for"),
		};
		const lines = events.map(
			(event) =>
				`<li>${name_html(event)}: ${format.qty(Math.abs(event.qty), uom)} (${
					reasons[event.withheld] || format.escape(event.withheld)
				})</li>`
		);
		return lines.length ? `<p class="mb-1">${__("Does not count:")}</p><ul>${lines.join("")}</ul>` : "";
	}
})();
