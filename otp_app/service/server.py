"""A process that answers requests, until a signal to stop comes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing import parent_process
from pathlib import Path
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from otp_app.service.application import Application
from otp_app.service.backends import backend_of
from otp_app.service.config import Configuration
from otp_app.service.logs import log_to_stderr

# After the signal to stop, connections are still taken so long: who asks /ready is told 503, and sends no more.
NOTICE_SECONDS = 1.0
# Idle connections are kept so long, a little more than load balancers keep theirs.
KEEP_ALIVE_SECONDS = 75
# The head of a request has so long to come, and may have so many bytes.
HEAD_SECONDS = 10.0
HEAD_BYTES = 65536


class HttpConnection(HttpToolsProtocol):
	"""A connection that is closed if the head of a request is too long or does not come in time, byte by byte as it may be sent;
	so is one that goes on with a body after its request was answered."""

	_limit: asyncio.TimerHandle | None = None
	_head = 0
	_answered_early = False

	def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
		"""A new connection is to send the head of a request."""
		super().connection_made(transport)
		self._await_head()

	def connection_lost(self, exc: Exception | None) -> None:
		"""Nothing is waited for any more."""
		self._head_came()
		super().connection_lost(exc)

	def data_received(self, data: bytes) -> None:
		"""Counts what has come of a head."""
		super().data_received(data)
		if self._limit is not None and not self._answered_early:
			self._head += len(data)
			if self._head > HEAD_BYTES:
				self.transport.close()

	def on_message_begin(self) -> None:
		"""The first byte of a request: the rest of its head is to come."""
		super().on_message_begin()
		self._await_head()

	def on_headers_complete(self) -> None:
		"""The head has come; for the body there is another limit (`telling`)."""
		self._head_came()
		self._head = 0
		super().on_headers_complete()

	def on_response_complete(self) -> None:
		"""Where the answer did not wait for the body, the rest of that is to come soon, too."""
		super().on_response_complete()
		if self.cycle.response_complete and self.cycle.more_body:
			self._answered_early = True
			self._await_head()

	def on_message_complete(self) -> None:
		"""The whole request has come."""
		self._answered_early = False
		self._head_came()
		super().on_message_complete()

	def _await_head(self) -> None:
		self._head_came()
		self._limit = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

	def _head_came(self) -> None:
		if self._limit is not None:
			self._limit.cancel()
			self._limit = None


class Server(uvicorn.Server):
	"""A server that says that it is not ready before it stops taking connections, and then ends well."""

	def __init__(self, config: uvicorn.Config, application: Application, started: Callable[[], None]) -> None:
		super().__init__(config)
		self._started = started
		self._service = application.service
		self._notice = min(NOTICE_SECONDS, self._service.configuration.shutdown_seconds)
		self._parent = parent_process()

	@contextmanager
	def capture_signals(self) -> Iterator[None]:
		"""Unlike uvicorn's, it does not end the process by the same signal once more."""
		before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
		try:
			yield
		finally:
			for sig, handler in before.items():
				signal.signal(sig, handler)

	async def startup(self, sockets: list[socket.socket] | None = None) -> None:
		"""Says when connections are taken."""
		await super().startup(sockets)
		self._started()

	def handle_exit(self, sig: int, frame: FrameType | None) -> None:
		"""Stops; a second signal ends the notice."""
		if self._service.stopping:
			self._notice = 0.0
		self._service.stopping = True
		super().handle_exit(sig, frame)

	async def on_tick(self, counter: int) -> bool:
		"""A worker whose parent is gone stops, too: nobody else would stop it."""
		if self._parent is not None and os.getppid() != self._parent.pid:
			self._service.stopping = self.should_exit = True
		return await super().on_tick(counter)

	async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
		"""Stops taking connections when others had time to notice, and ends when what is under way is answered."""
		loop = asyncio.get_running_loop()
		began = loop.time()
		while loop.time() - began < self._notice:
			await asyncio.sleep(0.05)
		await super().shutdown(sockets)


def serve_here(
	configuration: Configuration,
	listening: socket.socket,
	folder: Path | None = None,
	started: Callable[[], None] = lambda: None,
) -> None:
	"""Serves by this process; `folder` is what several of them share, `started` is called when it takes connections."""
	log_to_stderr(configuration.log_level)
	with closing(backend_of(configuration)) as backend:
		application = Application(configuration, backend, folder)
		config = uvicorn.Config(
			application,
			log_config=None,
			access_log=False,
			server_header=False,
			http=HttpConnection,
			proxy_headers=False,
			lifespan="off",
			ws="none",
			timeout_keep_alive=KEEP_ALIVE_SECONDS,
			timeout_graceful_shutdown=max(1, round(configuration.shutdown_seconds)),
		)
		Server(config, application, started).run(sockets=[listening])
