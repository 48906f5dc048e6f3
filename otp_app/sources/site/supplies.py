"""What a site has and expects: stock, orders, transfers and requests, in stock UOM (docs/supplies-and-commitments.md).

Quantities and conditions are those of ERPNext's own formulas (erpnext/stock/stock_balance.py and the controllers that
write Bin), so that the books reconcile; `withheld` marks what ERPNext counts and nobody should promise.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import frappe

from otp_app.engine.facts import Supply
from otp_app.sources.erpnext.supplies import Calendars, supplies_of
from otp_app.sources.site.mentions import ANY, Mentions
from otp_app.sources.site.supply_queries import supply_statement


def read_supplies(
	items: Collection[str], *, today: date, calendars: Calendars, with_expired: bool, mentions: Mentions = ANY
) -> list[Supply]:
	"""All supplies of `items`, one query; `with_expired` also looks for expired batches, `mentions` is what is known to name
	any of the items."""
	rows = supply_statement(frappe.db.db_type, with_expired, mentions).rows(items=tuple(items), today=today)
	return supplies_of(rows, calendars)
