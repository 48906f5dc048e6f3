"""How a company takes payments through Molam: keys, accounts, and what a payment does to an order."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_url

from otp_app.molam_sdk import ConfigurationError, check_key_format
from otp_app.payments import gateway
from otp_app.payments.connection import address_of, forget_companies


class MolamSettings(Document):
	"""One a company. Also what the app `payments` asks for an address to pay at (otp_app/payments/gateway.py)."""

	@property
	def webhook_url(self) -> str:
		"""Where Molam is to send the events of this company."""
		return get_url(f"/otp/molam/webhook?company={quote(self.company or '')}")

	def validate(self) -> None:
		"""What is enabled can be used."""
		self.validate_address()
		self.validate_key_is_for_the_address()
		self.validate_accounts()
		if self.enabled:
			self.validate_key()
		kids = [row.kid for row in self.webhook_secrets]
		if len(set(kids)) != len(kids):
			frappe.throw(_("Webhook Secrets: two rows have the same Key ID."))

	def validate_key(self) -> None:
		"""The key has Molam's form."""
		key = self.api_key or ""
		if key and key.strip("*") == "":
			key = self.get_password("api_key")
		try:
			check_key_format(key)
		except ConfigurationError as error:
			frappe.throw(_("API Key: {0}").format(error))

	def validate_key_is_for_the_address(self) -> None:
		"""Whoever changes where calls go enters the key anew: it is not sent to another address than it was entered for."""
		before = self.get_doc_before_save()
		unchanged = (self.api_key or "").strip("*") == ""
		if before and before.api_key and unchanged and address_of(before) != address_of(self):
			frappe.throw(_("API Key: enter it again, for calls go to {0} now.").format(address_of(self)))

	def validate_address(self) -> None:
		"""A sandbox of one's own has an address that can be called."""
		if self.environment == "Sandbox" and self.base_url:
			parts = urlsplit(self.base_url)
			if parts.scheme not in ("http", "https") or not parts.netloc:
				frappe.throw(_("Sandbox Address: begin it with http:// or https://."))

	def validate_accounts(self) -> None:
		"""Accounts are the company's own, and one stands for each currency."""
		own = frappe.get_cached_value("Company", self.company, "default_currency")
		seen: set[str] = set()
		if self.payment_account:
			found = self.account(self.payment_account)
			if found.account_currency != own:
				frappe.throw(
					_("Account for Payments: choose one in {0}; others belong in the table.").format(own)
				)
		for row in self.currency_accounts:
			row.currency = self.account(row.account).account_currency
			if row.currency in seen or row.currency == own:
				frappe.throw(_("Row {0}: there is another account in {1}.").format(row.idx, row.currency))
			seen.add(row.currency)

	def account(self, name: str) -> frappe._dict:
		"""An account of this company that can be booked in."""
		fields = ["company", "is_group", "account_currency", "account_type"]
		found = frappe.get_cached_value("Account", name, fields, as_dict=True)
		if found.company != self.company or found.is_group or found.account_type not in ("Bank", "Cash"):
			frappe.throw(_("{0} is no bank or cash account of {1}.").format(name, self.company))
		return found

	def on_update(self) -> None:
		"""Everybody sees the change at once."""
		forget_companies()
		if self.enabled:
			gateway.register(self)

	def on_trash(self) -> None:
		"""A company's payments are not orphaned."""
		if frappe.db.exists("Molam Payment", {"company": self.company}):
			frappe.throw(
				_("{0} has payments through Molam: disable its settings instead.").format(self.company)
			)
		gateway.unregister(self)

	def after_delete(self) -> None:
		"""Everybody sees the change at once."""
		forget_companies()

	def validate_transaction_currency(self, currency: str) -> None:
		"""Called by the app `payments`: Molam takes any currency."""

	def get_payment_url(self, **details: object) -> str:
		"""Called by ERPNext when a Payment Request with Molam as its gateway is submitted."""
		return gateway.payment_url(self, frappe._dict(details))
