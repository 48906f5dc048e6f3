// The answer of a promise (docs/api.md) as HTML: headline, lines with their pegs, reasons and options.
frappe.provide("otp_app.answer");

(function () {
	const format = otp_app.format;
	const { escape } = format;
	const view = otp_app.answer;

	/** While the server works it out. */
	view.skeleton = () => `
		<div class="otp-headline" aria-busy="true">
			<div class="otp-sentence">${__("Working out the promise ...")}</div>
			${'<div class="otp-skeleton"></div>'.repeat(4)}
		</div>`;

	view.headline = (answer) => `
		<div class="otp-headline">
			<div class="otp-pills">
				${timeliness(answer)} ${format.confidence(answer.confidence, answer.probability)}
				${answer.document ? view.levels(answer.document.rules) : ""}
			</div>
			<div class="otp-sentence">${sentence(answer)}</div>
			<div class="text-muted">${[requested(answer), present(answer.promise)].filter(Boolean).join(" ")}</div>
			${blockers(answer.blockers)}
		</div>`;

	function sentence(answer) {
		if (answer.promise_date) {
			return __("Can be delivered complete by {0}", [format.day(answer.promise_date)]);
		}
		return answer.status === "CANNOT_PROMISE_RELIABLY"
			? __("No date can be promised reliably")
			: __("Cannot be promised");
	}

	function timeliness(line) {
		if (!line.promise_date) {
			return format.pill(__("No date"), "red");
		}
		const late = days_late(line);
		if (late > 0) {
			return format.pill(__("{0} late", [format.days(late)]), "orange");
		}
		return line.on_time ? format.pill(__("On time"), "green") : "";
	}

	function days_late(line) {
		return line.desired_date && line.promise_date
			? frappe.datetime.get_diff(line.promise_date, line.desired_date)
			: 0;
	}

	function requested(answer) {
		if (!answer.desired_date) {
			return __("No date is requested.");
		}
		const late = days_late(answer);
		const asked = format.day(answer.desired_date);
		const odds = answer.on_time_probability;
		const share = odds === null ? "" : __("The requested date holds with {0}.", [format.percent(odds)]);
		const told =
			late > 0
				? __("That is {0} later than requested ({1}).", [format.days(late), asked])
				: __("Requested for {0}.", [asked]);
		return `${told} ${share}`.trim();
	}

	/** The probabilities to choose from, that of the rules among them. */
	view.levels = function (rules) {
		const chosen = rules.service_level || 0;
		const shares = [...new Set([0, 0.8, 0.9, 0.95, 0.99, chosen])].sort((a, b) => a - b);
		const options = shares.map((share) => {
			const label = share ? __("{0} sure", [format.percent(share)]) : __("As early as can be");
			return `<option value="${share}" ${share === chosen ? "selected" : ""}>${format.escape(label)}</option>`;
		});
		return `
			<label class="otp-level text-muted">${__("Dates")}
				<select class="form-control input-xs" data-action="level">${options.join("")}</select>
			</label>`;
	};

	/** What is promised now, before anything is applied. */
	function present(promise) {
		if (!promise) {
			return "";
		}
		const link = format.link("Order Promise", promise.name);
		const status = escape(__(promise.status));
		if (promise.status === "Held" && promise.held_until) {
			return __("Present promise: {0}, {1} until {2}.", [link, status, format.moment(promise.held_until)]);
		}
		return promise.promise_date
			? __("Present promise: {0}, {1} for {2}.", [link, status, format.day(promise.promise_date)])
			: __("Present promise: {0}, {1}.", [link, status]);
	}

	function blockers(messages) {
		const items = messages.map((message) => `<li>${format.sentence(message.message)}</li>`);
		return items.length ? `<ul class="otp-blockers">${items.join("")}</ul>` : "";
	}

	/** One row a line, and under it, folded, what covers it. `names`: item names by line. */
	view.lines = function (answer, names) {
		const headers = [
			__("Item"),
			__("Qty"),
			__("Warehouse"),
			__("Requested"),
			__("Promised"),
			__("Confidence"),
		];
		const head = headers.map((label) => `<th scope="col">${label}</th>`).join("");
		const rows = answer.plan.map((line, index) => line_rows(line, index, names[index], headers));
		return `
			<table class="otp-table otp-lines">
				<caption class="sr-only">${__("Lines")}</caption>
				<thead><tr>${head}</tr></thead>
				<tbody>${rows.join("")}</tbody>
			</table>`;
	};

	function line_rows(line, index, name, headers) {
		const id = `otp-line-${index}`;
		const code = name && name !== line.item_code ? `<span class="text-muted">${escape(line.item_code)}</span>` : "";
		const cells = [
			format.qty(line.qty_required, line.uom),
			escape(line.warehouse || ""),
			format.day(line.desired_date) || "–",
			`${format.day(line.promise_date) || "–"} ${timeliness(line)}`,
			format.confidence(line.confidence, line.probability, true) || "–",
		];
		const others = cells.map((cell, at) => `<td data-label="${headers[at + 1]}"><div>${cell}</div></td>`);
		return `
			<tr class="otp-line">
				<th scope="row">
					<button type="button" class="btn btn-link otp-toggle" aria-expanded="false"
						aria-controls="${id}" data-line="${index}">
						<span class="otp-chevron" aria-hidden="true">${frappe.utils.icon("right", "xs")}</span>
						<span class="otp-item">${escape(name || line.item_code)} ${code}</span>
					</button>
				</th>
				${others.join("")}
			</tr>
			<tr class="otp-detail" id="${id}" hidden><td colspan="${headers.length}"></td></tr>`;
	}

	/** What covers a line, why its dates are what they are, and room for a picture. */
	view.detail = (answer, index) => `
		${pegs(answer.plan[index])}
		${trees(answer.plan[index])}
		<div class="otp-behind">
			<div class="otp-charts"></div>
			${reason_list(answer.reasons.filter((reason) => reason.line === index))}
		</div>`;

	function pegs(line) {
		if (!line.fulfillment.length) {
			return "";
		}
		const bundle = line.fulfillment.some((peg) => peg.item_code !== line.item_code);
		const headers = [
			__("From"),
			...(bundle ? [__("Item")] : []),
			__("Qty"),
			__("Warehouse"),
			__("Available"),
			__("Ready to Ship"),
			__("Delivery"),
			__("In Time"),
		];
		const head = headers.map((label) => `<th scope="col">${label}</th>`).join("");
		const rows = line.fulfillment.map((peg) => {
			const cells = peg_cells(peg, line, bundle);
			return `<tr>${cells
				.map((cell, at) => `<td data-label="${headers[at]}"><div>${cell}</div></td>`)
				.join("")}</tr>`;
		});
		return `
			<table class="otp-table otp-pegs">
				<caption class="sr-only">${__("What covers this line")}</caption>
				<thead><tr>${head}</tr></thead>
				<tbody>${rows.join("")}</tbody>
			</table>`;
	}

	function trees(line) {
		const made = line.fulfillment.filter((peg) => peg.tree).map((peg) => view.tree(peg.tree));
		return made.length ? `<h5>${__("What is made and bought")}</h5>${made.join("")}` : "";
	}

	function peg_cells(peg, line, bundle) {
		const uom = peg.item_code === line.item_code ? line.uom : "";
		const document = peg.document ? format.link(peg.document.doctype, peg.document.name) : "";
		const supplier = peg.supplier ? `<span class="text-muted">${escape(peg.supplier)}</span>` : "";
		return [
			`${format.source(peg.source)} ${document} ${supplier}`,
			...(bundle ? [escape(peg.item_code)] : []),
			format.qty(peg.qty, uom),
			format.way(peg.suggestion?.from_warehouse, peg.warehouse),
			format.day(peg.available_date),
			format.day(peg.ship_ready_date),
			format.day(peg.delivery_date),
			format.escape(format.percent(peg.probability)),
		];
	}

	view.reasons = function (answer) {
		const general = answer.reasons.filter((reason) => reason.line === undefined || reason.line === null);
		return general.length ? `<h5>${__("Why")}</h5>${reason_list(general)}` : "";
	};

	function reason_list(reasons) {
		const items = reasons.map((reason) => `<li>${format.sentence(reason.message)}</li>`);
		return items.length ? `<ul class="otp-reasons">${items.join("")}</ul>` : "";
	}

	/** What would make it earlier; `can(option)` says what a person may do about it here: "apply", "purchase" or "". */
	view.options = function (answer, can) {
		if (!answer.options.length) {
			return "";
		}
		const rows = answer.options.map((option, index) => option_row(option, index, can(option)));
		return `<h5>${__("What would make it earlier")}</h5><ul class="otp-options">${rows.join("")}</ul>`;
	};

	function option_row(option, index, action) {
		const gained = option.days_earlier
			? format.pill(__("{0} earlier", [format.days(option.days_earlier)]), "green")
			: "";
		return `
			<li>
				<div class="otp-option">
					<div>${format.sentence(option.description)}</div>
					<div class="text-muted">${format.sentence(capitalised(option.impact))}</div>
				</div>
				<div class="otp-option-date">${format.day(option.promise_date)} ${gained}</div>
				<div class="otp-option-action">${option_action(option, index, action)}</div>
			</li>`;
	}

	function option_action(option, index, action) {
		const labels = { apply: __("Apply"), purchase: __("Request Purchase") };
		if (labels[action]) {
			const name = escape(`${labels[action]}: ${format.plain_sentence(option.description)}`);
			return `<button type="button" class="btn btn-default btn-sm" data-option="${index}"
				data-action="${action}" aria-label="${name}">${labels[action]}</button>`;
		}
		const { doctype, document } = option.change;
		return doctype && document ? format.link(doctype, document, __("Open {0}", [document])) : "";
	}

	function capitalised(text) {
		return text ? text.charAt(0).toUpperCase() + text.slice(1) : "";
	}
})();
