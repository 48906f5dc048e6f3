"""Warehouses and the rules that hold for them, one query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe

from otp_app.engine.facts import Warehouse
from otp_app.sources.erpnext.warehouses import FIELDS, warehouses_of


def read_warehouses(rules: Iterable[Any], shop_floor: set[str]) -> dict[str, Warehouse]:
	"""Every warehouse with the rule that holds for it; those of `shop_floor` do not sell unless a rule says so."""
	rows = frappe.get_all("Warehouse", fields=list(FIELDS), order_by="name")
	return warehouses_of(rows, rules, shop_floor)
