"""The choices that a site makes about promising; each one's default is here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import Enum


class FulfilmentMode(str, Enum):
	"""What may cover a quantity that is not available to promise."""

	ATP_ONLY = "atp_only"
	ATP_THEN_LEAD_TIME = "atp_then_lead_time"
	ATP_THEN_CTP = "atp_then_ctp"
	ALWAYS_AVAILABLE = "always_available"


class DesiredDateMode(str, Enum):
	"""What the customer's date means."""

	LATEST_ACCEPTABLE = "LATEST_ACCEPTABLE"
	NO_EARLY_DELIVERY = "NO_EARLY_DELIVERY"
	STRICT_FAIL = "STRICT_FAIL"


class Shipment(str, Enum):
	"""complete: one date for the order; per_line: one a line; partial: dated schedule lines."""

	COMPLETE = "complete"
	PER_LINE = "per_line"
	PARTIAL = "partial"


class WithoutQuota(str, Enum):
	"""What becomes of an item that has quotas, for a buyer or a day that none of them is for."""

	FREE = "free"
	BLOCKED = "blocked"


class BuildingRule(str, Enum):
	"""Which of the alternatives' confirmations is taken; SAP's names (docs/sourcing.md)."""

	FULL = "full_confirmation"
	MAXIMUM_EARLIER = "maximum_earlier_confirmation"
	ON_TIME = "on_time_confirmation"


class Sourcing(str, Enum):
	"""Whether a line's own warehouse is the one that ships it, or one among others."""

	FIXED = "fixed"
	PREFERRED = "preferred"


SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Settings:
	"""A site's defaults. Days are working days, `weekend` counts Monday as 0, `horizon_days` are calendar days."""

	no_weekends: bool = True
	weekend: tuple[int, ...] = (SATURDAY, SUNDAY)
	cutoff: time | None = time(14, 0)
	processing_days: int = 1
	buffer_days: int = 0
	inbound_days: int = 0
	inspection_days: int = 0
	transfer_days: int = 1
	overdue_supply_days: int = 1
	# Commitments overdue by more than this many calendar days are ignored; None: never.
	forget_commitments_after_days: int | None = None
	horizon_days: int = 365
	mode: FulfilmentMode = FulfilmentMode.ATP_THEN_LEAD_TIME
	desired_date_mode: DesiredDateMode = DesiredDateMode.LATEST_ACCEPTABLE
	shipment: Shipment = Shipment.COMPLETE
	minimum_split: float = 0.0
	use_material_requests: bool = False
	protect_safety_stock: bool = False
	production_hours_per_day: float = 8.0
	# Whether what a workstation has to do already takes of its capacity.
	finite_capacity: bool = True
	# The probabilities from which confidence is HIGH, and MEDIUM.
	high_from: float = 0.90
	medium_from: float = 0.70
	default_company: str | None = None
	default_warehouse: str | None = None
	without_quota: WithoutQuota = WithoutQuota.FREE
	building_rule: BuildingRule = BuildingRule.FULL
	# Whether stock may be fetched from other warehouses of the company, and other items sent in place of those ordered,
	# where neither the request nor a rule or the customer says.
	transfers: bool = False
	substitution: bool = False
