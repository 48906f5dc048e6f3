"""Finite Capacity is on where the setting is new: a check that was never saved would be read as off."""

import frappe

from otp_app.sources.site.world import forget_world


def execute() -> None:
	"""Leaves a site that has chosen as it is."""
	if "finite_capacity" not in frappe.db.get_singles_dict("Order Promise Settings"):
		frappe.db.set_single_value("Order Promise Settings", "finite_capacity", 1)
		frappe.clear_document_cache("Order Promise Settings", "Order Promise Settings")
		forget_world()
