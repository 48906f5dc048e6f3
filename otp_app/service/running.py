"""How the service runs: from which socket, and until which signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from otp_app.service.application import Application
from otp_app.service.backends import backend_of
from otp_app.service.config import Configuration
from otp_app.service.logs import log_to_stderr

# After the signal to stop, connections are still taken so long: who asks /ready is told 503, and sends no more.
NOTICE_SECONDS = 1.0
# Idle connections are kept so long, a little more than load balancers keep theirs.
KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048


class Server(uvicorn.Server):
	"""A server that says that it is not ready before it stops taking connections, and then ends well."""

	def __init__(self, config: uvicorn.Config, application: Application, *, child: bool) -> None:
		super().__init__(config)
		self._service = application.service
		self._notice = min(NOTICE_SECONDS, self._service.configuration.shutdown_seconds)
		self._parent = os.getppid() if child else None

	@contextmanager
	def capture_signals(self) -> Iterator[None]:
		"""Unlike uvicorn's, it does not end the process by the same signal once more."""
		before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
		try:
			yield
		finally:
			for sig, handler in before.items():
				signal.signal(sig, handler)

	def handle_exit(self, sig: int, frame: FrameType | None) -> None:
		"""Stops; a second signal ends the notice."""
		if self._service.stopping:
			self._notice = 0.0
		self._service.stopping = True
		super().handle_exit(sig, frame)

	async def on_tick(self, counter: int) -> bool:
		"""A worker whose parent is gone stops, too: nobody else would stop it."""
		if self._parent is not None and os.getppid() != self._parent:
			self._service.stopping = self.should_exit = True
		return await super().on_tick(counter)

	async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
		"""Stops taking connections when others had time to notice, and ends when what is under way is answered."""
		loop = asyncio.get_running_loop()
		began = loop.time()
		while loop.time() - began < self._notice:
			await asyncio.sleep(0.05)
		await super().shutdown(sockets)


def serve(configuration: Configuration, listening: socket.socket) -> int:
	"""Serves until a signal to stop comes: with several workers, by a parent that replaces those that die."""
	if configuration.workers == 1:
		serve_here(configuration, listening)
		return 0
	from otp_app.service.workers import Workers

	return Workers(configuration, listening).run()


def serve_here(configuration: Configuration, listening: socket.socket, folder: Path | None = None) -> None:
	"""Serves by this process; `folder` is what several of them share."""
	log_to_stderr(configuration.log_level)
	with closing(backend_of(configuration)) as backend:
		application = Application(configuration, backend, folder)
		config = uvicorn.Config(
			application,
			log_config=None,
			access_log=False,
			server_header=False,
			proxy_headers=False,
			lifespan="off",
			ws="none",
			timeout_keep_alive=KEEP_ALIVE_SECONDS,
			timeout_graceful_shutdown=max(1, round(configuration.shutdown_seconds)),
		)
		Server(config, application, child=folder is not None).run(sockets=[listening])


def bound(configuration: Configuration) -> socket.socket:
	"""A socket that listens where the configuration says. Raises OSError."""
	family, _, _, _, address = socket.getaddrinfo(
		configuration.host, configuration.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
	)[0]
	listening = socket.socket(family, socket.SOCK_STREAM)
	try:
		listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		listening.bind(address)
		listening.listen(BACKLOG)
	except OSError:
		listening.close()
		raise
	return listening


def address_of(listening: socket.socket) -> str:
	"""The URL of a socket."""
	host, port = listening.getsockname()[:2]
	return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
