"""How the service runs: from which socket, and by one process or several."""

from __future__ import annotations

import socket

from otp_app.service.config import Configuration

BACKLOG = 2048


def serve(configuration: Configuration, listening: socket.socket) -> int:
	"""Serves until a signal to stop comes: with several workers, by a parent that replaces those that die."""
	# Each loads only what it runs by: the parent of workers no server.
	if configuration.workers == 1:
		from otp_app.service.server import serve_here

		serve_here(configuration, listening)
		return 0
	from otp_app.service.workers import Workers

	return Workers(configuration, listening).run()


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
