"""The real deliveries beside this checkout, which not everybody has."""

from __future__ import annotations

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
DELIVERIES = CHECKOUT.parent / "shared" / "data" / "supplier_deliveries_2006_2013.csv"
needs_deliveries = pytest.mark.skipif(
	not DELIVERIES.exists(),
	reason="needs ../shared/data/supplier_deliveries_2006_2013.csv beside the checkout",
)
