// What is made and bought for a promise, level by level: the browser itself folds and unfolds it.
frappe.provide("otp_app.answer");

(function () {
	const format = otp_app.format;
	const { escape } = format;
	// A level below the critical path is folded; a small tree is not.
	const SMALL = 12;

	/** The tree of a peg (docs/api.md). */
	otp_app.answer.tree = function (node) {
		const small = count(node) <= SMALL;
		return `<ul class="otp-tree">${branch(node, small)}</ul>`;
	};

	const count = (node) => node.children.reduce((sum, child) => sum + count(child), 1);

	function branch(node, open) {
		const marked = node.critical ? "otp-critical" : "";
		if (!node.children.length) {
			return `<li class="${marked}"><div class="otp-node">${row(node)}</div>${behind(node)}</li>`;
		}
		const children = node.children.map((child) => branch(child, open)).join("");
		return `
			<li class="${marked}">
				<details ${open || node.critical ? "open" : ""}>
					<summary class="otp-node">${row(node)}</summary>
					${behind(node)}
					<ul>${children}</ul>
				</details>
			</li>`;
	}

	function row(node) {
		const critical = node.critical ? format.pill(__("Sets the date"), "orange") : "";
		const date = node.available_date ? format.day(node.available_date) : format.pill(__("Never"), "red");
		return `
			<span class="otp-node-item">
				<strong>${format.qty(node.qty, node.uom)}</strong> ${escape(node.item_code)} ${instead(node)}
				<span class="text-muted">${origin(node)} ${escape(node.warehouse)}</span>
			</span>
			<span class="otp-node-date">${critical} ${date}</span>`;
	}

	function instead(node) {
		const text = node.instead_of ? __("instead of {0}", [escape(node.instead_of)]) : "";
		return text ? `<span class="text-muted">${text}</span>` : "";
	}

	/** How it comes about, with the document that brings it. */
	function origin(node) {
		const labels = {
			stock: __("in stock"),
			document: __("on its way"),
			make: __("to be made"),
			subcontract: __("to be subcontracted"),
			buy: __("to be bought"),
			always: __("always available"),
			missing: __("missing"),
		};
		const { document } = node;
		const link = document ? `: ${__(document.doctype)} ${format.link(document.doctype, document.name)}` : "";
		return `${labels[node.how] || escape(node.how)}${link},`;
	}

	/** What delays it, how much is begun where that is more, and the work on it. */
	function behind(node) {
		const begun =
			node.order_qty && node.order_qty !== node.qty
				? `<div>${__("{0} have to be begun or ordered.", [format.qty(node.order_qty, node.uom)])}</div>`
				: "";
		const delay = node.constraint ? `<div>${format.sentence(node.constraint.message)}</div>` : "";
		const work = node.operations.map((operation) => `<div>${work_on(operation)}</div>`).join("");
		return begun || delay || work ? `<div class="otp-behind-node text-muted">${delay}${begun}${work}</div>` : "";
	}

	function work_on({ operation, workstation, minutes, start_date, end_date }) {
		const place = workstation ? `, ${escape(workstation)}` : "";
		const time = __("{0} min", [format.number(minutes)]);
		const days =
			start_date === end_date ? format.day(start_date) : `${format.day(start_date)} – ${format.day(end_date)}`;
		return `${escape(operation)}${place}: ${time}, ${days}`;
	}
})();
