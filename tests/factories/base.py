"""What the factories share: a document is inserted, and submitted where it can be, as a request would do it."""

import re
from collections.abc import Callable
from typing import Any

import factory

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, today

from tests.erpnext.company import COMPANY


def days(count: int):
	"""The date so many days from today."""
	return getdate(add_days(today(), count))


def earlier_of_today_and(date) -> Any:
	return min(getdate(today()), getdate(date))


def name_of(value: Any) -> Any:
	return value.name if isinstance(value, Document) else value


def new_request() -> None:
	"""Forget what ERPNext remembers for one request: on a site, each step of a story is a request of its own."""
	getattr(frappe.local, "request_cache", {}).clear()


def save(doc: Document, submit: bool = True) -> Document:
	"""Save, then submit if wanted, each a request of its own, and read again: ERPNext writes past the object."""
	new_request()
	doc.save()
	if submit and doc.meta.is_submittable:
		new_request()
		frappe.get_doc(doc.doctype, doc.name).submit()
	return frappe.get_doc(doc.doctype, doc.name)


def as_a_form_has_it(made: Document | dict) -> Document:
	"""What a mapping function made, built again as when a form sends it: returns look at themselves when built."""
	return frappe.get_doc(made.as_dict() if isinstance(made, Document) else made)


class DocOptions(factory.base.FactoryOptions):
	def _get_counter_reference(self):
		return self  # factory-boy compares model classes here; ours are names


class DocFactory(factory.Factory):
	"""A document of the DocType in `Meta.model`; `submit=False` leaves a draft. Values may be documents."""

	_options_class = DocOptions

	class Meta:
		abstract = True

	@classmethod
	def _create(cls, model_class: str, *args, submit: bool = True, **values) -> Document:
		values = {field: name_of(value) for field, value in values.items() if value is not None}
		return save(cls.draft(model_class, values), submit)

	@classmethod
	def draft(cls, doctype: str, values: dict) -> Document:
		doc = frappe.new_doc(doctype)
		doc.update(values)
		return doc

	@classmethod
	def _setup_next_sequence(cls) -> int:
		"""Beyond all numbers in names: on a kept site, some documents of earlier runs are still there."""
		numbers = (re.search(r"\d+$", name) for name in frappe.get_all(cls._meta.model, pluck="name"))
		return max((int(number[0]) for number in numbers if number), default=0) + 1


class OrderFactory(DocFactory):
	"""A document with lines.

	Lines are `items=[{...}]`, or one line by its fields as arguments; an argument that both the document and its
	lines have (a date) goes to both. A document made from another (`_sources`: argument -> ERPNext's mapping
	function) has what ERPNext proposes instead of defaults, and `qty` of each line: a number for every line or
	a number by item code, always positive, in the line's UOM.
	"""

	class Meta:
		abstract = True

	_sources: dict[str, Callable[[str], Any]] = {}

	company = COMPANY

	@classmethod
	def _generate(cls, strategy, params):
		if any(params.get(argument) for argument in cls._sources):
			return cls._create(cls._meta.model, **params)
		if "items" in params:
			params = {"item_code": None, "qty": None} | params
		return super()._generate(strategy, params)

	@classmethod
	def draft(cls, doctype: str, values: dict) -> Document:
		if "posting_date" in values:
			values["set_posting_time"] = 1
		source = next((argument for argument in cls._sources if argument in values), None)
		if source:
			doc = as_a_form_has_it(cls._sources[source](values.pop(source)))
			take(doc, values.pop("qty", None))
		else:
			doc = frappe.new_doc(doctype)
			doc.set("items", values.pop("items", [{}]))
		lines = frappe.get_meta(doc.meta.get_field("items").options)
		shared = {field: value for field, value in values.items() if lines.has_field(field)}
		for row in doc.items:
			given = (
				{} if source else {field: name_of(value) for field, value in row.as_dict().items() if value}
			)
			row.update(shared | given)
		doc.update({field: value for field, value in values.items() if doc.meta.has_field(field)})
		cls.complete(doc)
		return doc

	@classmethod
	def complete(cls, doc: Document) -> None:
		"""What else a form would have filled in before saving."""


def take(doc: Document, qty: float | dict | None) -> None:
	"""Keep so much of every line that ERPNext proposed; a return's lines stay negative."""
	if qty is None:
		return
	wanted = {name_of(item): number for item, number in qty.items()} if isinstance(qty, dict) else None
	kept = []
	for row in doc.items:
		number = wanted.get(row.item_code) if wanted is not None else qty
		if not number:
			continue
		row.qty = -number if flt(row.qty) < 0 else number
		if row.meta.has_field("received_qty") and doc.doctype.endswith("Receipt"):
			row.received_qty = row.qty
		kept.append(row)
	doc.set("items", kept)
