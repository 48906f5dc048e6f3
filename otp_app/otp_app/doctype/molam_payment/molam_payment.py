"""A payment through Molam: what was asked for, what Molam says of it, and what was booked. Written by otp_app/payments."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.payments.lifecycle import LEGAL, LEGAL_REFUNDS, PaymentStatus, RefundStatus
from otp_app.payments.requesting import page_of


class MolamPayment(Document):
	"""Whatever writes it, a status follows only one that it may follow, and what was agreed stays."""

	@property
	def payment_url(self) -> str | None:
		"""The page on which the customer pays."""
		return page_of(self) if self.pay_token else None

	def validate(self) -> None:
		"""Legal transitions only, of the payment and of its refunds."""
		before = self.get_doc_before_save()
		if before is None:
			return
		self.refuse_illegal(PaymentStatus, LEGAL, before.status, self.status)
		rows = {row.name: row for row in before.refunds}
		for row in self.refunds:
			if row.name in rows:
				self.refuse_illegal(RefundStatus, LEGAL_REFUNDS, rows[row.name].status, row.status)
		for field in ("amount", "currency", "company", "idempotency_key", "pay_token"):
			if self.get(field) != before.get(field):
				frappe.throw(_("{0} of a payment cannot be changed.").format(_(self.meta.get_label(field))))

	def refuse_illegal(self, kind: type, legal: dict, before: str, now: str) -> None:
		"""Raises frappe.ValidationError for a step that the state machine does not have."""
		if before != now and kind(now) not in legal[kind(before)]:
			frappe.throw(_("{0} cannot become {1} from {2}.").format(self.name, _(now), _(before)))

	def on_trash(self) -> None:
		"""Money is not forgotten."""
		if self.payment_entry or self.intent_id:
			frappe.throw(_("{0} is known to Molam and cannot be deleted.").format(self.name))
