"""The page on which a customer pays: it leads on to Molam's page, or says how the payment stands."""

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.payments import exchange
from otp_app.payments.due import PAYMENT
from otp_app.payments.lifecycle import OPEN, RECEIVED, PaymentStatus
from otp_app.payments.money import exact, written

no_cache = 1
sitemap = 0


def get_context(context: frappe._dict) -> None:
	"""Whoever has the token may pay; it tells no more than the amount and what it is for."""
	token = frappe.form_dict.get("token")
	name = frappe.db.get_value(PAYMENT, {"pay_token": token}) if token and isinstance(token, str) else None
	if not name:
		raise frappe.PageDoesNotExistError(_("There is no such payment."))
	payment = exchange.refresh(name)
	can_pay = payment.status == PaymentStatus.PENDING.value and not payment.in_doubt
	if can_pay and payment.redirect_url and not exchange.is_over(payment):
		frappe.local.flags.redirect_location = payment.redirect_url
		raise frappe.Redirect(302)
	context.title = _("Payment")
	context.heading, context.text, context.again = _words(payment)
	context.amount = written(exact(payment.amount, payment.currency), payment.currency)
	context.description = payment.description
	context.company = payment.company


def _words(payment: Document) -> tuple[str, str, bool]:
	"""Heading, what to do, and whether trying again makes sense."""
	status = PaymentStatus(payment.status)
	if status in RECEIVED:
		return _("Thank you"), _("We have received your payment."), False
	if status is PaymentStatus.PROCESSING:
		return _("Your payment is being processed"), _("You need not do anything."), False
	if status is PaymentStatus.PENDING and payment.in_doubt:
		# Also who comes back from Molam's page, where they have paid, gets here.
		return (
			_("We cannot see your payment at the moment"),
			_("If you have paid, you need not do anything. If not, please try again in a few minutes."),
			True,
		)
	if status in OPEN:
		return (
			_("Payments cannot be taken at the moment"),
			_("Nothing was charged. Please try again in a few minutes."),
			True,
		)
	return (
		_("This payment is not open any more"),
		_("Nothing was charged. Please ask us for a new one."),
		False,
	)
