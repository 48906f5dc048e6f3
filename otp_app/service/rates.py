"""How many requests a minute a caller may make: one bucket a key, counted over all worker processes."""

from __future__ import annotations

import mmap
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

SLOT = struct.Struct("d")
# Callers without a key of ours share buckets by their address; two addresses may meet in one.
ADDRESSES = 4096
# Its name, in the folder that worker processes share.
SHARED_FILE = "rates"


class Rates:
	"""Buckets of `limit` requests that fill up within a minute (GCRA: a bucket is the moment at which it is full again).

	`file` is shared by the worker processes; without one, the buckets are this process's own.
	"""

	def __init__(
		self, limit: int, keys: int, file: Path | None = None, clock: Callable[[], float] = time.monotonic
	) -> None:
		self._step = 60.0 / limit if limit else 0.0
		self._keys = keys
		self._clock = clock
		self._lock = Lock()
		size = (keys + ADDRESSES) * SLOT.size
		self._file = file.open("r+b") if file else None
		self._slots = mmap.mmap(self._file.fileno() if self._file else -1, size)

	@staticmethod
	def prepare(file: Path, keys: int) -> None:
		"""Makes the file that workers share, all buckets full."""
		file.write_bytes(bytes((keys + ADDRESSES) * SLOT.size))

	def take_by_key(self, index: int) -> float:
		"""Takes one request of the bucket of a key, by its place among the keys: seconds to wait, 0.0 if it may be made."""
		return self._take(index)

	def take_by_address(self, address: str) -> float:
		"""The same for a caller that sends no key of ours."""
		return self._take(self._keys + zlib.crc32(address.encode()) % ADDRESSES)

	def _take(self, slot: int) -> float:
		if not self._step:
			return 0.0
		place = slot * SLOT.size
		with self._locked(place):
			now = self._clock()
			(before,) = SLOT.unpack_from(self._slots, place)
			full: float = max(before, now) + self._step
			wait = full - now - 60.0
			if wait <= 1e-9:
				SLOT.pack_into(self._slots, place, full)
				return 0.0
			return wait

	@contextmanager
	def _locked(self, place: int) -> Iterator[None]:
		with self._lock:
			if self._file is None:
				yield
				return
			import fcntl

			fcntl.lockf(self._file, fcntl.LOCK_EX, SLOT.size, place)
			try:
				yield
			finally:
				fcntl.lockf(self._file, fcntl.LOCK_UN, SLOT.size, place)
