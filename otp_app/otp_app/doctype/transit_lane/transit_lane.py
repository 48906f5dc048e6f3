"""Working days from a warehouse to a customer, a territory or a country, or of a transfer to another warehouse."""

import frappe
from frappe import _
from frappe.model.document import Document

# Not `customer`, `territory`, `country`: Frappe fills fields of these names with the site's defaults.
DESTINATIONS = ("to_customer", "to_territory", "to_country", "to_warehouse")


class TransitLane(Document):
	"""At most one destination: the most specific lane wins, and two at once would have no order."""

	def validate(self) -> None:
		"""One destination, and no second lane for the same way."""
		self.validate_destination()
		self.validate_unique()

	def validate_destination(self) -> None:
		"""Customer, territory, country or warehouse, not several; and not the warehouse that it comes from."""
		if sum(bool(self.get(field)) for field in DESTINATIONS) > 1:
			frappe.throw(
				_(
					"Give only one of To Customer, To Territory, To Country and To Warehouse; use a lane for each."
				)
			)
		if self.to_warehouse and self.to_warehouse == self.from_warehouse:
			frappe.throw(_("A lane from {0} to itself is no way: choose another.").format(self.to_warehouse))

	def validate_unique(self) -> None:
		"""No two lanes between the same ends."""
		ends = ("from_warehouse", *DESTINATIONS)
		filters = {field: self.get(field) or ("is", "not set") for field in ends}
		other = frappe.db.get_value("Transit Lane", filters | {"name": ("!=", self.name)})
		if other:
			frappe.throw(_("Transit Lane {0} is for the same way: change that one.").format(other))
