"""The portal's page of a document, of whichever app has one, with what was promised to the customer added to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import frappe

APP = "otp_app"
PAGE = "templates/pages/order.html"


def get_context(context: Any) -> Any:
	"""The context of the page that this one extends; permission on the document is checked there."""
	app = page_owner()
	context.order_page = f"{app}/{PAGE}"
	return frappe.get_module(f"{app}.templates.pages.order").get_context(context)


def page_owner() -> str:
	"""The app whose page it would be without this one: ERPNext, or one that replaces ERPNext's (Frappe's Webshop)."""
	others = [app for app in reversed(frappe.get_installed_apps()) if app != APP]
	return next(app for app in others if Path(frappe.get_app_path(app), PAGE).is_file())
