// A picture of how late a kind of supply comes: the probability that it is there by each day.
frappe.provide("otp_app.reliability");

(function () {
	const HEIGHT = 240;
	// What a chart has room for; beyond these days only a few come.
	const MOST_DAYS = 45;
	const SHOWN_BY = 0.99;

	/** Draws into `element`: `days` ascend, `reached` are the probabilities (0 to 1) of at most so many days late. */
	otp_app.reliability.draw_lateness = function (element, { days = [], reached = [] }) {
		if (!days.length) {
			return null;
		}
		const shown = axis(days, reached);
		const values = shown.map((day) => Math.round(1000 * by(day, days, reached)) / 10);
		element.setAttribute("role", "img");
		element.setAttribute("aria-label", in_words(shown, values));
		return new frappe.Chart(element, {
			title: __("There by the day after its date (%)"),
			type: "line",
			height: HEIGHT,
			animate: false,
			colors: ["#2490ef"],
			data: {
				labels: shown.map(String),
				datasets: [{ name: __("There"), values }],
				yMarkers: [{ label: "90 %", value: 90 }],
			},
			axisOptions: { xAxisMode: "tick", xIsSeries: 1 },
			lineOptions: { hideDots: 1, regionFill: 1 },
			tooltipOptions: {
				formatTooltipX: (day) => __("{0} days after its date", [day]),
				formatTooltipY: (value) => `${value} %`,
			},
		});
	};

	/** Each day from the first arrival, or the day before the date, to when nearly all have come. */
	function axis(days, reached) {
		const enough = days.find((_, index) => reached[index] >= SHOWN_BY * reached.at(-1));
		const first = Math.max(Math.min(days[0], 0) - 1, -MOST_DAYS / 3);
		const last = Math.min(Math.max(enough, 5), Math.ceil(first) + MOST_DAYS);
		const start = Math.ceil(first);
		return Array.from({ length: last - start + 1 }, (_, index) => start + index);
	}

	function by(day, days, reached) {
		const index = days.filter((known) => known <= day).length;
		return index ? reached[index - 1] : 0;
	}

	/** The same for people who do not see it. */
	function in_words(shown, values) {
		const steps = shown.map((day, index) => __("{0} % by day {1}", [values[index], day]));
		return `${__("Lateness")}: ${steps.join(", ")}`;
	}
})();
