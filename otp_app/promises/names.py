"""The words that documents of ERPNext have for promises."""

from __future__ import annotations

from collections.abc import Mapping

from otp_app.engine.promise import Confidence

DOCTYPE = "Order Promise"

# The engine's confidence.
LEVELS: Mapping[Confidence, str] = {
	Confidence.HIGH: "High",
	Confidence.MEDIUM: "Medium",
	Confidence.LOW: "Low",
}
