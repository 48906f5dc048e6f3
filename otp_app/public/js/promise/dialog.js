// The dialog behind "Check Promise": what the server answers, and what can be done about it.
frappe.provide("otp_app");

(function () {
	const { format, answer: view } = otp_app;
	const CHANGES_THE_ORDER = ["other_warehouse", "alternative_item", "partial_shipment", "transfer"];
	const CHANGES_ITS_LINES = ["other_warehouse", "alternative_item"];
	// More pictures than this for one line (a bundle's) tell a person nothing.
	const MOST_CHARTS = 4;

	otp_app.PromiseDialog = class PromiseDialog {
		constructor(frm) {
			this.frm = frm;
			this.reference = otp_app.reference_of(frm.doc);
			this.dialog = new frappe.ui.Dialog({
				title: __("Promise for {0}", [format.escape(frm.doc.name)]),
				size: "extra-large",
				fields: [{ fieldtype: "HTML", fieldname: "answer" }],
			});
			this.$body = this.dialog.fields_dict.answer.$wrapper.addClass("otp-promise");
			this.$body.html(`
				<div data-part="notice"></div>
				<div data-part="headline" role="status" aria-live="polite"></div>
				<div data-part="rest"></div>`);
			otp_app.complete_dialog(this.dialog);
			this.charts = [];
			this.rules = null; // those of the present promise
			this.bind();
		}

		open() {
			// Only then is it in the page, and has a width that a chart can be drawn in.
			this.shown = new Promise((resolve) => this.dialog.$wrapper.one("shown.bs.modal", resolve));
			this.dialog.show();
			return this.load();
		}

		part(name) {
			return this.$body.find(`[data-part=${name}]`);
		}

		bind() {
			this.$body.on("click", ".otp-toggle", (event) => this.toggle(event.currentTarget));
			this.$body.on("click", "[data-action=apply]", (event) =>
				this.apply(this.answer.options[event.currentTarget.dataset.option])
			);
			this.$body.on("click", "[data-action=purchase]", () => this.request_purchase());
			this.$body.on("change", "[data-action=level]", (event) => this.take_level(flt(event.target.value)));
			this.dialog.$wrapper.on("hide.bs.modal", () => this.forget_charts());
		}

		/** Promises again, with dates that are as sure as was chosen. */
		take_level(service_level) {
			const { service_level: before, ...others } = this.answer.document.rules;
			this.rules = service_level ? { ...others, service_level } : others;
			return this.load();
		}

		/** The document, and the rules chosen here. */
		asked() {
			return { ...this.reference, ...(this.rules && { rules: this.rules }) };
		}

		/** A chart goes on watching its place, and complains when that is taken away. */
		forget_charts() {
			this.charts.forEach((chart) => chart.destroy());
			this.charts = [];
		}

		async load() {
			this.forget_charts();
			this.part("headline").html(view.skeleton());
			this.part("rest").empty();
			this.dialog.footer.addClass("hide");
			this.stock = {};
			this.request_ids = {};
			try {
				this.answer = await otp_app.call(otp_app.check_method(this.frm.doctype), this.asked());
			} catch (error) {
				this.part("headline").empty();
				otp_app.tell(error, this.part("notice"));
				return;
			}
			this.show();
		}

		show() {
			const { answer } = this;
			this.part("headline").html(view.headline(answer));
			this.part("rest").html(
				view.lines(answer, this.item_names()) +
					view.options(answer, (option) => this.can(option)) +
					view.reasons(answer)
			);
			this.set_actions();
			const $decisive = this.$body.find(`.otp-toggle[data-line=${this.decisive_line()}]`);
			$decisive.length && this.toggle($decisive[0]);
		}

		item_names() {
			const rows = Object.fromEntries(this.frm.doc.items.map((row) => [row.name, row]));
			const names = this.answer.document?.rows || [];
			return this.answer.plan.map((line, index) => {
				const row = rows[names[index]] || this.frm.doc.items.find((row) => row.item_code === line.item_code);
				return row?.item_code === line.item_code ? row.item_name : null;
			});
		}

		/** The line that holds the order up: the first without a date, else the one that could come last. */
		decisive_line() {
			const dates = this.answer.plan.map((line) => line.promise_date_raw || line.promise_date || "9999");
			return dates.indexOf([...dates].sort().at(-1));
		}

		can(option) {
			const { doc } = this.frm;
			if (option.type === "purchase") {
				return otp_app.order_form.may_request_purchase() ? "purchase" : "";
			}
			const fits =
				(!CHANGES_ITS_LINES.includes(option.type) || doc.docstatus === 0) &&
				// A first part alone is no promise of the order.
				(option.type !== "partial_shipment" || this.answer.can_fulfill);
			return CHANGES_THE_ORDER.includes(option.type) && fits && this.frm.has_perm("write") ? "apply" : "";
		}

		set_actions() {
			const { frm, answer, dialog } = this;
			const writable = frm.has_perm("write");
			dialog.get_primary_btn().addClass("hide");
			dialog.get_secondary_btn().addClass("hide");
			dialog.custom_actions.empty();
			if (writable && answer.can_fulfill) {
				dialog.set_primary_action(__("Apply Promise"), () => this.apply());
				if (otp_app.order_form.may_hold(frm)) {
					dialog.set_secondary_action_label(__("Hold"));
					dialog.set_secondary_action(() => this.hold());
				}
			}
			if (this.wants_purchase() && otp_app.order_form.may_request_purchase()) {
				dialog.add_custom_action(__("Request Purchase"), () => this.request_purchase());
			}
		}

		wants_purchase() {
			return this.answer.plan.some(
				(line) => line.shortage > 0 || line.fulfillment.some((peg) => peg.suggestion)
			);
		}

		toggle(button) {
			const index = cint(button.dataset.line);
			const $detail = this.$body.find(`#${button.getAttribute("aria-controls")}`);
			const opens = button.getAttribute("aria-expanded") !== "true";
			button.setAttribute("aria-expanded", String(opens));
			$detail.prop("hidden", !opens);
			if (opens && !$detail.data("shown")) {
				$detail.data("shown", true);
				const $cell = $detail.children("td").html(view.detail(this.answer, index));
				this.draw_charts(index, $cell.find(".otp-charts"));
			}
		}

		async draw_charts(index, $place) {
			const places = this.places(this.answer.plan[index]).slice(0, MOST_CHARTS);
			try {
				for (const place of places) {
					const stock = await this.stock_of(place.item_code, place.warehouse);
					await this.shown;
					stock && this.draw(stock, $place);
				}
			} catch (error) {
				otp_app.tell(error, $place);
			}
		}

		/** Where a line takes something, or would: an item and a warehouse each. */
		places(line) {
			const found = line.fulfillment.map(({ item_code, warehouse }) => ({ item_code, warehouse }));
			if (line.shortage > 0 && line.warehouse) {
				found.push({ item_code: line.item_code, warehouse: line.warehouse });
			}
			const unlike = new Map(found.map((place) => [`${place.item_code}\n${place.warehouse}`, place]));
			return [...unlike.values()].filter((place) => place.warehouse);
		}

		async stock_of(item_code, warehouse) {
			const key = `${item_code}\n${warehouse}`;
			this.stock[key] ||= otp_app.call("otp_app.api.stock.item_stock", {
				item_code,
				warehouse,
				...this.reference,
			});
			const { items } = await this.stock[key];
			const item = items.find((item) => item.item_code === item_code);
			const found = item?.warehouses.find((each) => each.warehouse === warehouse);
			return found && { ...found, item_code, item_name: item.item_name, uom: item.uom };
		}

		draw(stock, $place) {
			const { item_code, warehouse, uom } = stock;
			const pegs = this.answer.plan
				.flatMap((line) => line.fulfillment)
				.filter((peg) => peg.item_code === item_code && peg.warehouse === warehouse);
			const title = __("ATP of {0} in {1}", [format.escape(item_code), format.escape(warehouse)]);
			const $chart = $(`<div class="otp-chart"><div class="text-muted">${title}</div><div></div></div>`);
			if (!$place[0].isConnected) {
				return; // closed, or loaded again, while the stock was asked for
			}
			$place.append($chart);
			const place = $chart.children().last()[0];
			this.charts.push(otp_app.draw_atp(place, { item_code, warehouse, uom, atp: stock.atp, pegs }));
		}

		/** Writes the promise on the order: as it is, or with an option's change made. */
		async apply(option = null) {
			if (option?.type === "alternative_item") {
				return this.take_alternative(option.change);
			}
			const args = { ...this.asked(), expected_date: this.answer.promise_date };
			if (option) {
				args.change = option.change;
				// A partial shipment's date is that of its first part.
				args.expected_date = option.type === "partial_shipment" ? args.expected_date : option.promise_date;
			}
			const key = option ? `apply ${option.type} ${option.description}` : "apply";
			const done = await this.busy(() =>
				otp_app.call("otp_app.api.promise.apply", args, { request_id: this.request_id(key) })
			);
			if (done) {
				this.close_and_reload(__("Promised for {0}", [format.day(done.promise_date)]));
			}
		}

		/** ERPNext's own form knows what another item brings with it: price, unit, description. */
		take_alternative({ line, item_code }) {
			const row = this.frm.doc.items.find((row) => row.name === this.answer.document.rows[line]);
			this.dialog.hide();
			frappe.model.set_value(row.doctype, row.name, "item_code", item_code);
			frappe.show_alert({ message: __("Now {0}: look at its price, then check the promise again.", [item_code]) });
		}

		/** The same id for as long as the same answer is shown: what is sent twice is done once. */
		request_id(key) {
			this.request_ids[key] ||= otp_app.new_request_id();
			return this.request_ids[key];
		}

		async busy(work) {
			const $buttons = this.dialog.$wrapper.find(".modal-footer .btn, [data-action]").prop("disabled", true);
			this.part("notice").empty();
			try {
				return await work();
			} catch (error) {
				if (error.code === "STALE") {
					await this.load();
				}
				otp_app.tell(error, this.part("notice"));
				return null;
			} finally {
				$buttons.prop("disabled", false);
			}
		}

		close_and_reload(message) {
			this.dialog.hide();
			frappe.show_alert({ message, indicator: "green" });
			this.frm.reload_doc();
		}

		hold() {
			otp_app.hold(this.frm, { answer: this.answer, rules: this.rules }, () => this.dialog.hide());
		}

		request_purchase() {
			otp_app.request_purchase(this.frm);
		}
	};

	/** {sales_order: name} or {quotation: name}: how the calls name a document. */
	otp_app.reference_of = (doc) => ({ [frappe.model.scrub(doc.doctype)]: doc.name });

	otp_app.check_method = (doctype) => `otp_app.api.promise.for_${frappe.model.scrub(doctype)}`;
})();
