"""The words that ERPNext's Desk has for kinds of supply."""

from __future__ import annotations

from collections.abc import Mapping

from otp_app.engine.facts import SupplyKind

RECORD = "Supply Reliability"

# Those that something is learned of.
KINDS: Mapping[SupplyKind, str] = {
	SupplyKind.ON_HAND: "Stock",
	SupplyKind.PURCHASE_ORDER: "Purchase Order",
	SupplyKind.WORK_ORDER: "Work Order",
	SupplyKind.SUBCONTRACTING_ORDER: "Subcontracting Order",
	SupplyKind.TRANSFER: "Transfer",
}
