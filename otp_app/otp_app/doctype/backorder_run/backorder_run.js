// A backorder run: its verbs as buttons, how far it is, and what it comes to.
(function () {
	const EVENT = "otp_backorder_progress";
	const BUSY = ["Queued", "Simulating", "Applying", "Undoing"];
	const CHANGES = ["Improved", "Unchanged", "Worse", "Lost"];
	const COLORS = { Improved: "green", Unchanged: "gray", Worse: "orange", Lost: "red" };

	frappe.ui.form.on("Backorder Run", {
		setup(frm) {
			frappe.realtime.on(EVENT, (told) => {
				if (told.run === frm.doc.name && BUSY.includes(frm.doc.status)) {
					show_progress(frm, told.progress);
				}
			});
		},

		refresh(frm) {
			frm.fields_dict.comparison.$wrapper.empty();
			if (frm.is_new()) {
				return;
			}
			buttons(frm);
			if (BUSY.includes(frm.doc.status)) {
				show_progress(frm, frm.doc.progress || 0);
			}
			if (frm.doc.status === "Failed") {
				frm.dashboard.set_headline(
					frappe.utils.escape_html(frm.doc.message || __("A job failed: see the Error Log.")),
					"red"
				);
			}
			show_comparison(frm);
		},
	});

	function buttons(frm) {
		const { status, phase } = frm.doc;
		const verb = (label, name, question) =>
			frm.add_custom_button(label, () => ask(question, () => call(frm, name)));
		const failed_to_simulate = status === "Failed" && phase === "Simulate";
		if (["Draft", "Simulated"].includes(status) || failed_to_simulate) {
			verb(__("Simulate"), "simulate");
		}
		if (status === "Simulated" && frm.doc.to_apply) {
			verb(__("Apply"), "apply", __("Write the new dates of {0} lines into their Sales Orders?", [frm.doc.to_apply]));
		}
		if (status === "Applied" && frm.doc.applied) {
			verb(__("Undo"), "undo", __("Put the old dates of {0} lines back, where they still hold?", [frm.doc.applied]));
		}
		if (BUSY.includes(status) || status === "Failed") {
			verb(__("Resume"), "resume");
		}
		if (frm.doc.simulated_on) {
			frm.add_custom_button(__("Compare"), () =>
				frappe.set_route("query-report", "Backorder Comparison", { run: frm.doc.name })
			);
			frm.add_custom_button(__("Lines"), () =>
				frappe.set_route("List", "Backorder Run Line", { run: frm.doc.name })
			);
		}
	}

	function ask(question, then) {
		return question ? frappe.confirm(question, then) : then();
	}

	async function call(frm, verb) {
		await otp_app.load_calls();
		try {
			if (frm.is_dirty()) {
				await frm.save();
			}
			const answer = await otp_app.call(`otp_app.api.backorder.${verb}`, { run: frm.doc.name });
			if (verb === "resume") {
				resumed(answer.resumed);
			}
		} catch (error) {
			otp_app.tell(error);
		}
		frm.reload_doc();
	}

	function resumed(jobs) {
		frappe.show_alert(
			jobs
				? { message: __("{0} jobs go on.", [jobs]), indicator: "blue" }
				: { message: __("All its jobs are alive, or wait for a worker."), indicator: "green" }
		);
	}

	function show_progress(frm, percent) {
		frm.dashboard.show_progress(__(frm.doc.status), percent, __("{0} %", [percent]));
	}

	/** By change, by segment, and by customer. */
	function show_comparison(frm) {
		const found = frm.doc.__onload?.comparison;
		if (!found) {
			return;
		}
		const parts = [
			change_table(found.changes, found.currency),
			table(__("Segment"), found.segments, __("(in no segment)")),
			table(__("Customer"), found.customers, __("(no customer)")),
		];
		if (found.more_customers) {
			parts.push(`<p class="text-muted">${__("And {0} more customers: see Compare.", [found.more_customers])}</p>`);
		}
		frm.fields_dict.comparison.$wrapper.html(parts.join(""));
	}

	function change_table(rows, currency) {
		const shown = Object.fromEntries(rows.map((row) => [row.name, row]));
		const cells = CHANGES.map((change) => {
			const row = shown[change] || { lines: 0, value: 0 };
			return `<div class="col-sm-3"><span class="indicator-pill ${COLORS[change]} no-indicator-dot">${__(change)}</span>
				<div style="font-size: var(--text-2xl, 20px); font-weight: 600">${row.lines}</div>
				<div class="text-muted">${format_currency(row.value, currency, 0)}</div></div>`;
		});
		return `<div class="row mb-4">${cells.join("")}</div>`;
	}

	function table(title, rows, nameless) {
		const heads = CHANGES.map((change) => `<th class="text-right">${__(change)}</th>`).join("");
		const lines = rows.map((row) => {
			const counts = CHANGES.map(
				(change) => `<td class="text-right">${row[change.toLowerCase()] || "–"}</td>`
			).join("");
			return `<tr><td>${frappe.utils.escape_html(row.name || nameless)}</td>${counts}
				<td class="text-right">${row.late || "–"}</td><td class="text-right">${row.exceptions || "–"}</td></tr>`;
		});
		return `<table class="table table-sm table-bordered"><thead><tr><th>${title}</th>${heads}
			<th class="text-right">${__("Late")}</th><th class="text-right">${__("Exceptions")}</th></tr></thead>
			<tbody>${lines.join("")}</tbody></table>`;
	}
})();
