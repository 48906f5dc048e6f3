"""The rows of Order Promise Settings as the engine's settings."""

from __future__ import annotations

from typing import Any

from otp_app.engine.policy import (
	BuildingRule,
	DesiredDateMode,
	FulfilmentMode,
	Settings,
	Shipment,
	WithoutQuota,
)
from otp_app.sources.erpnext.fields import days_of, real, time_of, whole
from otp_app.sources.erpnext.world import ItemRule

# For fields that are empty, as new ones are on a site that was there before them.
DEFAULTS = Settings()
WEEKENDS = {
	"Saturday and Sunday": (5, 6),
	"Friday and Saturday": (4, 5),
	"Thursday and Friday": (3, 4),
	"Sunday": (6,),
	"Friday": (4,),
}
MODES = {
	"ATP Only": FulfilmentMode.ATP_ONLY,
	"ATP Then Lead Time": FulfilmentMode.ATP_THEN_LEAD_TIME,
	"ATP Then CTP": FulfilmentMode.ATP_THEN_CTP,
	"Always Available": FulfilmentMode.ALWAYS_AVAILABLE,
}
WITHOUT_QUOTA = {"Free": WithoutQuota.FREE, "Blocked": WithoutQuota.BLOCKED}
SHIPMENTS = {"Complete": Shipment.COMPLETE, "Per Line": Shipment.PER_LINE, "Partial": Shipment.PARTIAL}
BUILDING_RULES = {
	"Full Confirmation": BuildingRule.FULL,
	"Maximum Earlier Confirmation": BuildingRule.MAXIMUM_EARLIER,
	"On-Time Confirmation": BuildingRule.ON_TIME,
}


def settings_of(doc: Any, default_company: str | None) -> Settings:
	"""The settings in force; `doc` has the fields of Order Promise Settings as attributes, None for what is not set."""
	return Settings(
		no_weekends=bool(doc.no_weekends),
		weekend=WEEKENDS.get(doc.weekend, WEEKENDS["Saturday and Sunday"]),
		cutoff=time_of(doc.cutoff_time),
		processing_days=whole(doc.processing_days),
		buffer_days=whole(doc.buffer_days),
		inbound_days=whole(doc.inbound_days),
		inspection_days=whole(doc.inspection_days),
		transfer_days=whole(doc.transfer_days),
		overdue_supply_days=whole(doc.overdue_supply_days),
		forget_commitments_after_days=whole(doc.forget_commitments_after_days) or None,
		horizon_days=whole(doc.horizon_days) or DEFAULTS.horizon_days,
		mode=MODES.get(doc.mode, FulfilmentMode.ATP_THEN_LEAD_TIME),
		desired_date_mode=DesiredDateMode(doc.desired_date_mode or DesiredDateMode.LATEST_ACCEPTABLE),
		shipment=SHIPMENTS.get(doc.shipment, Shipment.COMPLETE),
		minimum_split=real(doc.minimum_split),
		use_material_requests=bool(doc.use_material_requests),
		protect_safety_stock=bool(doc.protect_safety_stock),
		production_hours_per_day=real(doc.production_hours_per_day) or 8.0,
		finite_capacity=bool(doc.finite_capacity),
		high_from=real(doc.high_from) / 100 or DEFAULTS.high_from,
		medium_from=real(doc.medium_from) / 100 or DEFAULTS.medium_from,
		default_company=default_company,
		default_warehouse=doc.default_warehouse or None,
		without_quota=WITHOUT_QUOTA.get(doc.without_quota, WithoutQuota.FREE),
		building_rule=BUILDING_RULES.get(doc.building_rule, DEFAULTS.building_rule),
		transfers=bool(doc.transfers),
		substitution=bool(doc.substitution),
	)


def item_rule(row: Any) -> ItemRule:
	"""What a row of the settings' rules says."""
	return ItemRule(days_of(row.processing_days), MODES.get(row.mode))
