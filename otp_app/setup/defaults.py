"""Defaults of settings that were saved before a field was there."""

from __future__ import annotations

import frappe

SETTINGS = "Order Promise Settings"


def add_defaults() -> None:
	"""Writes the defaults of fields that the settings do not have yet: Frappe takes a check that is missing for no."""
	saved = frappe.db.get_singles_dict(SETTINGS)
	if not saved:
		return
	for field in frappe.get_meta(SETTINGS).fields:
		if field.default and field.fieldname not in saved:
			frappe.db.set_single_value(SETTINGS, field.fieldname, field.default, update_modified=False)
