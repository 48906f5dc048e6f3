"""The site is taken back to a version that knows less, migrated, and taken forward again: nothing is lost."""

import gzip
import os
from dataclasses import replace
from pathlib import Path

import pytest

import frappe

from otp_app import __version__
from otp_app.setup.going_back import go_back, go_forward, in_the_way, present_schema
from otp_app.setup.schema import RELEASES, Schema, newer, released
from tests.erpnext.company import FINISHED_GOODS, STORES
from tests.erpnext.running_scripts import an_order, bench_command
from tests.factories.masters import CustomerFactory

__all__ = ["an_order"]

LATER = ("Transit Lane", "Sourcing Rule", "Sourcing Rule Source")
REPORT = "Promises at Risk"


def older() -> Schema:
	"""As though a few things had come with this version."""
	now = present_schema()
	fields = {doctype: names for doctype, names in now.custom_fields.items() if doctype != "Customer"}
	return replace(
		now,
		version="0.0.9",
		doctypes={name: having for name, having in now.doctypes.items() if name not in LATER},
		documents={**now.documents, "Report": [name for name in now.documents["Report"] if name != REPORT]},
		custom_fields=fields,
		indexes={},
	)


def test_the_file_of_this_version_is_what_the_code_brings():
	schema = present_schema()
	if os.environ.get("OTP_WRITE_RELEASE"):
		(RELEASES / f"{__version__}.json").write_text(schema.as_json())
	assert schema == released(__version__), "See docs/upgrading.md, For a release."


def test_going_back_to_itself_takes_nothing_away(tmp_path: Path):
	difference = go_back(present_schema(), tmp_path / "newer.gz")
	assert difference == newer(present_schema(), present_schema())
	assert go_forward(tmp_path / "newer.gz") == {}


def test_a_status_that_the_older_version_does_not_know_is_in_the_way(tmp_path: Path):
	then = older()
	then.choices["Order Promise.status"] = ["Held"]
	frappe.get_doc({"doctype": "Order Promise", "status": "Broken", "company": "Velo Works"}).insert()
	(problem, *_) = in_the_way(newer(present_schema(), then))
	assert "documents of Order Promise have status" in problem
	with pytest.raises(ValueError, match="change or delete them first"):
		go_back(then, tmp_path / "newer.gz")
	assert not (tmp_path / "newer.gz").exists()
	assert frappe.db.exists("DocType", "Transit Lane")


def test_a_file_that_is_not_whole_is_refused(tmp_path: Path):
	file = tmp_path / "newer.gz"
	file.write_bytes(gzip.compress(b'{"table": "tabTransit Lane", "row": {"name": "x"}}\n'))
	with pytest.raises(ValueError, match="is not whole"):
		go_forward(file)


def test_down_and_up_again_nothing_is_lost(an_order: str, tmp_path: Path):
	lane = frappe.get_doc(
		{
			"doctype": "Transit Lane",
			"from_warehouse": STORES,
			"to_warehouse": FINISHED_GOODS,
			"transit_days": 3,
		}
	).insert()
	customer = CustomerFactory(otp_accepts_alternatives="Yes")
	told = frappe.db.get_single_value("Order Promise Settings", "hold_minutes")
	frappe.db.set_single_value("Order Promise Settings", "hold_minutes", 77)
	frappe.db.commit()
	before = rows()
	file = tmp_path / "newer.jsonl.gz"
	go_back(older(), file)
	assert_gone()
	assert file.stat().st_mode & 0o077 == 0
	bench_command("migrate", "--skip-search-index")
	frappe.db.rollback()
	frappe.clear_cache()
	assert not frappe.db.count("Transit Lane")
	assert frappe.db.has_index("tabSales Order Item", "otp_open_order_lines")
	assert frappe.db.exists("Report", REPORT)
	counts = go_forward(file)
	assert counts["tabTransit Lane"] == 1
	assert rows() == before
	assert sum(go_forward(file).values()) == 0
	assert frappe.db.get_value("Customer", customer.name, "otp_accepts_alternatives") == "Yes"
	lane.reload()
	lane.delete()
	frappe.db.set_single_value("Order Promise Settings", "hold_minutes", told)
	frappe.db.commit()


def assert_gone() -> None:
	for name in LATER:
		assert not frappe.db.exists("DocType", name)
		assert not frappe.db.sql("show tables like %s", (f"tab{name}",))
	assert not frappe.db.has_column("Customer", "otp_accepts_alternatives")
	assert not frappe.db.has_index("tabSales Order Item", "otp_open_order_lines")
	assert not frappe.db.exists("Report", REPORT)
	assert frappe.db.get_single_value("Order Promise Settings", "hold_minutes") == 77


def rows() -> dict[str, object]:
	"""What people have made, of what goes and of what stays."""
	tables = (
		"Transit Lane",
		"Sourcing Rule",
		"Order Promise",
		"Order Promise Line",
		"Customer",
		"Sales Order",
	)
	found = {name: frappe.db.sql(f"select * from `tab{name}` order by name", as_dict=True) for name in tables}
	settings = frappe.db.sql(
		"select field, value from tabSingles where doctype = 'Order Promise Settings' order by field"
	)
	for row in found["Customer"]:
		row["otp_accepts_alternatives"] = row["otp_accepts_alternatives"] or None
	return {**found, "settings": settings}
