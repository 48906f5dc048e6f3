"""Metas that are kept in the process: used again while Redis holds the same, and never when a right has changed."""

import pytest

import frappe
from frappe.permissions import add_permission, update_permission_property

from otp_app.promises.metas import meta_of
from otp_app.promises.site import reads
from tests.erpnext.serving import new_user


@pytest.fixture(autouse=True)
def _no_changed_meta_is_left_in_redis():
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback()
	frappe.clear_cache(doctype="Work Order")


def a_new_request(user: str) -> None:
	frappe.set_user(user)
	frappe.local.cache = {}
	frappe.local.role_permissions = {}


def test_the_next_request_uses_the_same_meta():
	frappe.get_meta("Purchase Order")
	a_new_request("Administrator")
	first = meta_of("Purchase Order")
	a_new_request("Administrator")
	assert meta_of("Purchase Order") is first
	assert frappe.get_meta("Purchase Order") is first


def test_a_right_that_is_given_or_taken_away_is_seen_by_the_next_request():
	user = new_user("Sales User")
	a_new_request(user)
	assert not reads("Work Order")

	frappe.set_user("Administrator")
	add_permission("Work Order", "Sales User", 0)
	a_new_request(user)
	assert reads("Work Order")

	frappe.set_user("Administrator")
	update_permission_property("Work Order", "Sales User", 0, "read", 0, validate=False)
	frappe.clear_cache(doctype="Work Order")
	a_new_request(user)
	assert not reads("Work Order")
