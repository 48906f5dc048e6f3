"""What is left out of the large statements because nothing names the items: it would have found nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import frappe
from frappe.utils import getdate, nowdate

from otp_app.engine.facts import Commitment, Supply
from otp_app.sources.erpnext.supplies import Calendars
from otp_app.sources.site.commitments import read_commitments
from otp_app.sources.site.items import read_items
from otp_app.sources.site.mentions import ANY, Mention, Mentions
from otp_app.sources.site.sales_queries import UNTIL_FETCHED
from otp_app.sources.site.supplies import read_supplies
from otp_app.sources.site.world import read_world
from tests.erpnext.busy_site import busy_site
from tests.erpnext.company import STORES
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.promises import HeldPromiseFactory


@dataclass(frozen=True)
class Told:
	"""What is told of one item: all of it, and without what nothing names."""

	mentions: Mentions
	every: tuple[list[Commitment], list[Supply]]
	some: tuple[list[Commitment], list[Supply]]


def told(code: str) -> Told:
	world = read_world(getdate(nowdate()))
	known = read_items([code], world, getdate(nowdate()))
	calendars = Calendars(world.work(), world.settings.transfer_days, {})

	def read(mentions: Mentions) -> tuple[list[Commitment], list[Supply]]:
		owed = read_commitments([code], excluding=None, documents=True, mentions=mentions)
		found = read_supplies(
			[code], today=getdate(nowdate()), calendars=calendars, with_expired=True, mentions=mentions
		)
		return sorted(owed, key=repr), sorted(found, key=repr)

	return Told(known.mentions, read(ANY), read(known.mentions))


def rarer_rows() -> None:
	"""What no story tells of: a hold, goods to be fetched, a sale at a till, a subcontracting order of before ERPNext 14."""
	HeldPromiseFactory()
	HeldPromiseFactory(held_until=UNTIL_FETCHED)
	till = {"name": "TILL-M", "docstatus": 1, "posting_date": nowdate(), "consolidated_invoice": ""}
	frappe.get_doc({"doctype": "POS Invoice", **till}).db_insert()
	row_of(
		"POS Invoice Item",
		"POS Invoice",
		"TILL-M",
		item_code=ItemFactory().name,
		stock_qty=8,
		warehouse=STORES,
	)
	order = PurchaseOrderFactory()
	order.db_set("is_old_subcontracting_flow", 1)
	material = {"rm_item_code": ItemFactory().name, "reserve_warehouse": STORES, "required_qty": 5}
	row_of("Purchase Order Item Supplied", "Purchase Order", order.name, **material)


def row_of(doctype: str, parenttype: str, parent: str, **values: object) -> None:
	of = {"parent": parent, "parenttype": parenttype, "parentfield": "rows", "docstatus": 1}
	frappe.get_doc({"doctype": doctype, **of, **values}).db_insert()


@pytest.fixture(scope="module")
def busy() -> Iterator[dict[str, Told]]:
	"""Each item of a site with every kind of document."""
	frappe.db.begin()
	try:
		busy_site()
		rarer_rows()
		yield {code: told(code) for code in frappe.get_all("Item", {"is_stock_item": 1}, pluck="name")}
	finally:
		frappe.db.rollback()


def test_what_is_left_out_would_have_found_nothing(busy: dict[str, Told]):
	assert {code for code, one in busy.items() if one.some != one.every} == set()
	assert any(one.every[0] and one.every[1] for one in busy.values())


@pytest.mark.parametrize("mention", Mention)
def test_some_items_are_named_in_each_kind_of_row_and_some_are_not(busy: dict[str, Told], mention: Mention):
	"""Else the comparison above would compare nothing."""
	assert {mention in one.mentions for one in busy.values()} == {True, False}
