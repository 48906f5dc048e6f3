"""A protected minimum: what of an item in a warehouse is kept for some customers, by period."""

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.promises.allocating import CHARACTERISTICS, check_periods


class SupplyProtection(Document):
	"""Read by sources/site/quotas.py; what is consumed is counted from orders and holds, and kept nowhere."""

	def validate(self) -> None:
		"""For whom, from where, and when."""
		if not any(self.get(field) for field in CHARACTERISTICS):
			frappe.throw(
				_("Say for whom it is: a customer, a customer group, a territory or a sales channel.")
			)
		if frappe.db.get_value("Warehouse", self.warehouse, "is_group"):
			frappe.throw(_("Warehouse {0} is a group: choose one that holds stock.").format(self.warehouse))
		check_periods(self)
