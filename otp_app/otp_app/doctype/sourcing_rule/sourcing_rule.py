"""Where lines come from: for an item, a customer or a company, the sources that may deliver, in order of preference."""

import frappe
from frappe import _
from frappe.model.document import Document

MAX_DAYS = 365
ITEMS = ("for_item", "for_item_group")
CUSTOMERS = ("for_customer", "for_customer_group", "for_territory")
# What each kind of source needs, and what it may have besides its priority.
NEEDED = {"Warehouse": "warehouse", "Transfer": "warehouse", "Drop Ship": "supplier"}
USED = {
	"Warehouse": ("warehouse",),
	"Transfer": ("warehouse", "into_warehouse", "days"),
	"Drop Ship": ("supplier", "days"),
}


class SourcingRule(Document):
	"""Read by sources/site/world.py into the engine's SourcingRule (docs/sourcing.md)."""

	def validate(self) -> None:
		"""One item and one customer at most, no second rule for the same, and sources that can be used."""
		self.validate_one_of(*ITEMS)
		self.validate_one_of(*CUSTOMERS)
		self.validate_unique()
		for row in self.sources:
			self.validate_source(row)
		self.validate_once()

	def validate_one_of(self, *fields: str) -> None:
		"""The most specific rule wins, and two criteria of one kind would have no order."""
		if sum(bool(self.get(field)) for field in fields) > 1:
			labels = ", ".join(_(self.meta.get_label(field)) for field in fields)
			frappe.throw(_("Give only one of {0}; use a rule for each.").format(labels))

	def validate_unique(self) -> None:
		"""No two rules in use for the same lines."""
		if self.disabled:
			return
		filters = {
			field: self.get(field) or ("is", "not set") for field in (*ITEMS, *CUSTOMERS, "for_company")
		}
		other = frappe.db.get_value("Sourcing Rule", filters | {"disabled": 0, "name": ("!=", self.name)})
		if other:
			frappe.throw(_("Sourcing Rule {0} is for the same lines: change that one.").format(other))

	def validate_source(self, row: Document) -> None:
		"""What its kind needs is there; what its kind has no use for is taken out."""
		needed = NEEDED[row.source_type]
		if not row.get(needed):
			frappe.throw(_("Row {0}: give a {1}.").format(row.idx, _(row.meta.get_label(needed))))
		for field in {"warehouse", "into_warehouse", "supplier", "days"} - set(USED[row.source_type]):
			row.set(field, None)
		if row.into_warehouse and row.into_warehouse == row.warehouse:
			frappe.throw(_("Row {0}: {1} cannot send to itself.").format(row.idx, row.warehouse))
		self.validate_days(row)
		self.validate_companies(row)

	def validate_days(self, row: Document) -> None:
		"""A whole number or empty; empty is not zero, which is why it is no Int field."""
		text = str(row.days or "").strip()
		if text and not (text.isdecimal() and int(text) <= MAX_DAYS):
			message = _("Row {0}: Days must be a number of days from 0 to {1}, or empty.")
			frappe.throw(message.format(row.idx, MAX_DAYS))

	def validate_companies(self, row: Document) -> None:
		"""An order is delivered by the warehouses of its own company."""
		for name in filter(None, (row.warehouse, row.into_warehouse)):
			company = frappe.get_cached_value("Warehouse", name, "company")
			if self.for_company and company != self.for_company:
				message = _("Row {0}: {1} belongs to {2}, the rule is for {3}.")
				frappe.throw(message.format(row.idx, name, company, self.for_company))
			if company != frappe.get_cached_value("Warehouse", row.warehouse, "company"):
				message = _("Row {0}: {1} and {2} belong to two companies.")
				frappe.throw(message.format(row.idx, row.warehouse, name))

	def validate_once(self) -> None:
		"""No source twice."""
		seen: set[tuple[str | None, ...]] = set()
		for row in self.sources:
			source = (row.source_type, row.warehouse, row.into_warehouse, row.supplier)
			if source in seen:
				frappe.throw(_("Row {0}: this source is there already, take one out.").format(row.idx))
			seen.add(source)
