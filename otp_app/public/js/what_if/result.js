// The comparison as a planner reads it: what it comes to, and line by line. All results are HTML.
frappe.provide("otp_app.what_if.result");

(function () {
	const result = otp_app.what_if.result;
	const { format } = otp_app;
	const COLORS = { improved: "green", unchanged: "gray", worse: "orange", lost: "red" };
	// Named in reasons, but no document that could be opened.
	const NO_DOCUMENT = /^(WHAT-IF-\d+|\(not shown\))$/;

	/** What each kind of change is called, worst first. */
	result.kinds = () => ({
		lost: __("Lost"),
		worse: __("Worse"),
		improved: __("Improved"),
		unchanged: __("Unchanged"),
	});

	/** One figure for each kind, each a button that shows or hides its lines. */
	result.figures = function ({ comparison, currency }, only) {
		return Object.entries(result.kinds())
			.map(([kind, label]) => {
				const { lines, orders, value } = comparison[kind];
				const below = [
					orders === 1 ? __("1 order") : __("{0} orders", [format.number(orders)]),
					money(value, currency),
				].filter(Boolean);
				return `<button type="button" class="otp-figure" data-kind="${kind}" aria-pressed="${only.includes(kind)}">
					<span class="indicator ${COLORS[kind]}">${label}</span>
					<span class="otp-figure-number">${format.number(lines)}</span>
					<span class="text-muted">${below.join(" · ")}</span>
				</button>`;
			})
			.join("");
	};

	/** Whose lines are shown: customers with a change can be chosen, and the one that is. */
	result.customers = function (customers, chosen) {
		const found = customers.map(({ customer, customer_name }) => [customer, customer_name]);
		if (chosen && !found.some(([customer]) => customer === chosen)) {
			found.push([chosen, chosen]);
		}
		const options = [["", __("All customers")], ...found].map(
			([value, label]) =>
				`<option value="${format.escape(value)}" ${value === (chosen || "") ? "selected" : ""}>${format.escape(label)}</option>`
		);
		return `<select class="form-control input-xs" data-customer aria-label="${__("Customer")}">${options.join("")}</select>`;
	};

	/** Of several currencies there is no sum. */
	const money = (value, currency) => (currency ? format.escape(format_currency(flt(value), currency, 0)) : "");

	/** What happens, in one sentence. */
	result.headline = function ({ comparison, taken }) {
		const told = ["lost", "worse", "improved"].filter((kind) => comparison[kind].lines);
		const words = {
			lost: (lines) => (lines === 1 ? __("1 line loses its date") : __("{0} lines lose their dates", [lines])),
			worse: (lines) => (lines === 1 ? __("1 line comes later") : __("{0} lines come later", [lines])),
			improved: (lines) => (lines === 1 ? __("1 line comes earlier") : __("{0} lines come earlier", [lines])),
		};
		const others = told.length
			? told.map((kind) => words[kind](comparison[kind].lines)).join(", ")
			: __("No open order line gets another date");
		return `${taken.length ? `${taken_sentence(taken)} ` : ""}${others}.`;
	};

	function taken_sentence(taken) {
		const dates = taken.map((line) => line.after);
		if (dates.includes(null)) {
			return __("The order cannot be promised in full.");
		}
		return __("The order can be delivered by {0}.", [format.day(dates.sort().at(-1))]);
	}

	/** The lines of the order that is taken. */
	result.taken = function (taken) {
		const rows = taken.map(
			(line) => `<tr>
				<th scope="row">${item_html(line)}</th>
				${cell(__("Asked For"), format.day(line.requested))}
				${cell(__("Promised"), line.after ? format.day(line.after) : none())}
				${reasons_cell(line)}
			</tr>`
		);
		const head = [__("Item"), __("Asked For"), __("Promised"), __("Why")];
		return `<h5>${__("The order that is taken")}</h5>${table(head, rows, "otp-taken")}`;
	};

	/** The lines of others. */
	result.lines = function (lines) {
		const head = [__("Order"), __("Item"), __("Asked For"), __("Before"), __("After"), __("Change"), __("Why")];
		return table(head, lines.map(line_html), "otp-outcomes");
	};

	result.rows = (lines) => lines.map(line_html).join("");

	const table = (head, rows, name) => `<table class="otp-table ${name}">
		<thead><tr>${head.map((label) => `<th scope="col">${label}</th>`).join("")}</tr></thead>
		<tbody>${rows.join("")}</tbody>
	</table>`;

	const cell = (label, html, name = "") =>
		`<td data-label="${format.escape(label)}" class="${name}"><div>${html}</div></td>`;

	const none = () => `<span class="text-muted">${__("no date")}</span>`;

	function line_html(line) {
		const customer = line.customer
			? format.link("Customer", line.customer, line.customer_name || line.customer)
			: "";
		const order = `${format.link("Sales Order", line.order)} <span class="text-muted">${__("row {0}", [line.idx])}</span>`;
		return `<tr data-order="${format.escape(line.order)}">
			<th scope="row">${order}<div class="otp-below">${customer}</div></th>
			${cell(__("Item"), item_html(line), "otp-item-cell")}
			${cell(__("Asked For"), format.day(line.requested))}
			${cell(__("Before"), line.before ? format.day(line.before) : none())}
			${cell(__("After"), line.after ? format.day(line.after) : none())}
			${cell(__("Change"), change_html(line))}
			${reasons_cell(line)}
		</tr>`;
	}

	function item_html({ item_code, item_name, qty, uom, parts }) {
		const name = item_name && item_name !== item_code ? `<div class="text-muted">${format.escape(item_name)}</div>` : "";
		const quantity =
			qty === null
				? parts.map((part) => `${format.number(part.qty)} ${format.escape(part.item_code)}`).join(", ")
				: format.qty(qty, uom);
		return `<div>${format.escape(item_code)}${name}<div class="otp-below">${quantity}</div></div>`;
	}

	const change_html = ({ change, days }) =>
		format.pill(days ? signed(days) : result.kinds()[change], COLORS[change]);

	const signed = (days) =>
		days > 0 ? __("{0} later", [format.days(days)]) : __("{0} earlier", [format.days(-days)]);

	function reasons_cell({ reasons, late }) {
		const told = reasons.map((reason) => `<div>${reason_html(reason)}</div>`).join("");
		const sentences = told || (late ? "" : `<div>${__("On time.")}</div>`);
		return `<td class="otp-why">${sentences}</td>`;
	}

	/** A sentence in which the documents are links. */
	function reason_html({ message, values }) {
		const named = [
			["Sales Order", values.order],
			[values.doctype, values.document],
		].filter(([doctype, name]) => doctype && name && frappe.model.can_read(doctype) && !NO_DOCUMENT.test(name));
		return named.reduce(
			(html, [doctype, name]) => html.replace(format.escape(name), () => format.link(doctype, name)),
			format.sentence(message)
		);
	}
})();
