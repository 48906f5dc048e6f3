"""A quota: the most of an item, or of the items of a group, that some customers get in each period."""

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.promises.allocating import check_periods, narrower_in


class ProductAllocation(Document):
	"""Read by sources/site/quotas.py; what is consumed is counted from orders and holds, and kept nowhere."""

	def validate(self) -> None:
		"""What it is for, its periods, and its place among other quotas."""
		self.validate_item()
		check_periods(self)
		self.validate_parent()
		self.validate_children()

	def validate_item(self) -> None:
		"""An item or a group, not both."""
		if bool(self.item_code) == bool(self.item_group):
			frappe.throw(_("Give either an Item or an Item Group."))

	def validate_parent(self) -> None:
		"""Above it is something wider, and never itself."""
		if not self.parent_quota:
			return
		above, name = [self.name], self.parent_quota
		while name:
			if name in above:
				frappe.throw(
					_("Parent Quota {0} is below this one: choose another.").format(self.parent_quota)
				)
			above.append(name)
			name = frappe.db.get_value("Product Allocation", name, "parent_quota")
		parent = frappe.get_doc("Product Allocation", self.parent_quota)
		if field := narrower_in(parent, self):
			frappe.throw(
				_("Parent Quota {0} is not for all that this one is for: look at {1}.").format(
					self.parent_quota, _(self.meta.get_label(field))
				)
			)

	def validate_children(self) -> None:
		"""It stays wider than the quotas below it."""
		for name in frappe.get_all("Product Allocation", {"parent_quota": self.name}, pluck="name"):
			if field := narrower_in(self, frappe.get_doc("Product Allocation", name)):
				frappe.throw(
					_(
						"Product Allocation {0} is a share of this one, and would not be any more: look at {1}."
					).format(name, _(self.meta.get_label(field)))
				)
