"""What Desk has to know of making."""

from __future__ import annotations

import frappe

from otp_app.engine.policy import FulfilmentMode
from otp_app.sources.erpnext.settings import MODES


def tell_desk(bootinfo: frappe._dict) -> None:
	"""Desk shows the button only where something is promised by what can be made."""
	settings = frappe.get_cached_doc("Order Promise Settings")
	modes = {settings.mode, *(rule.mode for rule in settings.item_rules)}
	bootinfo.otp_makes = any(MODES.get(mode) is FulfilmentMode.ATP_THEN_CTP for mode in modes)
