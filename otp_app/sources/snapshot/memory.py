"""The Source over a snapshot file that is kept in memory: for a service, which answers many promises from one file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from otp_app.engine.facts import Excluded, Snapshot
from otp_app.sources.snapshot.index import Index
from otp_app.sources.snapshot.reader import SnapshotFile, SnapshotUnavailable, owns

# Device, inode, size, and the moments of the last change to the content and to anything else (nanoseconds).
Stamp = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Loaded:
	"""What the file held that had this stamp."""

	stamp: Stamp | None
	index: Index

	def holds(self, stamp: Stamp | None) -> bool:
		"""Whether these are the facts of the file with that stamp."""
		return stamp is not None and self.stamp == stamp


class SnapshotMemory:
	"""The Source over a snapshot file, read once and again whenever the file is another one; threads may share it.

	It gives the facts that SnapshotFile gives. Who asks first after a replacement reads the new file; those who ask
	meanwhile are answered from the facts before it, never from some of both. A file that is gone or broken gives
	SnapshotUnavailable: facts of a file that is not there any more are not told.
	"""

	def __init__(self, path: str | Path) -> None:
		self.file = SnapshotFile(path)
		self._reading = Lock()
		self._loaded: _Loaded | None = None

	@property
	def path(self) -> Path:
		"""The file."""
		return self.file.path

	@property
	def taken_at(self) -> datetime:
		"""When the facts were read from the site (aware). Raises SnapshotUnavailable."""
		return self._index().all.taken_at

	@property
	def timezone(self) -> str:
		"""The site's time zone. Raises SnapshotUnavailable."""
		return self._index().all.timezone

	@property
	def at_hand(self) -> bool:
		"""Whether the facts of the file as it is now are in memory."""
		return self._loaded is not None and self._loaded.holds(_stamp(self.path))

	def item_codes(self) -> tuple[str, ...]:
		"""All items in the file, sorted. Raises SnapshotUnavailable."""
		return tuple(self._index().all.items)

	def names(self, document: Excluded) -> bool:
		"""Whether the file has commitments of this document. Raises SnapshotUnavailable."""
		return any(owns(document, commitment) for commitment in self._index().all.commitments)

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""The facts about `items`, as the Source protocol has it. Raises SnapshotUnavailable.

		With or without `documents`, commitments are as they were written.
		"""
		return self._index().snapshot(items, customer, excluding)

	def facts(self) -> Snapshot:
		"""All that any promise can depend on, every customer among it. Raises SnapshotUnavailable."""
		return self._index().all

	def book(self) -> Snapshot:
		"""As SnapshotFile.book, from the file: open order lines are not kept. Raises SnapshotUnavailable."""
		return self.file.book()

	def _index(self) -> Index:
		loaded = self._loaded
		if loaded is not None and loaded.holds(_stamp(self.path)):
			return loaded.index
		if not self._reading.acquire(blocking=loaded is None) and loaded is not None:
			return loaded.index
		try:
			return self._read()
		finally:
			self._reading.release()

	def _read(self) -> Index:
		"""The facts of the file as it is now. Only one thread at a time comes here."""
		# Before reading: of a file that is replaced meanwhile, the next question finds another stamp.
		stamp, loaded = _stamp(self.path), self._loaded
		if loaded is None or not loaded.holds(stamp):
			# Nothing is known any more if the file cannot be read, and everybody is told so.
			try:
				loaded = _Loaded(stamp, Index(self.file.facts()))
			except SnapshotUnavailable:
				self._loaded = None
				raise
			self._loaded = loaded
		return loaded.index


def _stamp(path: Path) -> Stamp | None:
	"""What tells the file that is there from any other; None where there is none."""
	try:
		found = path.stat()
	except OSError:
		return None
	return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
