"""Answers kept for a few seconds, and one call for all who ask the same at the same time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_KEPT = 512


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
	"""An answer, and when (`time.monotonic`) it was asked for: it may be older than it came, never younger."""

	value: T
	asked_at: float


class Keeper(Generic[T]):
	"""Keeps answers for `seconds` from when they were asked for; an older one is never given. Errors are not kept."""

	def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
		self._seconds = seconds
		self._clock = clock
		self._lock = threading.Lock()
		self._kept: OrderedDict[Hashable, Kept[T]] = OrderedDict()
		self._asking: dict[Hashable, Future[Kept[T]]] = {}

	def get(self, key: Hashable, ask: Callable[[], T]) -> Kept[T]:
		"""What is kept for a key, else what `ask` answers; who asks meanwhile waits for it, and shares its error."""
		with self._lock:
			found = self._fresh(key)
			if found is not None:
				return found
			waiting = self._asking.get(key)
			if waiting is None:
				mine = self._asking[key] = Future()
		return waiting.result() if waiting is not None else self._ask(key, ask, mine)

	def oldest(self) -> float | None:
		"""Age in seconds of the oldest answer that may still be given; None where nothing is kept."""
		with self._lock:
			for key in list(self._kept):
				self._fresh(key)
			ages = [self._clock() - kept.asked_at for kept in self._kept.values()]
		return max(ages, default=None)

	def forget(self) -> None:
		"""Drops what is kept, and keeps nothing of what is being asked for."""
		with self._lock:
			self._kept.clear()
			self._asking.clear()

	def _fresh(self, key: Hashable) -> Kept[T] | None:
		found = self._kept.get(key)
		if found is not None and self._clock() - found.asked_at >= self._seconds:
			del self._kept[key]
			return None
		return found

	def _drop_stale(self) -> None:
		"""Facts of orders that are asked for once would stay; the first to come is the first to go."""
		while self._kept and self._fresh(next(iter(self._kept))) is None:
			pass

	def _ask(self, key: Hashable, ask: Callable[[], T], mine: Future[Kept[T]]) -> Kept[T]:
		asked_at = self._clock()
		try:
			kept = Kept(ask(), asked_at)
		except BaseException as error:
			self._done(key, mine, None)
			mine.set_exception(error)
			raise
		self._done(key, mine, kept)
		mine.set_result(kept)
		return kept

	def _done(self, key: Hashable, mine: Future[Kept[T]], kept: Kept[T] | None) -> None:
		with self._lock:
			if self._asking.get(key) is not mine:
				return
			del self._asking[key]
			if kept is not None and self._seconds > 0:
				self._drop_stale()
				self._kept[key] = kept
				if len(self._kept) > MOST_KEPT:
					self._kept.popitem(last=False)
