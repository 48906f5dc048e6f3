"""The workspace Order Promising: what it is made of is there, works, and is shown to those who need it."""

from __future__ import annotations

import json

import pytest

import frappe
from frappe.desk.desktop import get_desktop_page, get_workspace_sidebar_items
from frappe.desk.doctype.dashboard_chart.dashboard_chart import get as chart_data
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.model.document import Document

from tests.erpnext.company import COMPANY
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.masters import CustomerFactory, ItemFactory

WORKSPACE = "Order Promising"
ROLES = (
	"Sales User",
	"Sales Manager",
	"Stock User",
	"Stock Manager",
	"Purchase User",
	"Manufacturing Manager",
	"System Manager",
)
REPORTS = {"Available to Promise", "Promises at Risk", "Promise Accuracy"}
SUPPLIERS = "Supplier Reliability"


@pytest.fixture
def workspace() -> Document:
	return frappe.get_doc("Workspace", WORKSPACE)


def promise(status: str, promised: int) -> Document:
	line = {"item_code": ItemFactory().name, "qty": 1, "promise_date": days(promised)}
	values = {"status": status, "company": COMPANY, "customer": CustomerFactory().name}
	doc = {"doctype": "Order Promise", "promise_date": days(promised), "lines": [line], **values}
	return frappe.get_doc(doc).insert(ignore_permissions=True)


def page_of(user: str) -> dict:
	"""What Desk shows a user of the workspace."""
	frappe.set_user(user)
	return get_desktop_page(json.dumps({"name": WORKSPACE, "title": WORKSPACE, "public": 1}))


def count(card: str) -> float:
	doc = frappe.get_doc("Number Card", card)
	return get_result(doc.as_json(), doc.filters_json)


@pytest.mark.parametrize("role", ROLES)
def test_those_who_sell_keep_stock_and_buy_have_it_in_their_sidebar(role):
	frappe.set_user(new_user(role))
	assert WORKSPACE in {page["name"] for page in get_workspace_sidebar_items()["pages"]}


def test_others_do_not(workspace):
	frappe.set_user(new_user("Accounts User"))
	assert WORKSPACE not in {page["name"] for page in get_workspace_sidebar_items()["pages"]}


def test_a_sales_user_sees_all_cards_charts_reports_and_orders():
	page = page_of(new_user("Sales User"))
	assert len(page["number_cards"]["items"]) == 5
	assert len(page["charts"]["items"]) == 3
	shortcuts = {item["link_to"] for item in page["shortcuts"]["items"]}
	assert shortcuts == {"Sales Order", "Order Promise", "Order Promise Settings", "Transit Lane", *REPORTS}
	links = {link["link_to"] for card in page["cards"]["items"] for link in card["links"]}
	assert links >= {"Sales Order", "Quotation", "Order Promise", *REPORTS}


def test_a_purchase_user_sees_the_report_of_suppliers_and_its_records_too():
	page = page_of(new_user("Purchase User"))
	assert SUPPLIERS in {item["link_to"] for item in page["shortcuts"]["items"]}
	links = {link["link_to"] for card in page["cards"]["items"] for link in card["links"]}
	assert links >= {*REPORTS, SUPPLIERS, "Supply Reliability"}


def test_a_planner_finds_the_order_book_and_what_orders_are_promised_by():
	page = page_of(new_user("Sales Manager"))
	links = {link["link_to"] for card in page["cards"]["items"] for link in card["links"]}
	assert links >= {"Backorder Run", "Backorder Comparison", "order-promise-what-if"}
	assert links >= {"Sourcing Rule", "Product Allocation", "Supply Protection", "Product Allocation Usage"}


def test_what_it_lays_out_is_what_it_has(workspace):
	laid_out = {(block["type"], *block["data"].values()) for block in json.loads(workspace.content)}
	named = {kind: {block[1] for block in laid_out if block[0] == kind} for kind, *_ in laid_out}
	assert named["number_card"] == {card.label for card in workspace.number_cards}
	assert named["chart"] == {chart.label for chart in workspace.charts}
	assert named["shortcut"] == {shortcut.label for shortcut in workspace.shortcuts}
	assert named["card"] == {link.label for link in workspace.links if link.type == "Card Break"}


def test_what_it_links_to_exists(workspace):
	for row in (*workspace.shortcuts, *(link for link in workspace.links if link.type == "Link")):
		kind = getattr(row, "link_type", None) or row.type
		assert frappe.db.exists(kind, row.link_to), f"{kind} {row.link_to}"


def test_number_cards_count_promises():
	held, broken = count("Held Promises"), count("Promises Broken This Month")
	promise("Held", 5)
	promise("Broken", 0)
	promise("Broken", -70)
	assert (count("Held Promises"), count("Promises Broken This Month")) == (held + 1, broken + 1)


def test_one_chart_counts_promises_by_status():
	promise("Held", 5)
	doc = frappe.get_doc("Dashboard Chart", "Promises by Status")
	data = chart_data(chart=doc.as_json(), no_cache=1)
	found = dict(zip(data["labels"], data["datasets"][0]["values"], strict=True))
	assert found["Held"] == frappe.db.count("Order Promise", {"status": "Held"})


@pytest.mark.parametrize("chart", ["Share of Promises Kept", "Probability Told and Kept"])
def test_the_others_are_charts_of_a_report_that_has_their_filters(chart):
	doc = frappe.get_doc("Dashboard Chart", chart)
	assert (doc.chart_type, doc.report_name, doc.use_report_chart) == ("Report", "Promise Accuracy", 1)
	assert {*json.loads(doc.filters_json), *json.loads(doc.dynamic_filters_json)} == {
		"company",
		"from_date",
		"to_date",
		"group_by",
	}
