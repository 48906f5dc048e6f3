"""What the sandbox has done, in SQLite: committed before anybody is answered, so that a killed server still knows it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from otp_app.molam_sandbox import money

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_by_kind ON object (kind, seq);
CREATE TABLE IF NOT EXISTS answer (
	caller TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
	PRIMARY KEY (caller, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS request (
	seq INTEGER PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, idempotency_key TEXT, status INTEGER, fault TEXT
);
CREATE TABLE IF NOT EXISTS event (
	seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, payment TEXT NOT NULL, body TEXT NOT NULL,
	state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_pending ON event (seq) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS delivery (
	seq INTEGER PRIMARY KEY, event TEXT NOT NULL, type TEXT NOT NULL, how TEXT NOT NULL, url TEXT NOT NULL,
	status INTEGER, error TEXT
);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
OBJECTS = "SELECT body FROM object WHERE kind = ? AND (? IS NULL OR status = ?)"
HAS_METADATA = " AND EXISTS (SELECT 1 FROM json_each(body, '$.metadata') m WHERE m.key = ? AND CAST(m.value AS TEXT) = ?)"


class Kept(NamedTuple):
	"""The first answer to an idempotency key."""

	fingerprint: str
	status: int
	body: str


class Event(NamedTuple):
	"""A webhook event; `body` is what goes over the wire."""

	id: str
	type: str
	payment: str
	body: str


class Store:
	"""Objects, answers by idempotency key, requests, events and deliveries. For one thread."""

	def __init__(self, path: Path | None) -> None:
		"""Open or create the state file; in memory without one. Raises sqlite3.Error for a file that is no state."""
		self._db = sqlite3.connect(path or ":memory:")
		self._db.execute("PRAGMA journal_mode = WAL")
		self._db.execute("PRAGMA synchronous = NORMAL")
		self._db.executescript(SCHEMA)

	def close(self) -> None:
		"""Let go of the file."""
		self._db.close()

	def transaction(self) -> AbstractContextManager[object]:
		"""All or nothing of what is written within."""
		return self._db

	def put(self, kind: str, body: Mapping[str, Any]) -> str:
		"""Keep an object, new or changed; gives its JSON."""
		text = money.dumps(body)
		self._db.execute(
			"INSERT INTO object (id, kind, status, body) VALUES (?, ?, ?, ?)"
			" ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body",
			(body["id"], kind, body["status"], text),
		)
		return text

	def text(self, kind: str, name: str) -> str | None:
		"""An object's JSON."""
		row = self._db.execute("SELECT body FROM object WHERE id = ? AND kind = ?", (name, kind)).fetchone()
		return str(row[0]) if row else None

	def texts(
		self,
		kind: str,
		limit: int = -1,
		status: str | None = None,
		metadata: Iterable[tuple[str, str]] = (),
	) -> list[str]:
		"""The JSON of objects, newest first, that have the status and all the metadata asked for."""
		pairs = list(metadata)
		values = [value for pair in pairs for value in pair]
		query = f"{OBJECTS}{HAS_METADATA * len(pairs)} ORDER BY seq DESC LIMIT ?"
		return [row[0] for row in self._db.execute(query, (kind, status, status, *values, limit))]

	def kept_answer(self, caller: str, key: str) -> Kept | None:
		"""The answer that this caller's key was given."""
		query = "SELECT fingerprint, status, body FROM answer WHERE caller = ? AND key = ?"
		row = self._db.execute(query, (caller, key)).fetchone()
		return Kept(*row) if row else None

	def keep_answer(self, caller: str, key: str, kept: Kept) -> None:
		"""Remember the answer to a caller's key."""
		self._db.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?)", (caller, key, *kept))

	def add_request(
		self, method: str, path: str, key: str | None, status: int | None, fault: str | None
	) -> None:
		"""Remember a request; no status is a request that was not answered."""
		with self._db:
			self._db.execute(
				"INSERT INTO request (method, path, idempotency_key, status, fault) VALUES (?, ?, ?, ?, ?)",
				(method, path, key, status, fault),
			)

	def add_event(self, event: Event, *, wanted: bool) -> None:
		"""Keep an event, to be delivered if anybody wants it."""
		state = "pending" if wanted else "unsent"
		self._db.execute(
			"INSERT INTO event (id, type, payment, body, state) VALUES (?, ?, ?, ?, ?)", (*event, state)
		)

	def next_pending(self) -> Event | None:
		"""The oldest event that is still to be delivered."""
		row = self._db.execute(
			"SELECT id, type, payment, body FROM event WHERE state = 'pending' ORDER BY seq LIMIT 1"
		).fetchone()
		return Event(*row) if row else None

	def event(self, name: str) -> Event | None:
		"""An event by its id."""
		row = self._db.execute("SELECT id, type, payment, body FROM event WHERE id = ?", (name,)).fetchone()
		return Event(*row) if row else None

	def events_of(self, payment: str) -> list[Event]:
		"""All events about a payment, oldest first."""
		query = "SELECT id, type, payment, body FROM event WHERE payment = ? ORDER BY seq"
		return [Event(*row) for row in self._db.execute(query, (payment,))]

	def settle_event(self, name: str, state: str) -> None:
		"""Remember how the delivery of an event ended."""
		with self._db:
			self._db.execute("UPDATE event SET state = ? WHERE id = ?", (state, name))

	def add_delivery(self, delivery: Mapping[str, Any]) -> None:
		"""Remember one attempt to deliver an event."""
		with self._db:
			self._db.execute(
				"INSERT INTO delivery (event, type, how, url, status, error)"
				" VALUES (:event, :type, :how, :url, :status, :error)",
				delivery,
			)

	def settings(self) -> dict[str, str]:
		"""What was set, by name."""
		return dict(self._db.execute("SELECT name, value FROM setting"))

	def set(self, settings: Mapping[str, str | None]) -> None:
		"""Change settings; None takes one away."""
		with self._db:
			self._db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", settings.items())
			self._db.execute("DELETE FROM setting WHERE value IS NULL")

	def rows(self, table: str) -> list[dict[str, Any]]:
		"""All rows of requests, events or deliveries, oldest first."""
		cursor = self._db.execute(f"SELECT * FROM {table} ORDER BY seq")  # noqa: S608 - a name of our own
		names = [column[0] for column in cursor.description]
		return [dict(zip(names, row, strict=True)) for row in cursor]
