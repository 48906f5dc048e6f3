"""A deadline for the whole answer of a synchronous call, status line and headers included.

A read time-out alone starts again with every byte: an answer that drips would be waited for without end.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECTIONS = 64  # kept open for that many threads
SHORTEST = 0.001  # seconds; a socket's time-out of 0 would mean not to wait at all

_thread = threading.local()


@contextmanager
def all_within(seconds: float) -> Iterator[None]:
	"""Answers to requests that this thread sends in the block must be read to their end within `seconds`."""
	_thread.until = time.monotonic() + seconds
	try:
		yield
	finally:
		_thread.until = math.inf


class _Timely(io.RawIOBase):
	"""What comes in over a socket until a moment; after it a time-out."""

	def __init__(self, sock: socket.socket, until: float) -> None:
		self._sock, self._until = sock, until
		self._raw = sock.makefile("rb", buffering=0)

	def readable(self) -> bool:
		return True

	def readinto(self, buffer: Any) -> int | None:
		left = self._until - time.monotonic()
		if left <= 0:
			raise TimeoutError("the answer is still coming in")
		usual = self._sock.gettimeout()
		if usual is None or usual > left:
			self._sock.settimeout(max(SHORTEST, left))
		return self._raw.readinto(buffer)

	def close(self) -> None:
		self._raw.close()
		super().close()


class _Response(http.client.HTTPResponse):
	def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
		super().__init__(sock, *args, **kwargs)
		until = getattr(_thread, "until", math.inf)
		if until < math.inf:
			self.fp.close()
			self.fp = io.BufferedReader(_Timely(sock, until))


class _Connection(HTTPConnection):
	response_class = _Response


class _TLSConnection(HTTPSConnection):
	response_class = _Response


class _Pool(HTTPConnectionPool):
	ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
	ConnectionCls = _TLSConnection


_POOLS = {"http": _Pool, "https": _TLSPool}


class TimelyAdapter(HTTPAdapter):
	"""Connections that keep to `all_within`; those through a SOCKS proxy have the read time-out only."""

	def __init__(self) -> None:
		super().__init__(pool_maxsize=CONNECTIONS)

	def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
		super().init_poolmanager(*args, **kwargs)
		self.poolmanager.pool_classes_by_scheme = _POOLS

	def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
		manager = super().proxy_manager_for(proxy, **kwargs)
		if not proxy.lower().startswith("socks"):
			manager.pool_classes_by_scheme = _POOLS
		return manager
