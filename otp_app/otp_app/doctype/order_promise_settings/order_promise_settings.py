"""How a site promises: defaults, and rules for warehouses and items."""

from datetime import time
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from otp_app.promises.watching.webhook import problem_of

SECRET_LENGTH = 16
MAX_RULE_DAYS = 365


class OrderPromiseSettings(Document):
	"""Read by sources/site/world.py into the engine's Settings."""

	def validate(self) -> None:
		"""Every rule names what it is for, and says something that can be used."""
		self.validate_time(self)
		self.validate_thresholds()
		for row in self.warehouse_rules:
			self.validate_target(row, "warehouse", "warehouse_type")
			self.validate_days(row, "processing_days", "inbound_days")
			self.validate_time(row)
			self.validate_timezone(row)
		for row in self.item_rules:
			self.validate_target(row, "item_code", "item_group")
			self.validate_days(row, "processing_days")
		self.validate_once()
		for row in self.digest_recipients:
			self.validate_target(row, "user", "role")
		self.validate_webhook()

	def validate_thresholds(self) -> None:
		"""Both are probabilities, and high is not below medium; an empty one is its default."""
		high, medium = flt(self.high_from), flt(self.medium_from)
		if high > 100 or medium > 100:
			frappe.throw(_("High From and Medium From are percentages: give numbers up to 100."))
		if high and medium and high < medium:
			frappe.throw(_("High From {0} % is below Medium From {1} %: raise it.").format(high, medium))

	def validate_target(self, row: Document, *fields: str) -> None:
		"""Exactly one of `fields`."""
		if sum(bool(row.get(field)) for field in fields) != 1:
			labels = [_(row.meta.get_label(field)) for field in fields]
			frappe.throw(_("Row {0}: give either {1} or {2}.").format(row.idx, *labels))

	def validate_days(self, row: Document, *fields: str) -> None:
		"""Days are whole numbers or empty; empty is not zero, which is why they are not Int fields."""
		for field in fields:
			text = str(row.get(field) or "").strip()
			if text and not (text.isdecimal() and int(text) <= MAX_RULE_DAYS):
				label = _(row.meta.get_label(field))
				frappe.throw(
					_("Row {0}: {1} must be a number of days from 0 to {2}, or empty.").format(
						row.idx, label, MAX_RULE_DAYS
					)
				)

	def validate_time(self, row: Document) -> None:
		"""HH:MM or empty. Not a Time field: Frappe fills those with the present time in every new row."""
		if not row.cutoff_time:
			return
		try:
			row.cutoff_time = time.fromisoformat(row.cutoff_time.strip().zfill(5)).strftime("%H:%M")
		except ValueError:
			frappe.throw(_("Cutoff Time {0} is no time: write it as 14:00.").format(row.cutoff_time))

	def validate_timezone(self, row: Document) -> None:
		"""A name that the time zone database knows."""
		if not row.timezone:
			return
		try:
			ZoneInfo(row.timezone)
		except (OSError, ValueError, KeyError):
			frappe.throw(
				_("Row {0}: {1} is no time zone; use a name such as Europe/Paris.").format(
					row.idx, row.timezone
				)
			)

	def validate_once(self) -> None:
		"""One rule for each warehouse, type, item and group."""
		seen: set[tuple[str, str]] = set()
		for row in (*self.warehouse_rules, *self.item_rules):
			for field in ("warehouse", "warehouse_type", "item_code", "item_group"):
				if value := row.get(field):
					if (field, value) in seen:
						frappe.throw(_("There are two rules for {0}: keep one.").format(value))
					seen.add((field, value))

	def validate_webhook(self) -> None:
		"""An address that may be sent to, and a secret that is hard to guess."""
		if not self.webhook_url:
			return
		self.webhook_url = self.webhook_url.strip()
		if problem := problem_of(self.webhook_url):
			frappe.throw(problem)
		secret = self.get_password("webhook_secret", raise_exception=False) or ""
		if len(secret) < SECRET_LENGTH:
			frappe.throw(
				_("Webhook Secret is too short: give it {0} characters or more.").format(SECRET_LENGTH)
			)
