// Make It So: what has to be made and bought for an order, and the drafts for all of it.
frappe.provide("otp_app");

(function () {
	const { format } = otp_app;
	const METHOD = "otp_app.api.making.make_it_so";

	otp_app.make_it_so = async function (frm) {
		const asked = { sales_order: frm.doc.name };
		const dialog = new frappe.ui.Dialog({
			title: __("Make It So: {0}", [format.escape(frm.doc.name)]),
			size: "extra-large",
			fields: [
				{ fieldtype: "HTML", fieldname: "notice" },
				{ fieldtype: "HTML", fieldname: "plan" },
			],
		});
		otp_app.complete_dialog(dialog);
		const $notice = dialog.fields_dict.notice.$wrapper.addClass("otp-promise");
		const $body = dialog.fields_dict.plan.$wrapper.addClass("otp-promise");
		$body.attr("aria-live", "polite").html(`<p class="text-muted">${__("Looking for what has to be made ...")}</p>`);
		dialog.show();
		try {
			const plan = await otp_app.call(METHOD, asked);
			$body.html(view(plan));
			if (plan.steps.length) {
				dialog.set_primary_action(__("Create Drafts"), () => create(plan.promise.promise_date));
			}
		} catch (error) {
			$body.empty();
			otp_app.tell(error, $notice);
		}

		async function create(expected_date) {
			const $button = dialog.get_primary_btn().prop("disabled", true);
			$notice.empty();
			try {
				const { created } = await otp_app.call(METHOD, { ...asked, expected_date, create: 1 });
				dialog.footer.addClass("hide");
				$body.html(links(__("Made as drafts; submit them when they are right:"), created));
			} catch (error) {
				otp_app.tell(error, $notice);
			} finally {
				$button.prop("disabled", false);
			}
		}
	};

	function view({ steps, promise, agreed_date, already_made }) {
		const trees = promise.plan.flatMap((line) => line.fulfillment.filter((peg) => peg.tree));
		return [
			headline(promise, agreed_date),
			steps.length ? table(steps) : `<p>${__("Nothing more has to be made or bought for this order.")}</p>`,
			links(__("Made for this order already:"), already_made),
			trees.length ? `<h5>${__("Why")}</h5>${trees.map((peg) => otp_app.answer.tree(peg.tree)).join("")}` : "",
		].join("");
	}

	/** The date that it has now, beside the one that was agreed. */
	function headline({ promise_date, blockers }, agreed_date) {
		const missing = blockers.map((blocker) => `<li>${format.sentence(blocker.message)}</li>`).join("");
		const late = promise_date && agreed_date && promise_date > agreed_date;
		const told = promise_date
			? __("As of now the order can be delivered on {0}; agreed is {1}.", [
					format.day(promise_date),
					format.day(agreed_date),
			  ])
			: __("As of now the order cannot be delivered completely.");
		return `
			<div class="otp-headline">
				<div class="${late || !promise_date ? "otp-notice" : ""}">${told}</div>
				${missing ? `<ul class="otp-blockers">${missing}</ul>` : ""}
			</div>`;
	}

	function table(steps) {
		const headers = [__("Draft"), __("Item"), __("Qty"), __("Warehouse"), __("Start"), __("Needed By"), __("Supplier")];
		const head = headers.map((label) => `<th scope="col">${label}</th>`).join("");
		const rows = steps.map((step) => {
			const cells = [
				__(step.doctype),
				format.escape(step.item_code),
				format.qty(step.qty, step.uom),
				format.escape(step.warehouse),
				format.day(step.start_date),
				format.day(step.required_by),
				format.escape(step.supplier || "–"),
			];
			return `<tr>${cells
				.map((cell, at) => `<td data-label="${headers[at]}"><div>${cell}</div></td>`)
				.join("")}</tr>`;
		});
		return `
			<table class="otp-table otp-suggestions">
				<caption class="sr-only">${__("What has to be made and bought")}</caption>
				<thead><tr>${head}</tr></thead>
				<tbody>${rows.join("")}</tbody>
			</table>`;
	}

	function links(title, documents) {
		const items = documents.map(
			({ doctype, name }) => `<li>${__(doctype)} ${format.link(doctype, name)}</li>`
		);
		return items.length ? `<p class="mt-3">${title}</p><ul class="otp-reasons">${items.join("")}</ul>` : "";
	}
})();
