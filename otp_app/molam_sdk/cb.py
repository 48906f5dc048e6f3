"""The circuit breaker: stops asking a server that does not answer, and lets one probe find out when it does again.

State, storage and listeners are pybreaker's. Admission is here: pybreaker's own `call` holds a lock while the call
runs, and lets more than one probe through; the clients ask `admit` before each attempt and tell how it went.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from pybreaker import (
	STATE_CLOSED,
	STATE_HALF_OPEN,
	STATE_OPEN,
	CircuitBreaker,
	CircuitBreakerError,
	CircuitBreakerListener,
	CircuitBreakerStorage,
	CircuitMemoryStorage,
	CircuitRedisStorage,
)

from ._forking import renewed_after_fork
from ._shared import SharedSlot, Slot, SteadyRedis
from .exceptions import APIError
from .logging_setup import get_logger
from .metrics import CIRCUIT_CHANGES, CIRCUIT_STATE

logger = get_logger("cb")

T = TypeVar("T")

_GAUGE = {STATE_CLOSED: 0, STATE_HALF_OPEN: 1, STATE_OPEN: 2}

FREELY = ""  # the ticket of an attempt that is no probe


class _RedisStorage(CircuitRedisStorage):
	"""pybreaker's; a state that it has no word for is taken for closed: payments go on."""

	@property
	def state(self) -> str:
		try:
			found = super().state
		except UnicodeDecodeError:
			return STATE_CLOSED
		return found if found in _GAUGE else STATE_CLOSED

	@state.setter
	def state(self, state: str) -> None:
		self._redis.set(self._namespace("state"), state)


class Breaker(CircuitBreaker):
	"""A pybreaker.CircuitBreaker; `admit`, `succeeded`, `failed` and `abandoned` keep no lock during an attempt."""

	def __init__(self, *args: Any, slot: Slot, shared: bool, **kwargs: Any) -> None:
		super().__init__(*args, **kwargs)
		self._slot = slot
		self.shared = shared
		gauge = CIRCUIT_STATE.labels(self.name)  # 0 at first; another breaker of that name may have set it
		if shared:
			gauge.set(_GAUGE[self.current_state])
		renewed_after_fork(self)

	def after_fork(self) -> None:
		self._lock = threading.RLock()

	def call(self, func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
		"""pybreaker's way of a guarded call: the call that trips it raises CircuitBreakerError, because of its error."""
		try:
			return super().call(func, *args, **kwargs)
		except CircuitBreakerError as error:
			error.__cause__ = error.__cause__ or error.__context__
			raise

	def admit(self, longest: float) -> str | None:
		"""A ticket for one attempt of at most `longest` seconds; None while the circuit is open.

		Half-open, there is one ticket at a time. Give each ticket to `succeeded`, `failed` or `abandoned`.
		"""
		if self._seen_state() == STATE_CLOSED:
			return FREELY
		if not self._due():
			return None
		ticket = self._slot.take(longest)
		if ticket is None:
			return None
		with self._lock:
			# The last probe may have ended between the look at the state and the taking of its slot.
			if self._seen_state() == STATE_CLOSED:
				self._slot.give_back(ticket)
				return FREELY
			if not self._due():
				self._slot.give_back(ticket)
				return None
			if self._seen_state() == STATE_OPEN:
				self.half_open()
		return ticket

	def succeeded(self, ticket: str) -> None:
		"""The server answered."""
		if ticket:
			self.close()
			self._slot.give_back(ticket)
		elif self.fail_counter and self._seen_state() == STATE_CLOSED:
			self._state_storage.reset_counter()
		for listener in self.listeners:
			listener.success(self)

	def failed(self, ticket: str, error: BaseException) -> None:
		"""The server did not answer, or with 5xx. What ends after the circuit opened changes nothing."""
		for listener in self.listeners:
			listener.failure(self, error)
		with self._lock:
			if ticket:
				self.open()
			elif self._seen_state() == STATE_CLOSED:
				self._state_storage.increment_counter()
				if self.fail_counter >= self.fail_max:
					self.open()
		self.abandoned(ticket)

	def abandoned(self, ticket: str) -> None:
		"""The attempt ended without telling anything about the server."""
		if ticket:
			self._slot.give_back(ticket)

	def _seen_state(self) -> str:
		"""The state's name; tells the listeners if another process changed it."""
		name = self.current_state
		if name == self._state.name:
			return name
		with self._lock:  # a change by another thread is complete only when it lets go of the lock
			return self.state.name

	def _due(self) -> bool:
		"""Whether the circuit is half-open, or has been open for long enough to become so."""
		if self.current_state != STATE_OPEN:
			return True
		opened_at = self._state_storage.opened_at
		now = datetime.now(timezone.utc)
		return opened_at is None or now >= opened_at + timedelta(seconds=self.reset_timeout)


class _Telling(CircuitBreakerListener):
	"""Changes of state, to the metrics and the log."""

	def state_change(self, cb: CircuitBreaker, old_state: Any, new_state: Any) -> None:
		old, new = old_state.name if old_state else "none", new_state.name
		CIRCUIT_CHANGES.labels(cb.name, old, new).inc()
		CIRCUIT_STATE.labels(cb.name).set(_GAUGE[new])
		logger.warning("Circuit %s: %s -> %s", cb.name, old, new)


def _refused_only(error: BaseException) -> bool:
	"""Whether the server is well, and only refused what it was asked."""
	return isinstance(error, APIError) and error.status_code < 500


def create_circuit_breaker(
	name: str, fail_max: int = 5, reset_timeout: float = 60, redis: Any = None
) -> Breaker:
	"""A breaker that opens after `fail_max` failures in a row and probes `reset_timeout` seconds later.

	With `redis` (a client), all breakers of that name share their state; while Redis is down, each process has its own.
	"""
	slot = Slot()
	storage: CircuitBreakerStorage = CircuitMemoryStorage(STATE_CLOSED)
	if redis is not None:
		steady = SteadyRedis(redis)
		slot = SharedSlot(steady, f"{name}:molam:probe")
		# Cluster mode uses plain commands only, which have an answer while Redis is down, too.
		storage = _RedisStorage(STATE_CLOSED, steady, namespace=name, cluster_mode=True)
	return Breaker(
		fail_max=fail_max,
		reset_timeout=reset_timeout,
		exclude=[_refused_only],
		listeners=[_Telling()],
		state_storage=storage,
		name=name,
		slot=slot,
		shared=redis is not None,
	)
