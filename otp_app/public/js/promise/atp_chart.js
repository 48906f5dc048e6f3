// A picture of the ATP of an item in a warehouse over time, with what this order takes of it.
frappe.provide("otp_app");

(function () {
	const MOST_POINTS = 45;
	const HEIGHT = 220;
	// What Frappe's charting leaves beside the axis, and how it counts the room of a label (in pixels).
	const BESIDE = 80;
	const LABEL_SHARE = 0.6;
	const LETTER = 7;
	const LONGEST_LABEL = 6;
	const format = otp_app.format;

	/**
	 * Draws into `element`.
	 *
	 * `atp` is a step function [{date, atp}], the first entry is today; `pegs` are those of this order for the
	 * item and warehouse; quantities in stock UOM (`uom`).
	 */
	otp_app.draw_atp = function (element, { item_code, warehouse, uom, atp, pegs }) {
		const days = axis(atp, pegs, element.clientWidth - BESIDE);
		const levels = days.map((day) => level_at(atp, day.last));
		const taken = days.map((day) => taken_in(pegs, day));
		const labels = days.map((day) => format.short_day(day.first));
		const titles = Object.fromEntries(
			days.map((day, index) => [labels[index], frappe.datetime.str_to_user(day.first)])
		);
		element.setAttribute("role", "img");
		element.setAttribute("aria-label", in_words(item_code, warehouse, uom, atp));
		return new frappe.Chart(element, {
			type: "axis-mixed",
			height: HEIGHT,
			animate: false,
			colors: [color("--blue-500", "#2490ef"), color("--green-500", "#38a160")],
			data: {
				labels,
				datasets: [
					// Frappe's charting places bars by their index among all series: the bars come first.
					{ name: __("This Order"), chartType: "bar", values: taken },
					{ name: __("ATP"), chartType: "line", values: levels },
				],
			},
			axisOptions: { xAxisMode: "tick", yAxisMode: "span", xIsSeries: 1, shortenYAxisNumbers: 1 },
			lineOptions: { hideDots: 1, regionFill: 1 },
			barOptions: { spaceRatio: 0.3 },
			tooltipOptions: {
				formatTooltipX: (label) => titles[label] || label,
				formatTooltipY: (value) => format.qty(value, uom),
			},
		});
	};

	/** Days, or spans of as many days as fit, from today to a little after the last thing that happens. */
	function axis(atp, pegs, width) {
		const dates = [...atp.map((step) => step.date), ...pegs.map((peg) => peg.available_date)].sort();
		const first = atp.length ? atp[0].date : dates[0] || frappe.datetime.get_today();
		const length = Math.max(frappe.datetime.get_diff(dates.at(-1) || first, first) + 1, 6);
		const shown = Math.ceil(length * 1.15) + 1;
		const span = Math.ceil(shown / MOST_POINTS);
		return Array.from({ length: well_labelled(Math.ceil(shown / span), width) }, (_, index) => ({
			first: frappe.datetime.add_days(first, index * span),
			last: frappe.datetime.add_days(first, (index + 1) * span - 1),
		}));
	}

	/** That many points or a few more: the charting always labels the last one, which must not touch its neighbour. */
	function well_labelled(count, width) {
		const every = (points) => Math.ceil((LONGEST_LABEL * LETTER * points) / (LABEL_SHARE * width));
		let points = count;
		while (points < count + MOST_POINTS && (points - 1) % every(points)) {
			points += 1;
		}
		return points;
	}

	function level_at(atp, date) {
		const reached = atp.filter((step) => step.date <= date);
		return reached.length ? reached.at(-1).atp : 0;
	}

	function taken_in(pegs, day) {
		return pegs
			.filter((peg) => peg.available_date >= day.first && peg.available_date <= day.last)
			.reduce((sum, peg) => sum + peg.qty, 0);
	}

	/** The same for people who do not see it. */
	function in_words(item_code, warehouse, uom, atp) {
		const steps = atp.map((step) =>
			__("{0} from {1}", [format.plain_qty(step.atp, uom), frappe.datetime.str_to_user(step.date)])
		);
		const title = __("ATP of {0} in {1}", [item_code, warehouse]);
		return `${title}: ${steps.join(", ") || __("none")}`;
	}

	/** Frappe's charting wants colours by value, not by variable. */
	function color(variable, fallback) {
		const value = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
		return /^#[0-9a-f]{6}$/i.test(value) ? value : fallback;
	}
})();
