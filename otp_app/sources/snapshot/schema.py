"""The tables of a snapshot file. A change to a fact's fields is a new SCHEMA_VERSION."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from otp_app.engine.capable.facts import Bom, Workstation
from otp_app.engine.facts import (
	Allocation,
	Calendar,
	Commitment,
	Company,
	Customer,
	Item,
	OpenLine,
	Protection,
	Reliability,
	SourcingRule,
	Supply,
	TransitLane,
	Warehouse,
)
from otp_app.sources.snapshot.codec import column_type

SCHEMA_VERSION = 3
# "OTPS", so that a snapshot is told from any other SQLite file.
APPLICATION_ID = 0x4F545053

TABLES: Mapping[str, type[Any]] = {
	"items": Item,
	"warehouses": Warehouse,
	"companies": Company,
	"calendars": Calendar,
	"customers": Customer,
	"lanes": TransitLane,
	"sourcing_rules": SourcingRule,
	"reliability": Reliability,
	"supplies": Supply,
	"commitments": Commitment,
	"allocations": Allocation,
	"protections": Protection,
	"open_lines": OpenLine,
	"boms": Bom,
	"workstations": Workstation,
}
# These have no name of their own: they keep the order in which they were written.
UNNAMED = frozenset(
	{"lanes", "reliability", "supplies", "commitments", "allocations", "protections", "open_lines"}
)
BY_ITEM = ("supplies", "commitments")


def columns(table: str) -> list[str]:
	"""The columns of a table, in order."""
	return [f.name for f in fields(TABLES[table])]


def statements() -> Iterator[str]:
	"""What creates an empty snapshot."""
	yield f"PRAGMA application_id = {APPLICATION_ID}"
	yield f"PRAGMA user_version = {SCHEMA_VERSION}"
	yield "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
	for table, fact in TABLES.items():
		hints = get_type_hints(fact)
		described = [f'"{name}" {column_type(hints[name])}' for name in columns(table)]
		if table in UNNAMED:
			yield f"CREATE TABLE {table} ({', '.join(described)})"
		else:
			described[0] += " PRIMARY KEY"
			yield f"CREATE TABLE {table} ({', '.join(described)}) WITHOUT ROWID"
	for table in BY_ITEM:
		yield f"CREATE INDEX {table}_by_item ON {table} (item_code)"
