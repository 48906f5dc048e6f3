// What is supposed and what is looked at, as an object that the page's address holds: a link shows the same again.
//
// {company, delay: [{document_type, document, due}], add: [{item_code, qty, warehouse, due}], lose: [warehouse],
//  take: {quotation} | {sales_order} | {items, customer, desired_date}, strategy, only: [kind], customer}
frappe.provide("otp_app.what_if");

(function () {
	const what_if = otp_app.what_if;
	const is_text = (value) => typeof value === "string" && value !== "";
	const is_day = (value) => is_text(value) && /^\d{4}-\d\d-\d\d$/.test(value) && !isNaN(Date.parse(value));
	const is_item = (line) => is_text(line?.item_code) && flt(line.qty) > 0;
	// What an entry of each list must have.
	const CHECKS = {
		delay: (change) => is_text(change?.document) && is_day(change.due),
		add: (change) => is_item(change) && is_text(change.warehouse) && (!change.due || is_day(change.due)),
		lose: is_text,
	};
	const LISTS = Object.keys(CHECKS);

	/** What is shown unless somebody chooses otherwise. */
	what_if.CHANGED = ["worse", "lost", "improved"];

	/** The state in a text or object of unknown origin; what is no part of it is left out. */
	what_if.read_state = function (given) {
		let found = given;
		if (typeof given === "string") {
			try {
				found = JSON.parse(given);
			} catch {
				found = null;
			}
		}
		const state = { ...(found && typeof found === "object" ? found : {}) };
		LISTS.forEach((name) => {
			state[name] = Array.isArray(state[name]) ? state[name].filter(CHECKS[name]) : [];
		});
		state.take = is_order(state.take) ? state.take : null;
		state.only = Array.isArray(state.only) && state.only.length ? state.only : what_if.CHANGED;
		state.company = state.company || frappe.defaults.get_user_default("Company") || null;
		["strategy", "customer"].forEach((name) => (state[name] = state[name] || null));
		return state;
	};

	/** Whether that can be an order to take. */
	const is_order = (take) =>
		is_text(take?.quotation) ||
		is_text(take?.sales_order) ||
		(Array.isArray(take?.items) && take.items.every(is_item) && (!take.desired_date || is_day(take.desired_date)));

	what_if.is_empty = (state) => !state.take && LISTS.every((name) => !state[name].length);

	/** The page's address with a state; what is usual is left out, so that it stays short. */
	what_if.address_of = function (state) {
		const kept = Object.entries(state).filter(
			([name, value]) =>
				value && !(Array.isArray(value) && !value.length) && !(name === "only" && is_usual(value))
		);
		const text = encodeURIComponent(JSON.stringify(Object.fromEntries(kept)));
		return `/app/${what_if.ROUTE}?suppose=${text}`;
	};

	const is_usual = (only) => String([...only].sort()) === String([...what_if.CHANGED].sort());

	/** The arguments of the call. */
	what_if.arguments_of = function (state) {
		const { company, take, only, customer } = state;
		return {
			company,
			take,
			only,
			customer,
			...Object.fromEntries(LISTS.filter((name) => state[name].length).map((name) => [name, state[name]])),
			...(state.strategy && { rules: { segments: [{ strategy: state.strategy }] } }),
		};
	};
})();
