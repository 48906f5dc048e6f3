// Request Purchase: what has to be bought for an order, and the draft that asks for it.
frappe.provide("otp_app");

(function () {
	const { format } = otp_app;
	const METHOD = "otp_app.api.procurement.procurement_suggest";
	const DRAFTS = ["Material Request", "Purchase Order"];

	otp_app.request_purchase = async function (frm) {
		const reference = otp_app.reference_of(frm.doc);
		const request_ids = Object.fromEntries(DRAFTS.map((doctype) => [doctype, otp_app.new_request_id()]));
		const dialog = new frappe.ui.Dialog({
			title: __("Request Purchase for {0}", [format.escape(frm.doc.name)]),
			size: "extra-large",
			fields: [
				{ fieldtype: "HTML", fieldname: "notice" },
				{ fieldtype: "HTML", fieldname: "suggestions" },
			],
		});
		otp_app.complete_dialog(dialog);
		const $notice = dialog.fields_dict.notice.$wrapper.addClass("otp-promise");
		const $body = dialog.fields_dict.suggestions.$wrapper.addClass("otp-promise");
		$body.attr("aria-live", "polite").html(`<p class="text-muted">${__("Looking for what is missing ...")}</p>`);
		dialog.show();
		try {
			const { suggestions, already_requested } = await otp_app.call(METHOD, reference);
			$body.html((suggestions.length ? table(suggestions) : nothing()) + requested(already_requested));
			suggestions.length && offer_drafts(dialog, (doctype) => create(doctype));
		} catch (error) {
			$body.empty();
			otp_app.tell(error, $notice);
		}

		async function create(doctype) {
			const $buttons = dialog.footer.find(".btn").prop("disabled", true);
			$notice.empty();
			try {
				const { created } = await otp_app.call(
					METHOD,
					{ ...reference, create: doctype },
					{ request_id: request_ids[doctype] }
				);
				dialog.footer.addClass("hide");
				$body.html(made(created));
			} catch (error) {
				otp_app.tell(error, $notice);
			} finally {
				$buttons.prop("disabled", false);
			}
		}
	};

	/** A button for each kind of draft that the person may make. */
	function offer_drafts(dialog, create) {
		const may = DRAFTS.filter((doctype) => frappe.model.can_create(doctype));
		const labels = {
			"Material Request": __("Create Material Request"),
			"Purchase Order": __("Create Purchase Order"),
		};
		const [first, second] = may;
		first && dialog.set_primary_action(labels[first], () => create(first));
		if (second) {
			dialog.set_secondary_action_label(labels[second]);
			dialog.set_secondary_action(() => create(second));
		}
	}

	const nothing = () => `<p>${__("Nothing more has to be bought: all is in stock, on its way or asked for.")}</p>`;

	function table(suggestions) {
		const headers = [__("Item"), __("Qty"), __("Warehouse"), __("Needed By"), __("Supplier"), __("Why")];
		const head = headers.map((label) => `<th scope="col">${label}</th>`).join("");
		const rows = suggestions.map((row) => {
			const cells = [
				format.escape(row.item_name || row.item_code),
				format.qty(row.qty, row.uom),
				format.way(row.from_warehouse, row.warehouse),
				format.day(row.schedule_date),
				format.escape(row.supplier || "–"),
				format.sentence(row.reason || ""),
			];
			return `<tr>${cells
				.map((cell, at) => `<td data-label="${headers[at]}"><div>${cell}</div></td>`)
				.join("")}</tr>`;
		});
		return `
			<table class="otp-table otp-suggestions">
				<caption class="sr-only">${__("What has to be bought")}</caption>
				<thead><tr>${head}</tr></thead>
				<tbody>${rows.join("")}</tbody>
			</table>`;
	}

	const made = (created) => links(__("Made as drafts; submit them when they are right:"), created);

	const requested = (documents) =>
		documents?.length ? links(__("Asked for already on behalf of this document:"), documents) : "";

	function links(title, documents) {
		const items = documents.map(
			({ doctype, name }) => `<li>${__(doctype)} ${format.link(doctype, name)}</li>`
		);
		return `<p class="mt-3">${title}</p><ul class="otp-reasons">${items.join("")}</ul>`;
	}
})();
