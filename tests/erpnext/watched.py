"""Judging what moved as the job does, within a test: nothing is committed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe

from otp_app.promises.watching import judging, noting, telling
from tests.erpnext.promising import promise_of
from tests.factories.base import days, new_request
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory


@contextmanager
def uncommitted() -> Iterator[None]:
	"""Commits are left out, and what would roll back, and take the test's own rows along, fails with its cause."""
	commit, rollback = frappe.db.commit, frappe.db.rollback

	def only_to_savepoint(save_point: str | None = None, **options: Any) -> None:
		if save_point is None:
			raise AssertionError("All of the test would be rolled back.") from sys.exc_info()[1]
		rollback(save_point=save_point, **options)

	frappe.db.commit, frappe.db.rollback = (lambda: None), only_to_savepoint
	try:
		yield
	finally:
		frappe.db.commit, frappe.db.rollback = commit, rollback


def judge() -> None:
	"""What a commit and the job after it do; nothing is told yet."""
	noting.write_notes()
	with uncommitted():
		while judging.judge_next():
			new_request()


def judge_and_tell() -> None:
	judge()
	with uncommitted():
		telling.tell()


def forget_the_past() -> None:
	"""What was set up is no news: no notes of it, no events."""
	judge()
	frappe.db.delete("Order Promise Event")


def stocked(qty: float, **values: Any) -> str:
	item = ItemFactory(lead_time_days=0, **values).name
	StockEntryFactory(item_code=item, qty=qty)
	return item


def bought(qty: float = 10, due: int = 5) -> tuple[str, Any]:
	"""An item and the purchase order that brings it."""
	item = ItemFactory(lead_time_days=0).name
	return item, PurchaseOrderFactory(item_code=item, qty=qty, schedule_date=days(due))


def committed(item: str, qty: float = 10, due: int = 20, **values: Any) -> Any:
	"""A submitted order, of which nothing is news any more."""
	order = SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(due), **values)
	assert promise_of(order).status == "Committed", promise_of(order).status_reason
	forget_the_past()
	return order


def events_of(order: Any) -> list[str]:
	filters = {"reference_name": order.name}
	return frappe.get_all("Order Promise Event", filters, pluck="event", order_by="creation, name")


def at_risk(order: Any, why: str) -> None:
	"""Judges, and finds the order at risk because of `why`."""
	judge()
	promise = promise_of(order)
	assert (promise.status, promise.status_reason[: len(why)]) == ("At Risk", why), promise.status_reason


def well(order: Any) -> None:
	"""Judges, and finds the order as it was."""
	judge()
	promise = promise_of(order)
	found = (promise.status, promise.status_reason, promise.moved)
	assert found == ("Committed", None, None), found
