"""The words of the engine as documents of ERPNext show them."""

from __future__ import annotations

from collections.abc import Mapping

from otp_app.engine.promise import Confidence

LEVELS: Mapping[Confidence, str] = {
	Confidence.HIGH: "High",
	Confidence.MEDIUM: "Medium",
	Confidence.LOW: "Low",
}
