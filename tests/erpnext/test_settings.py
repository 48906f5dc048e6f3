"""Order Promise Settings and Transit Lanes: what they refuse, and that a change counts for the next promise."""

import pytest

import frappe

from otp_app.engine.facts import TransitLane
from otp_app.engine.policy import Settings
from otp_app.setup.defaults import add_defaults
from otp_app.sources.site import SiteSource
from tests.erpnext.company import COMPANY, STORES
from tests.factories.masters import CustomerFactory


def settings_with(**values):
	settings = frappe.get_doc("Order Promise Settings")
	settings.update(values)
	return settings


def lane(**values):
	return frappe.get_doc({"doctype": "Transit Lane", "transit_days": 1, **values})


def test_a_new_site_has_the_engine_s_own_defaults_and_the_default_warehouse_of_stock_settings():
	read = SiteSource().snapshot([]).settings
	assert read == Settings(default_company=COMPANY, default_warehouse=STORES)


def test_settings_from_before_a_field_was_there_have_the_engine_s_default_for_it():
	for field in ("high_from", "medium_from", "horizon_days"):
		frappe.db.delete("Singles", {"doctype": "Order Promise Settings", "field": field})
	frappe.clear_document_cache("Order Promise Settings", "Order Promise Settings")
	found, default = SiteSource().snapshot(()).settings, Settings()
	assert (found.high_from, found.medium_from) == (default.high_from, default.medium_from)
	assert found.horizon_days == default.horizon_days


def test_a_saved_setting_counts_for_the_next_promise():
	SiteSource().snapshot([])
	settings_with(processing_days=3, shipment="Partial", weekend="Friday and Saturday").save()
	read = SiteSource().snapshot([]).settings
	assert (read.processing_days, read.shipment.value, read.weekend) == (3, "partial", (4, 5))


@pytest.mark.parametrize(
	("values", "message"),
	[
		({"cutoff_time": "noon"}, "Cutoff Time noon is no time: write it as 14:00."),
		({"warehouse_rules": [{"priority": 1}]}, "Row 1: give either Warehouse or Warehouse Type."),
		(
			{"warehouse_rules": [{"warehouse": STORES, "processing_days": "soon"}]},
			"Row 1: Processing Days must be a number of days from 0 to 365, or empty.",
		),
		(
			{"warehouse_rules": [{"warehouse": STORES, "timezone": "Mars"}]},
			"Row 1: Mars is no time zone; use a name such as Europe/Paris.",
		),
		(
			{"warehouse_rules": [{"warehouse": STORES}, {"warehouse": STORES}]},
			f"There are two rules for {STORES}: keep one.",
		),
		({"item_rules": [{"mode": "ATP Only"}]}, "Row 1: give either Item or Item Group."),
	],
	ids=["cutoff", "no warehouse", "days", "time zone", "twice", "no item"],
)
def test_a_rule_that_cannot_be_used_is_refused_with_what_to_do(values: dict, message: str):
	with pytest.raises(frappe.ValidationError) as refused:
		settings_with(**values).save()
	assert str(refused.value) == message


def test_an_empty_number_of_days_is_silent_and_zero_is_none():
	rules = [{"warehouse": STORES, "processing_days": "0", "inbound_days": ""}]
	settings_with(warehouse_rules=rules).save()
	stores = SiteSource().snapshot([]).warehouses[STORES]
	assert (stores.processing_days, stores.inbound_days, stores.cutoff) == (0, None, None)


def test_a_lane_is_read_and_keeps_clear_of_the_site_s_default_country():
	customer = CustomerFactory().name
	lane(transit_days=4, to_customer=customer).insert()
	assert SiteSource().snapshot([]).lanes == (TransitLane(4, customer=customer),)


def test_a_lane_has_one_destination():
	with pytest.raises(
		frappe.ValidationError,
		match="Give only one of To Customer, To Territory, To Country and To Warehouse",
	):
		lane(to_customer=CustomerFactory().name, to_country="Norway").insert()


def test_there_is_one_lane_for_a_way():
	first = lane(to_country="Norway").insert()
	with pytest.raises(frappe.ValidationError, match=f"Transit Lane {first.name} is for the same way"):
		lane(to_country="Norway").insert()
	lane(to_country="Norway", from_warehouse=STORES).insert()


def test_a_setting_that_is_new_gets_its_default_and_one_that_was_set_stays():
	settings_with(notify_owner=0).save()
	frappe.db.delete("Singles", {"doctype": "Order Promise Settings", "field": "review_at_once"})
	add_defaults()
	frappe.clear_document_cache("Order Promise Settings", "Order Promise Settings")
	doc = frappe.get_doc("Order Promise Settings")
	assert (doc.review_at_once, doc.notify_owner) == (1, 0)


@pytest.mark.parametrize("row", ({}, {"user": "Administrator", "role": "Sales User"}))
def test_the_digest_goes_to_a_user_or_to_a_role(row: dict):
	with pytest.raises(frappe.ValidationError, match="Row 1: give either User or Role"):
		settings_with(digest_recipients=[row]).save()
