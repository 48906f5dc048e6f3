"""The Source over a snapshot file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from otp_app.engine.capable.facts import Bom
from otp_app.engine.collector import paused
from otp_app.engine.facts import Commitment, CommitmentKind, Customer, Excluded, Item, Snapshot
from otp_app.engine.policy import Settings
from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.snapshot.codec import cell_decoders, decoder
from otp_app.sources.snapshot.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES, UNNAMED, columns

EXPORT = "`bench --site SITE otp-snapshot FILE`"
# A fact of one of these names: bound as one JSON value, so that their number is no limit.
OF_ITEMS = "item_code IN (SELECT value FROM json_each(?))"
OF_NAMES = "name IN (SELECT value FROM json_each(?))"
# Each of some items with the BOM that makes it, and all that is needed for it, on every level.
NEEDED = """
WITH RECURSIVE needed (item_code, bom) AS (
	SELECT item_code, default_bom FROM items WHERE item_code IN (SELECT value FROM json_each(?))
	UNION
	SELECT part.value, CASE part.value
		WHEN json_extract(line.value, '$.item_code') THEN coalesce(json_extract(line.value, '$.bom'), items.default_bom)
		ELSE items.default_bom END
	FROM needed
	JOIN boms ON boms.name = needed.bom
	JOIN json_each(boms.lines) AS line
	JOIN json_each(json_insert(json_extract(line.value, '$.alternatives'), '$[#]', json_extract(line.value, '$.item_code'))) AS part
	LEFT JOIN items ON items.item_code = part.value
)
SELECT item_code, bom FROM needed"""
# The kinds of commitment that a document of each doctype makes under its own name.
OWN_COMMITMENTS: Mapping[str, tuple[CommitmentKind, ...]] = {
	"Sales Order": (
		CommitmentKind.SALES_ORDER,
		CommitmentKind.PACKED_ITEM,
		CommitmentKind.RESERVATION,
		CommitmentKind.PICK,
	),
}


class SnapshotUnavailable(SourceUnavailable):
	"""The file cannot be read as a snapshot; the message says why and what to do."""


class SnapshotFile:
	"""The Source over a snapshot file. It opens the file read-only and anew for each answer: threads may share it."""

	def __init__(self, path: str | Path) -> None:
		self.path = Path(path)

	@property
	def taken_at(self) -> datetime:
		"""When the facts were read from the site (aware). Raises SnapshotUnavailable."""
		with self._opened() as connection:
			return datetime.fromisoformat(_meta(connection)["taken_at"])

	@property
	def timezone(self) -> str:
		"""The site's time zone. Raises SnapshotUnavailable."""
		with self._opened() as connection:
			return _meta(connection)["timezone"]

	def item_codes(self) -> tuple[str, ...]:
		"""All items in the file, sorted. Raises SnapshotUnavailable."""
		with self._opened() as connection:
			return tuple(
				code for (code,) in connection.execute("SELECT item_code FROM items ORDER BY item_code")
			)

	def names(self, document: Excluded) -> bool:
		"""Whether the file has commitments of this document. Raises SnapshotUnavailable."""
		with self._opened() as connection:
			found = _select(connection, "commitments", "document = ?", document.name)
			return any(owns(document, commitment) for commitment in found)

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""The facts about `items`, as the Source protocol has it. Raises SnapshotUnavailable.

		The number of statements is fixed, whatever the number of items. Commitments are never summed: with or
		without `documents` they are as they were written.
		"""
		with self._opened() as connection:
			return _read(connection, items, customer, excluding)

	def facts(self) -> Snapshot:
		"""All that any promise can depend on, every customer among it, but no open order lines.

		Raises SnapshotUnavailable.
		"""
		with self._opened() as connection, paused():
			return _all(connection)

	def book(self) -> Snapshot:
		"""All facts in the file, open order lines and every customer among them. Raises SnapshotUnavailable."""
		with self._opened() as connection, paused():
			return replace(_all(connection), open_lines=tuple(_select(connection, "open_lines")))

	@contextmanager
	def _opened(self) -> Iterator[sqlite3.Connection]:
		try:
			if not self.path.is_file():
				raise SnapshotUnavailable(
					f"There is no snapshot file {self.path}: check its name, or export one with {EXPORT}."
				)
			uri = f"{self.path.absolute().as_uri()}?mode=ro"
			with closing(sqlite3.connect(uri, uri=True)) as connection:
				self._check(connection)
				yield connection
		except (OSError, sqlite3.Error, ValueError, KeyError, TypeError) as error:
			raise SnapshotUnavailable(
				f"{self.path} cannot be read as a snapshot ({error}): export it again with {EXPORT}."
			) from error

	def _check(self, connection: sqlite3.Connection) -> None:
		(owner,) = connection.execute("PRAGMA application_id").fetchone()
		(version,) = connection.execute("PRAGMA user_version").fetchone()
		if owner != APPLICATION_ID:
			raise sqlite3.DatabaseError("otp-snapshot did not write it")
		(size,) = connection.execute(
			"SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
		).fetchone()
		if self.path.stat().st_size < size:
			# SQLite itself fills up a last page that is cut short.
			raise sqlite3.DatabaseError("its end is missing")
		if version != SCHEMA_VERSION:
			cure = "update otp_app" if version > SCHEMA_VERSION else f"export it again with {EXPORT}"
			raise SnapshotUnavailable(
				f"{self.path} has schema version {version}, and this otp_app reads version {SCHEMA_VERSION}: {cure}."
			)


def _read(
	connection: sqlite3.Connection, wanted: Collection[str], customer: str | None, excluding: Excluded | None
) -> Snapshot:
	meta = _meta(connection)
	items = _with_relatives(connection, wanted)
	boms = _with_needed(connection, items)
	items = dict(sorted(items.items()))
	codes = json.dumps(list(items))
	commitments: Iterator[Commitment] = _select(connection, "commitments", OF_ITEMS, codes)
	return Snapshot(
		taken_at=datetime.fromisoformat(meta["taken_at"]),
		timezone=meta["timezone"],
		precision=int(meta["precision"]),
		settings=decoder(Settings)(json.loads(meta["settings"])),
		items=items,
		warehouses=_named(connection, "warehouses"),
		companies=_named(connection, "companies"),
		calendars=_named(connection, "calendars"),
		customers=_customer(connection, customer) if meta["customers"] == "included" else None,
		lanes=tuple(_select(connection, "lanes")),
		sourcing_rules=tuple(_select(connection, "sourcing_rules")),
		reliability=tuple(_select(connection, "reliability")),
		supplies=tuple(_select(connection, "supplies", OF_ITEMS, codes)),
		commitments=tuple(fact for fact in commitments if not owns(excluding, fact)),
		boms=boms,
		workstations=_named(connection, "workstations"),
		allocations=tuple(_select(connection, "allocations")),
		protections=tuple(_select(connection, "protections", OF_ITEMS, codes)),
	)


def _all(connection: sqlite3.Connection) -> Snapshot:
	codes = [code for (code,) in connection.execute("SELECT item_code FROM items")]
	facts = _read(connection, codes, None, None)
	return facts if facts.customers is None else replace(facts, customers=_named(connection, "customers"))


def _meta(connection: sqlite3.Connection) -> dict[str, str]:
	return dict(connection.execute("SELECT name, value FROM meta"))


def _customer(connection: sqlite3.Connection, name: str | None) -> dict[str, Customer]:
	return {customer.name: customer for customer in _select(connection, "customers", "name = ?", name)}


def _with_relatives(connection: sqlite3.Connection, wanted: Collection[str]) -> dict[str, Item]:
	"""The items, their components and alternatives, and those of these, by name.

	The second step is for the alternative of a component and the components of an alternative.
	"""
	found: dict[str, Item] = {}
	asked: set[str] = set()
	more = set(wanted)
	for _ in range(3):
		asked |= more
		new: list[Item] = list(_select(connection, "items", OF_ITEMS, json.dumps(sorted(more))))
		found.update((item.item_code, item) for item in new)
		more = {name for item in new for name in relatives(item)} - asked
	return found


def _with_needed(connection: sqlite3.Connection, items: dict[str, Item]) -> dict[str, Bom]:
	"""The BOMs by which the items can be made, over all levels; the items that those need are added to `items`."""
	rows = connection.execute(NEEDED, [json.dumps(list(items))]).fetchall()
	more = json.dumps(sorted({code for code, _ in rows} - items.keys()))
	items.update((item.item_code, item) for item in _select(connection, "items", OF_ITEMS, more))
	names = json.dumps(sorted({bom for _, bom in rows if bom is not None}))
	return {bom.name: bom for bom in _select(connection, "boms", OF_NAMES, names)}


def relatives(item: Item) -> Iterator[str]:
	"""The items that a promise of this one may come to, one step on: components and alternatives."""
	yield from (component.item_code for component in item.components)
	yield from item.alternatives


def owns(document: Excluded | None, commitment: Commitment) -> bool:
	"""Whether a commitment is one of the document that is being promised."""
	if document is None:
		return False
	if commitment.kind is CommitmentKind.HOLD:
		return commitment.document in document.holds
	own = OWN_COMMITMENTS.get(document.doctype, ())
	return commitment.document == document.name and commitment.kind in own


def _named(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
	return {fact.name: fact for fact in _select(connection, table)}


def _select(
	connection: sqlite3.Connection, table: str, where: str = "1", *values: str | None
) -> Iterator[Any]:
	"""Facts in the order of their names; those without one, as they were written."""
	fact: Any = TABLES[table]
	names, decoders = columns(table), cell_decoders(fact)
	order = "rowid" if table in UNNAMED else names[0]
	chosen = ", ".join(f'"{name}"' for name in names)
	rows = connection.execute(f"SELECT {chosen} FROM {table} WHERE {where} ORDER BY {order}", values)  # noqa: S608
	for row in rows:
		cells = zip(decoders, row, strict=True)
		yield fact(*[value if decode is None else decode(value) for decode, value in cells])
