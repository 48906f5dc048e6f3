"""A snapshot in a SQLite file: the facts of a site, taken at one moment, on a machine that has no ERPNext.

One table for each kind of fact, its columns the fields of the dataclass in `otp_app.engine.facts`, so that
`sqlite3 FILE` shows them to a person: dates and times as ISO text, enums by their value, yes and no as 1 and 0, and
lists as JSON text. The table `meta` holds what describes the whole file.
"""

from otp_app.sources.snapshot.memory import SnapshotMemory
from otp_app.sources.snapshot.reader import SnapshotFile, SnapshotUnavailable
from otp_app.sources.snapshot.writer import write_snapshot

__all__ = ["SnapshotFile", "SnapshotMemory", "SnapshotUnavailable", "write_snapshot"]
