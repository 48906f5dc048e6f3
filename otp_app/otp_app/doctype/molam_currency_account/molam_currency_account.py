"""An account for payments in a currency that is not the company's."""

from frappe.model.document import Document


class MolamCurrencyAccount(Document):
	"""A row of its parent."""
