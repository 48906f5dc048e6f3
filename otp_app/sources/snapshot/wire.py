"""A Snapshot as one JSON object and back: what a site sends to a program that promises from its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otp_app.engine.facts import Snapshot
from otp_app.sources.snapshot.codec import decoder, plain
from otp_app.sources.snapshot.schema import SCHEMA_VERSION


def told(snapshot: Snapshot) -> dict[str, Any]:
	"""`{version, facts}`, JSON values only; the version is that of the snapshot file's tables."""
	return {"version": SCHEMA_VERSION, "facts": plain(snapshot)}


def understood(message: Any) -> Snapshot:
	"""The inverse of `told`. Raises ValueError, saying what is wrong, for anything that is not exactly that.

	A fact that is missing or of another type is never made up: what was read must give the same JSON again.
	"""
	if not isinstance(message, Mapping) or not isinstance(message.get("facts"), Mapping):
		raise ValueError("there are no facts in it")
	if message.get("version") != SCHEMA_VERSION:
		raise ValueError(
			f"its facts have version {message.get('version')!r}, and these are version {SCHEMA_VERSION}"
		)
	facts = message["facts"]
	try:
		snapshot: Snapshot = decoder(Snapshot)(facts)
	except (ValueError, KeyError, TypeError, AttributeError) as error:
		raise ValueError(f"a fact cannot be read: {type(error).__name__} {error}") from error
	if snapshot.taken_at.utcoffset() is None:
		raise ValueError("taken_at has no time zone")
	again = plain(snapshot)
	if again != facts:
		raise ValueError(f"{', '.join(_differing(again, facts))} cannot be read")
	return snapshot


def _differing(again: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
	names = {*again, *facts}
	return sorted(
		name for name in names if not (name in again and name in facts and again[name] == facts[name])
	)
