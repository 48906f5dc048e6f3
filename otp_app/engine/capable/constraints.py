"""What delays a requirement, or ends it: one typed message each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from otp_app.engine.capable.tree import BEGUN, How, Requirement, Work
from otp_app.engine.facts import Item
from otp_app.engine.messages import Message, Value


def material(item: Item, waits_for: Requirement, until: date) -> Message:
	"""It waits for a component: the document that brings it, that it must be made or bought, or where it lies."""
	values: dict[str, Value] = {"item": item.item_code, "component": waits_for.item_code, "date": until}
	if waits_for.document is not None:
		document = waits_for.document
		values |= {"doctype": document.doctype, "document": document.name}
		return Message("CTP_MATERIAL", {**values, "source": f"{document.doctype} {document.name}"})
	if begun := BEGUN.get(waits_for.how):
		return Message("CTP_MATERIAL", {**values, "source": f"to be {begun}"})
	values |= {"warehouse": waits_for.warehouse, "source": f"in {waits_for.warehouse}"}
	return Message("CTP_MATERIAL", values)


def lead_time(item: Item, qty: float, how: How, days: int, there: date) -> Message:
	"""It takes its lead time."""
	values: dict[str, Value] = {
		"qty": qty,
		"uom": item.stock_uom,
		"item": item.item_code,
		"how": BEGUN[how],
		"days": days,
		"date": there,
	}
	return Message("CTP_LEAD_TIME", values)


def capacity(item: Item, work: Work, days: int) -> Message:
	"""A workstation has other things to do."""
	return Message("CTP_CAPACITY", {**_work(item, work), "workstation": work.workstation, "days": days})


def calendar(item: Item, work: Work) -> Message:
	"""Work waits for working hours and working days."""
	return Message("CTP_CALENDAR", _work(item, work))


def _work(item: Item, work: Work) -> dict[str, Value]:
	dates: dict[str, Value] = {"start": work.start_date, "end": work.end_date}
	return {"item": item.item_code, "operation": work.operation, **dates}


def no_bom(code: str, why: str) -> Message:
	"""It can be neither made nor bought."""
	return Message("CTP_NO_BOM", {"item": code, "why": why})


def no_lead_time(item: Item, how: How) -> Message:
	"""Nothing tells how long it takes."""
	return Message("CTP_NO_LEAD_TIME", {"item": item.item_code, "how": BEGUN[how]})


def cycle(item: Item, bom: str, path: Sequence[str]) -> Message:
	"""It is needed to make itself."""
	way = " > ".join((*path[path.index(item.item_code) :], item.item_code))
	return Message("CTP_CYCLE", {"item": item.item_code, "bom": bom, "path": way})


def too_deep(item: Item, levels: int) -> Message:
	"""It lies deeper than is looked."""
	return Message("CTP_TOO_DEEP", {"item": item.item_code, "levels": levels})


def never_works(item: Item, operation: str, workstation: str | None) -> Message:
	"""A workstation never works; None: the production hours of the settings or the calendar of the warehouse are none."""
	where = f"workstation {workstation}" if workstation else "the factory"
	return Message("CTP_NEVER_WORKS", {"item": item.item_code, "operation": operation, "workstation": where})


def beyond_horizon(item: Item, horizon: date) -> Message:
	"""It is there too late to be promised."""
	return Message("CTP_BEYOND_HORIZON", {"item": item.item_code, "horizon": horizon})


def atp_only(item: Item, qty: float, warehouse: str) -> Message:
	"""It is neither made nor bought, because of its mode."""
	values: dict[str, Value] = {"qty": qty, "uom": item.stock_uom, "item": item.item_code}
	return Message("CTP_ATP_ONLY", {**values, "warehouse": warehouse})
