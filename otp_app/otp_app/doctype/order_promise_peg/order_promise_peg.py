"""A peg of an Order Promise: a promised quantity and the supply that covers it."""

import frappe
from frappe.model.document import Document


class OrderPromisePeg(Document):
	"""A commitment while `held_until` is in the future."""


def on_doctype_update() -> None:
	"""What is held of an item is read for every promise of it; nearly all pegs are held no more."""
	frappe.db.add_index("Order Promise Peg", ["item_code", "held_until"])
