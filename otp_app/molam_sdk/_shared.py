"""What the processes of a site share of a circuit breaker: a few keys in Redis; without Redis, this process's own."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from ._forking import renewed_after_fork
from .logging_setup import get_logger

logger = get_logger("cb")

T = TypeVar("T")

REDIS_TIMEOUT = 0.5  # seconds; a payment waits no longer for the state of the circuit
REDIS_PAUSE = 5.0  # seconds for which a Redis that failed is left alone

# Deletes the slot only while it is still ours.
_GIVE_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Slot:
	"""The one place for a probe, in this process. Who does not give it back loses it after its time."""

	def __init__(self) -> None:
		self._lock = threading.Lock()
		self._token = ""
		self._until = 0.0
		renewed_after_fork(self)

	def after_fork(self) -> None:
		self._lock, self._token = threading.Lock(), ""

	def take(self, seconds: float) -> str | None:
		"""A token for the slot; None while somebody else has it."""
		with self._lock:
			if self._token and time.monotonic() < self._until:
				return None
			self._token, self._until = uuid.uuid4().hex, time.monotonic() + seconds
			return self._token

	def give_back(self, token: str) -> None:
		"""Free the slot, if the token still holds it."""
		with self._lock:
			if self._token == token:
				self._token = ""


class SharedSlot(Slot):
	"""The one place for a probe among all processes."""

	def __init__(self, redis: SteadyRedis, key: str) -> None:
		super().__init__()
		self._redis, self._key = redis, key

	def take(self, seconds: float) -> str | None:
		token = uuid.uuid4().hex

		def remote(redis: Any) -> str | None:
			return token if redis.set(self._key, token, nx=True, px=max(1, int(seconds * 1000))) else None

		return self._redis.attempt(remote, lambda: super(SharedSlot, self).take(seconds))

	def give_back(self, token: str) -> None:
		super().give_back(token)
		self._redis.attempt(lambda redis: redis.eval(_GIVE_BACK, 1, self._key, token), lambda: None)


class SteadyRedis:
	"""The commands that pybreaker's storage uses. While Redis is down they work on what was last known of it."""

	def __init__(self, redis: Any) -> None:
		self._redis = _with_timeouts(redis)
		self._known: dict[str, bytes] = {}
		self._lock = threading.Lock()
		self._down_until = 0.0
		renewed_after_fork(self)

	def after_fork(self) -> None:
		self._lock = threading.Lock()

	def attempt(self, remote: Callable[[Any], T], local: Callable[[], T]) -> T:
		"""What Redis says; what `local` says while Redis is down."""
		from redis.exceptions import RedisError  # type: ignore[import-untyped]

		if time.monotonic() < self._down_until:
			return local()
		try:
			return remote(self._redis)
		except (RedisError, OSError) as error:
			self._down_until = time.monotonic() + REDIS_PAUSE
			logger.warning("Redis is down, the circuit is this process's own for now: %s", error)
			return local()

	def get(self, key: str) -> bytes | None:
		found: bytes | None = self.attempt(lambda redis: redis.get(key), lambda: self._known.get(key))
		if found is None:
			self._known.pop(key, None)
		else:
			self._known[key] = found
		return found

	def set(self, key: str, value: str | int) -> None:
		self._known[key] = str(value).encode()
		self.attempt(lambda redis: redis.set(key, value), lambda: None)

	def setnx(self, key: str, value: str | int) -> None:
		self._known.setdefault(key, str(value).encode())
		self.attempt(lambda redis: redis.setnx(key, value), lambda: None)

	def incr(self, key: str) -> int:
		def local() -> int:
			with self._lock:
				count = int(self._known.get(key, b"0")) + 1
				self._known[key] = str(count).encode()
			return count

		return self.attempt(lambda redis: int(redis.incr(key)), local)


def _with_timeouts(redis: Any) -> Any:
	"""A client of the same server that gives up soon, and answers bytes whatever the given one does."""
	from redis import BlockingConnectionPool, ConnectionPool, Redis  # type: ignore[import-untyped]

	pool = getattr(redis, "connection_pool", None)
	if pool is None or type(pool) not in (ConnectionPool, BlockingConnectionPool):
		return redis
	settings = {name: value for name, value in pool.connection_kwargs.items() if value is not None}
	soon = {"socket_timeout": REDIS_TIMEOUT, "socket_connect_timeout": REDIS_TIMEOUT}
	own = ConnectionPool(
		connection_class=pool.connection_class, **{**soon, **settings, "decode_responses": False}
	)
	return Redis(connection_pool=own)
