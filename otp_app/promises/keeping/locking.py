"""One at a time: whoever promises an item for good holds its lock until the transaction ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.utils import now


@contextmanager
def locked(items: Collection[str]) -> Iterator[None]:
	"""Locks the items until the end of the transaction, and has what is read inside be as new as the lock.

	Rows are locked in the order of their names, so that two callers never wait for each other. A transaction that has
	already read keeps seeing the tables as they were then (REPEATABLE READ); when somebody has promised one of the items
	since, which the lock's version tells, a connection of its own reads inside. Raises frappe.QueryTimeoutError or
	frappe.QueryDeadlockError when the lock cannot be had, and frappe.ValidationError when such a transaction has itself
	promised something before.
	"""
	if _lock(sorted(set(items))):
		yield
		return
	if getattr(frappe.local, "otp_has_promised", False):
		# A new connection would not see what this transaction itself has promised so far.
		frappe.throw(_("Others have promised the same items at this moment. Please do this again."))
	with newest_reads():
		yield


def has_promised() -> None:
	"""Notes that this transaction has promised something that nobody else can see yet."""
	frappe.local.otp_has_promised = True
	frappe.db.after_commit.add(_forget_promised)
	frappe.db.after_rollback.add(_forget_promised)


def _forget_promised() -> None:
	frappe.local.otp_has_promised = False


def _lock(codes: list[str]) -> bool:
	"""Whether this transaction's view of the tables is as new as its locks."""
	if not codes:
		return True
	seen = _versions(codes)
	if missing := [code for code in codes if code not in seen]:
		_create(missing)
	# Row by row: a list of names may be looked up by a scan, which locks other rows, and the gaps in which new ones would go.
	lock = frappe.qb.DocType("Order Promise Lock")
	for code in codes:
		frappe.qb.update(lock).set(lock.version, lock.version + 1).where(lock.name == code).run()
	now_locked = _versions(codes)
	return all(now_locked[code] == seen.get(code, 0) + 1 for code in codes)


def _versions(codes: list[str]) -> dict[str, int]:
	lock = frappe.qb.DocType("Order Promise Lock")
	return dict(frappe.qb.from_(lock).select(lock.name, lock.version).where(lock.name.isin(codes)).run())


def _create(codes: list[str]) -> None:
	"""The rows of items that were never promised, in a transaction of their own if that need not wait.

	Two transactions that insert the same new row, and then roll back, could end in a deadlock. But where a page of the
	table was split, what this transaction has locked may keep others, its own second connection too, from inserting.
	"""
	with newest_reads():
		frappe.db.sql("set session innodb_lock_wait_timeout = 0")
		there = _versions(codes)
		missing = [code for code in codes if code not in there]
		try:
			_insert(missing)
			frappe.db.commit()
			return
		except frappe.QueryTimeoutError:
			frappe.db.rollback()
	_insert(missing)


def _insert(codes: list[str]) -> None:
	stamp = now()
	fields = ["name", "version", "creation", "modified", "owner"]
	rows = [(code, 0, stamp, stamp, "Administrator") for code in codes]
	frappe.db.bulk_insert("Order Promise Lock", fields, rows, ignore_duplicates=True)


@contextmanager
def newest_reads() -> Iterator[None]:
	"""Inside, `frappe.db` is a new connection: it sees all that is committed now, and nothing of this transaction."""
	own = frappe.local.db
	frappe.connect(set_admin_as_user=False)
	try:
		yield
	finally:
		frappe.local.db.close()
		frappe.local.db = own


def with_components(items: Collection[str]) -> list[str]:
	"""The items and, of bundles among them, the components: all that a promise of `items` may take."""
	bundle, component = frappe.qb.DocType("Product Bundle"), frappe.qb.DocType("Product Bundle Item")
	query = (
		frappe.qb.from_(component)
		.join(bundle)
		.on(component.parent == bundle.name)
		.select(component.item_code)
		.where(bundle.new_item_code.isin(sorted(items) or [""]))
	)
	return sorted({*items, *(code for (code,) in query.run())})
