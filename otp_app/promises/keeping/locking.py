"""One at a time: whoever promises an item for good holds its lock until the transaction ends."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.utils import getdate, now

from otp_app.sources.site.world import read_world

ATTEMPTS = 4
# What the lock of a quota is called: an item may have the same name.
QUOTA = "quota\n{}"
PAUSE = 0.01  # seconds before the second attempt, twice as many before the third, and so on


@contextmanager
def locked(items: Collection[str], *, alternatives: bool = False) -> Iterator[None]:
	"""Locks the items, the components of bundles, and the quotas of their item groups, to the end of the transaction; inside,
	reads are as new as the lock.

	With `alternatives` also the items that may be sent in their place.

	Rows are locked in the order of their names, so that two callers never wait for each other. A transaction that has
	already read keeps seeing the tables as they were then (REPEATABLE READ); when somebody has promised one of the items
	since, which the lock's version tells, a connection of its own reads inside. Raises frappe.QueryTimeoutError or
	frappe.QueryDeadlockError when the lock cannot be had, and frappe.ValidationError when such a transaction has itself
	promised something before.
	"""
	codes = items_of({*items, *(_alternatives_of(items) if alternatives else ())})
	if _lock(sorted(map(_name_of, [*codes, *map(QUOTA.format, quotas_of_groups(codes))]))):
		yield
		return
	if getattr(frappe.local, "otp_has_promised", False):
		# A new connection would not see what this transaction itself has promised so far.
		frappe.throw(_("Others have promised the same items at this moment. Please do this again."))
	with newest_reads():
		yield


def lock_first(orders: Collection[str], items: Collection[str]) -> None:
	"""Starts a new transaction that locks Sales Orders, and items with components of bundles, before it reads anything:
	all that it reads afterwards is as new as its locks. The caller has committed or rolled back what came before.

	Orders go first, as when somebody changes one; both in the order of their names.
	"""
	names = sorted(map(_name_of, items_of(set(items))))
	seen = _versions(names) if names else {}
	if missing := [name for name in names if name not in seen]:
		_create(missing)
	frappe.db.commit()
	order, lock = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Order Promise Lock")
	for name in sorted(orders):
		frappe.qb.from_(order).select(order.name).where(order.name == name).for_update().run()
	for name in names:
		frappe.qb.update(lock).set(lock.version, lock.version + 1).where(lock.name == name).run()


def has_promised() -> None:
	"""Notes that this transaction has promised something that nobody else can see yet."""
	frappe.local.otp_has_promised = True
	frappe.db.after_commit.add(_forget_promised)
	frappe.db.after_rollback.add(_forget_promised)


def _forget_promised() -> None:
	frappe.local.otp_has_promised = False


def _lock(names: list[str]) -> bool:
	"""Whether this transaction's view of the tables is as new as its locks."""
	if not names:
		return True
	seen = _versions(names)
	if missing := [name for name in names if name not in seen]:
		_create(missing)
	# Row by row: a list of names may be looked up by a scan, which locks other rows, and the gaps where new ones would go.
	lock = frappe.qb.DocType("Order Promise Lock")
	for name in names:
		frappe.qb.update(lock).set(lock.version, lock.version + 1).where(lock.name == name).run()
	now_locked = _versions(names)
	return all(now_locked[name] == seen.get(name, 0) + 1 for name in names)


def _versions(names: list[str]) -> dict[str, int]:
	lock = frappe.qb.DocType("Order Promise Lock")
	return dict(frappe.qb.from_(lock).select(lock.name, lock.version).where(lock.name.isin(names)).run())


def _create(names: list[str]) -> None:
	"""The rows of items that were never promised, in a transaction of their own if that need not wait.

	Two transactions that insert the same new row, and then roll back, could end in a deadlock. But where a page of the
	table was split, what this transaction has locked may keep others, its own second connection too, from inserting.
	"""
	for attempt in range(ATTEMPTS):
		with newest_reads():
			frappe.db.sql("set session innodb_lock_wait_timeout = 0")
			there = _versions(names)
			missing = [name for name in names if name not in there]
			try:
				_insert(missing)
				frappe.db.commit()
				return
			except frappe.QueryTimeoutError:
				# Most likely somebody else is making the same rows, and will have done so in a moment.
				frappe.db.rollback()
		time.sleep(PAUSE * (attempt + 1))
	_insert(missing)


def _insert(names: list[str]) -> None:
	"""A row that is there is locked as if to change it: two who may only look at it would wait for each other after."""
	if not names:
		return
	stamp, owner = now(), "Administrator"
	lock = frappe.qb.DocType("Order Promise Lock")
	query = frappe.qb.into(lock).columns("name", "version", "creation", "modified", "owner")
	for name in names:
		query = query.insert(name, 0, stamp, stamp, owner)
	query.on_duplicate_key_update(lock.version, lock.version).run()


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


def items_of(asked: Collection[str]) -> list[str]:
	"""Those of `asked` that are items, spelt as they are, and of bundles among them the components."""
	item, bundle, part = (
		frappe.qb.DocType(name) for name in ("Item", "Product Bundle", "Product Bundle Item")
	)
	codes = sorted(asked) or [""]
	items = frappe.qb.from_(item).select(item.name).where(item.name.isin(codes))
	components = (
		frappe.qb.from_(part)
		.join(bundle)
		.on(part.parent == bundle.name)
		.select(part.item_code)
		.where(bundle.new_item_code.isin(codes))
	)
	# The database does not tell capitals and accents apart.
	found = {code for (code,) in items.run() if code in asked}
	return sorted(found | {code for (code,) in components.run()})


def quotas_of_groups(codes: Collection[str]) -> list[str]:
	"""The quotas over a group of items that any of these items consumes: others consume them under other items' locks."""
	allocations = [a for a in read_world(getdate()).allocations if a.item_groups]
	if not allocations:
		return []
	groups = set(frappe.get_all("Item", {"name": ("in", codes)}, pluck="item_group"))
	return [a.name for a in allocations if groups.intersection(a.item_groups)]


def _alternatives_of(asked: Collection[str]) -> set[str]:
	other = frappe.qb.DocType("Item Alternative")
	codes = sorted(asked) or [""]
	own = frappe.qb.from_(other).select(other.alternative_item_code).where(other.item_code.isin(codes))
	of_others = (
		frappe.qb.from_(other)
		.select(other.item_code)
		.where(other.alternative_item_code.isin(codes) & (other.two_way == 1))
	)
	return {code for (code,) in (own * of_others).run() if code}


def _name_of(code: str) -> str:
	"""The lock's name: exact, where names of items are compared without capitals and accents."""
	return hashlib.sha256(code.encode()).hexdigest()[:40]
