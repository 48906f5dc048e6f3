"""What customers see of a promise: on the portal and in print, the dates and nothing else."""

from __future__ import annotations

import re

import pytest

import frappe
from frappe.model.document import Document
from frappe.utils import formatdate, set_request
from frappe.website.serve import get_response

from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

SNIPPET = '{% include "otp_app/templates/includes/promised_dates.html" ignore missing %}'
# What is for the seller's eyes only.
INTERNAL = ("At Risk", "Committed", "Medium", "PROMISE-", "Requested Date")


@pytest.fixture(autouse=True)
def no_request_is_left():
	yield
	if hasattr(frappe.local, "request"):
		del frappe.local.request


@pytest.fixture
def customer() -> Document:
	"""A customer with a person who may log in to the portal."""
	customer = CustomerFactory()
	customer.append("portal_users", {"user": new_user("Customer")})
	return customer.save()


@pytest.fixture
def order(customer: Document) -> Document:
	"""An order of two items on hand, promised and at risk."""
	codes = [ItemFactory().name for _ in range(2)]
	for code in codes:
		StockEntryFactory(item_code=code, qty=10)
	lines = [{"item_code": code, "qty": 2, "delivery_date": days(10)} for code in codes]
	order = SalesOrderFactory(customer=customer.name, items=lines)
	return promised(order, days(12), days(12))


def promised(document: Document, *dates: object) -> Document:
	"""The document with these promised dates on its lines, as the app writes them."""
	for row, date in zip(document.items, dates, strict=False):
		row.db_set({"otp_promise_date": date, "otp_confidence": "Medium"}, update_modified=False)
	values = {"otp_promise_date": max(dates), "otp_confidence": "Medium", "otp_promise_status": "At Risk"}
	document.db_set(values, update_modified=False)
	return frappe.get_doc(document.doctype, document.name)


def page(route: str, customer: Document) -> str:
	"""A page of the portal as the customer gets it."""
	frappe.set_user(customer.portal_users[0].user)
	set_request(method="GET", path=route)
	response = get_response()
	assert response.status_code == 200
	return text_of(response.get_data(as_text=True))


def text_of(html: str) -> str:
	"""What a person reads of a page."""
	body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", html)
	return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def shown(date: object) -> str:
	return formatdate(date, "d MMMM yyyy")


class TestPortal:
	def test_the_customer_sees_the_promised_date_of_an_order(self, order, customer):
		text = page(f"/orders/{order.name}", customer)
		assert f"Promised delivery: {shown(days(12))}" in text
		assert text.count("Promised delivery") == 1, "one date for all lines is said once"

	def test_lines_with_dates_of_their_own_are_listed(self, order, customer):
		promised(order, days(12), days(14))
		text = page(f"/orders/{order.name}", customer)
		for row, date in zip(order.items, (days(12), days(14)), strict=True):
			assert re.search(rf"{re.escape(row.item_name)} {shown(date)} 2[.0]* Nos", text), text

	def test_the_customer_sees_nothing_of_how_sure_it_is(self, order, customer):
		text = page(f"/orders/{order.name}", customer)
		assert [word for word in INTERNAL if word in text] == []

	def test_a_quotation_shows_its_date_too(self, customer):
		code = ItemFactory().name
		quotation = promised(QuotationFactory(party_name=customer.name, item_code=code), days(9))
		assert shown(days(9)) in page(f"/quotations/{quotation.name}", customer)

	def test_an_order_that_is_not_promised_has_no_such_line(self, customer):
		order = SalesOrderFactory(customer=customer.name)
		frappe.db.set_value("Sales Order", order.name, "otp_promise_date", None)
		assert "Promised delivery" not in page(f"/orders/{order.name}", customer)

	def test_a_closed_order_is_not_promised_any_more(self, order, customer):
		order.update_status("Closed")
		frappe.db.set_value("Sales Order", order.name, "otp_promise_date", days(12))
		assert "Promised delivery" not in page(f"/orders/{order.name}", customer)

	def test_another_customer_is_refused_as_before(self, order, customer):
		frappe.set_user(new_user("Customer"))
		set_request(method="GET", path=f"/orders/{order.name}")
		response = get_response()
		assert response.status_code == 403
		assert shown(days(12)) not in response.get_data(as_text=True)

	def test_pages_without_a_document_are_left_alone(self):
		set_request(method="GET", path="/about")
		assert get_response().status_code == 200


class TestPrint:
	def test_the_snippet_shows_the_dates_in_a_print_format(self, order):
		promised(order, days(12), days(14))
		text = text_of(frappe.render_template(SNIPPET, {"doc": frappe.get_doc("Sales Order", order.name)}))
		assert shown(days(12)) in text
		assert text.count(shown(days(14))) == 2, "of the order and of the line"

	def test_the_snippet_escapes_what_an_item_is_called(self, order):
		promised(order, days(12), days(14))
		order.items[0].db_set("item_name", "<b>Bolt</b>")
		html = frappe.render_template(SNIPPET, {"doc": frappe.get_doc("Sales Order", order.name)})
		assert "&lt;b&gt;Bolt&lt;/b&gt;" in html

	def test_the_snippet_is_silent_for_other_documents(self):
		html = frappe.render_template(SNIPPET, {"doc": frappe.get_doc("Company", order_company())})
		assert html.strip() == ""

	def test_the_standard_print_shows_the_date_and_nothing_internal(self, order):
		set_request(method="POST", path="/printview")  # in a GET request, Frappe commits what it logs
		text = text_of(frappe.get_print("Sales Order", order.name, print_format="Standard"))
		assert "Promised Date" in text
		assert formatdate(days(12)) in text
		assert [word for word in (*INTERNAL, "Confidence", "Promise Status") if word in text] == []


def order_company() -> str:
	return frappe.get_all("Company", limit=1, pluck="name")[0]
