"""Writes a snapshot file: all of it or nothing."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from otp_app.engine.facts import OpenLine, Snapshot
from otp_app.sources.snapshot.codec import cell, plain
from otp_app.sources.snapshot.schema import SCHEMA_VERSION, columns, statements


def write_snapshot(
	snapshot: Snapshot, path: str | Path, *, customers: bool = False, values: bool = False
) -> None:
	"""Write all facts to `path`, replacing it at once: a reader sees the old file or the new one, never half of one.

	Without `customers` their names stay out, those in transit lanes, sourcing rules and open order lines too, and what is
	allocated to or protected for one of them; without `values`, what order lines are worth. The same facts give the same bytes. Raises OSError when the folder cannot be written.
	"""
	path = Path(path)
	draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
	# Tells a folder that is missing or read-only as the OSError that it is, which SQLite would not.
	draft.touch(exist_ok=False)
	try:
		with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
			_fill(connection, snapshot, customers and snapshot.customers is not None, values)
		draft.replace(path)
	finally:
		draft.unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, snapshot: Snapshot, customers: bool, values: bool) -> None:
	# No journal: a draft that is interrupted is thrown away.
	connection.execute("PRAGMA journal_mode = OFF")
	connection.execute("BEGIN")
	for statement in statements():
		connection.execute(statement)
	connection.executemany("INSERT INTO meta VALUES (?, ?)", _meta(snapshot, customers).items())
	_insert(connection, "items", _by_name(snapshot.items))
	_insert(connection, "warehouses", _by_name(snapshot.warehouses))
	_insert(connection, "companies", _by_name(snapshot.companies))
	_insert(connection, "calendars", _by_name(snapshot.calendars))
	_insert(connection, "customers", _by_name(snapshot.customers or {}) if customers else [])
	lanes = [lane for lane in snapshot.lanes if customers or lane.customer is None]
	_insert(connection, "lanes", lanes)
	_insert(connection, "boms", _by_name(snapshot.boms))
	_insert(connection, "workstations", _by_name(snapshot.workstations))
	rules = [rule for rule in snapshot.sourcing_rules if customers or rule.customer is None]
	_insert(connection, "sourcing_rules", rules)
	_insert(connection, "reliability", snapshot.reliability)
	_insert(connection, "supplies", snapshot.supplies)
	_insert(connection, "commitments", snapshot.commitments)
	for table, facts in (("allocations", snapshot.allocations), ("protections", snapshot.protections)):
		_insert(connection, table, [fact for fact in facts if customers or fact.customer is None])
	_insert(connection, "open_lines", (_told(line, customers, values) for line in snapshot.open_lines))
	connection.execute("COMMIT")


def _meta(snapshot: Snapshot, customers: bool) -> dict[str, str]:
	return {
		"schema_version": str(SCHEMA_VERSION),
		"taken_at": snapshot.taken_at.isoformat(),
		"timezone": snapshot.timezone,
		"precision": str(snapshot.precision),
		"settings": json.dumps(plain(snapshot.settings)),
		"customers": "included" if customers else "left out",
	}


def _told(line: OpenLine, customers: bool, values: bool) -> OpenLine:
	"""A line without what the file is not to hold."""
	return replace(line, customer=line.customer if customers else None, value=line.value if values else None)


def _by_name(facts: Mapping[str, Any]) -> list[Any]:
	return [facts[name] for name in sorted(facts)]


def _insert(connection: sqlite3.Connection, table: str, facts: Iterable[Any]) -> None:
	names = columns(table)
	marks = ", ".join("?" * len(names))
	rows = ([cell(getattr(fact, name)) for name in names] for fact in facts)
	connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
