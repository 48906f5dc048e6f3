// The page What If: what is supposed above, what comes of it below. The server computes; nothing is changed.
frappe.provide("otp_app.what_if");

(function () {
	const what_if = otp_app.what_if;
	const { format } = otp_app;
	const { result } = what_if;
	const PAGE_LENGTH = 200;

	what_if.ROUTE = "order-promise-what-if";

	what_if.Page = class WhatIfPage {
		constructor(page) {
			this.page = page;
			this.state = what_if.read_state({});
			this.asked = 0;
			this.add_fields();
			page.set_primary_action(__("Compute"), () => this.compute());
			page.set_secondary_action(__("Copy Link"), () =>
				frappe.utils.copy_to_clipboard(window.location.href)
			);
			page.add_menu_item(__("Clear"), () => this.take_state({ company: this.state.company }));
			this.$body = $(`<div class="otp-promise otp-what-if">
				<section class="otp-suppose" aria-label="${__("Suppose that")}">
					<h5>${__("Suppose that")}</h5>
					<ul data-part="changes"></ul>
					<div class="otp-kinds" data-part="kinds"></div>
				</section>
				<div data-part="notice"></div>
				<div data-part="headline" class="otp-sentence" role="status" aria-live="polite"></div>
				<div data-part="result"></div>
			</div>`).appendTo(page.main);
			this.bind();
		}

		add_fields() {
			this.company = this.page.add_field({
				fieldname: "company",
				label: __("Company"),
				fieldtype: "Link",
				options: "Company",
				change: () => this.alter({ company: this.company.get_value() || null }),
			});
			this.strategy = this.page.add_field({
				fieldname: "strategy",
				label: __("Open Orders"),
				fieldtype: "Select",
				options: [
					{ value: "", label: __("Orders keep and gain") },
					{ value: "redistribute", label: __("Orders promised anew") },
				],
				change: () => this.alter({ strategy: this.strategy.get_value() || null }),
			});
		}

		part(name) {
			return this.$body.find(`[data-part=${name}]`);
		}

		bind() {
			this.$body.on("click", "[data-ask]", ({ currentTarget }) => this.ask(currentTarget.dataset.ask));
			this.$body.on("click", "[data-edit]", ({ currentTarget }) => {
				const { kind, index } = currentTarget.closest("li").dataset;
				this.ask(kind, cint(index));
			});
			this.$body.on("click", "[data-remove]", ({ currentTarget }) => {
				const { kind, index } = currentTarget.closest("li").dataset;
				this.remove(kind, cint(index));
			});
			this.$body.on("click", "[data-kind].otp-figure", ({ currentTarget }) => this.toggle(currentTarget.dataset.kind));
			this.$body.on("click", "[data-more]", () => this.more());
			this.$body.on("change", "[data-customer]", ({ currentTarget }) =>
				this.view({ customer: currentTarget.value || null })
			);
		}

		/** The page is in front: what the address or a form's button supposes is taken over and computed. */
		show() {
			const { suppose } = frappe.route_options || {};
			frappe.route_options = null;
			if (suppose || !this.shown) {
				this.shown = true;
				this.take_state(suppose || {});
				return what_if.is_empty(this.state) ? null : this.compute();
			}
			return this.write_address();
		}

		take_state(given) {
			this.state = what_if.read_state(given);
			this.answer = null;
			this.refresh_fields();
			this.draw();
		}

		/** Fields tell their `change` then, too: it is none, for the state has it already. */
		refresh_fields() {
			this.company.set_value(this.state.company || "");
			this.strategy.set_value(this.state.strategy || "");
		}

		/** Takes changes over; whether there were any. */
		is_altered_by(changes) {
			const before = JSON.stringify(this.state);
			Object.assign(this.state, changes);
			return JSON.stringify(this.state) !== before;
		}

		/** Another supposition: what is shown is of the former one until it is computed. */
		alter(changes) {
			if (this.is_altered_by(changes)) {
				this.is_stale = Boolean(this.answer);
				this.draw();
			}
		}

		ask(kind, index = null) {
			const known = index === null ? null : kind === "take" ? this.state.take : this.state[kind][index];
			what_if.ask(kind, this.state.company, index === null && kind !== "take" ? null : known, (change) => {
				if (kind === "take") {
					return this.alter({ take: change });
				}
				const changes = [...this.state[kind]];
				changes.splice(index ?? changes.length, index === null ? 0 : 1, change);
				return this.alter({ [kind]: changes });
			});
		}

		remove(kind, index) {
			this.alter({ [kind]: kind === "take" ? null : this.state[kind].filter((_, at) => at !== index) });
			this.part("kinds").find("button").first().trigger("focus");
		}

		toggle(kind) {
			const { only } = this.state;
			const chosen = only.includes(kind) ? only.filter((other) => other !== kind) : [...only, kind];
			return this.view({ only: chosen.length ? chosen : what_if.CHANGED });
		}

		/** Other lines of the same answer. */
		view(changes) {
			if (!this.is_altered_by(changes) || !this.answer) {
				return null;
			}
			this.write_address();
			return this.is_stale ? this.draw() : this.compute();
		}

		async compute() {
			if (what_if.is_empty(this.state)) {
				this.draw();
				return otp_app.show_notice(this.part("notice"), [__("Choose what would be otherwise first.")]);
			}
			this.part("notice").empty();
			this.$body.find("[data-part=headline], [data-part=result]").addClass("otp-waiting");
			const answer = await this.call({ limit: PAGE_LENGTH });
			this.$body.find(".otp-waiting").removeClass("otp-waiting");
			if (answer) {
				this.answer = answer;
				this.is_stale = false;
				this.draw();
			}
			return answer;
		}

		async more() {
			const answer = await this.call({ limit: PAGE_LENGTH, start: this.answer.lines.length });
			if (answer) {
				this.answer.lines.push(...answer.lines);
				this.part("result").find(".otp-outcomes tbody").append(result.rows(answer.lines));
				this.draw_rest();
			}
		}

		/** The answer; null if there was none, or if another question was asked meanwhile. */
		async call(page) {
			const number = (this.asked += 1);
			this.page.btn_primary.prop("disabled", true);
			try {
				const args = { ...what_if.arguments_of(this.state), ...page };
				const answer = await otp_app.call("otp_app.api.whatif.what_if", args);
				return number === this.asked ? answer : null;
			} catch (error) {
				otp_app.tell(error, this.part("notice"));
				return null;
			} finally {
				this.page.btn_primary.prop("disabled", false);
			}
		}

		write_address() {
			window.history.replaceState(null, null, what_if.address_of(this.state));
		}

		draw() {
			this.write_address();
			this.draw_changes();
			this.part("notice").empty();
			if (!this.answer) {
				this.part("result").empty();
				const hint = __("Choose what would be otherwise, then press Compute. Nothing is changed by that.");
				this.part("headline").html(`<span class="otp-hint">${hint}</span>`);
				return;
			}
			if (this.is_stale) {
				otp_app.show_notice(this.part("notice"), [__("This is not what is supposed now: press Compute.")]);
			}
			this.draw_result();
		}

		draw_changes() {
			const rows = what_if.changes_of(this.state, this.answer?.documents).map(
				({ kind, index, html }) => `<li data-kind="${kind}" data-index="${index}">
					<button type="button" class="btn btn-link" data-edit>${html}</button>
					<button type="button" class="btn btn-link otp-remove" data-remove
						aria-label="${__("Remove")}" title="${__("Remove")}">${frappe.utils.icon("close-alt", "sm")}</button>
				</li>`
			);
			this.part("changes").html(rows.join(""));
			const buttons = Object.entries(what_if.kinds())
				.filter(([, kind]) => kind.is_possible)
				.map(
					([name, { label }]) =>
						`<button type="button" class="btn btn-default btn-sm" data-ask="${name}">${label}</button>`
				);
			this.part("kinds").html(buttons.join(""));
		}

		draw_result() {
			const { answer, state } = this;
			this.part("headline").html(result.headline(answer));
			this.part("result").html(`
				${answer.taken.length ? result.taken(answer.taken) : ""}
				<div class="otp-heading">
					<h5>${__("What becomes of open orders")}</h5>
					${result.customers(answer.customers, state.customer)}
				</div>
				<div class="otp-figures" role="group" aria-label="${__("Lines to show")}">${result.figures(answer, state.only)}</div>
				${answer.lines.length ? result.lines(answer.lines) : `<p class="text-muted">${__("There are no such lines.")}</p>`}
				<div data-part="rest" class="otp-rest text-muted small"></div>`);
			this.draw_rest();
		}

		draw_rest() {
			const { lines, total, left_out, looked_at } = this.answer;
			const more = total - lines.length;
			const items = looked_at.items === 1 ? __("1 item") : __("{0} items", [looked_at.items]);
			const found = looked_at.lines === 1 ? __("1 line") : __("{0} lines", [looked_at.lines]);
			const sentences = [
				looked_at.whole_book
					? __("The whole order book was looked at: {0}, {1}.", [found, items])
					: __("Looked at: {0}, {1}; nothing else is reached.", [found, items]),
				left_out ? __("{0} lines of orders that you may not read are left out.", [left_out]) : "",
				__("Before is what a line gets as things are, after what it would get. Nothing is changed."),
			];
			this.part("rest").html(`
				${more > 0 ? `<p><button type="button" class="btn btn-default btn-sm" data-more>${__("Show More ({0})", [more])}</button></p>` : ""}
				${sentences.filter(Boolean).map(format.escape).join(" ")}`);
		}
	};
})();
