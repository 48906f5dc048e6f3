"""A server between client and sandbox: records what comes in, passes it on, or gives an answer of its own."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any


@dataclass
class Seen:
	"""One request as it came over the wire."""

	method: str
	path: str
	headers: dict[str, str]
	body: bytes


@dataclass
class Canned:
	"""An answer that the sandbox does not give; `drip` sends the body one byte at a time, that many seconds apart.

	`wire` stands for the whole answer, head included; the connection ends after it.
	"""

	status: int = 200
	body: bytes | dict[str, Any] | list[Any] = b""
	headers: dict[str, str] = field(default_factory=dict)
	drip: float = 0.0
	wire: bytes = b""

	def raw(self) -> bytes:
		return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Between:
	"""What was seen, and what to answer instead of the sandbox, first one first."""

	def __init__(self, target: str | None) -> None:
		self.target = target.removeprefix("http://") if target else ""
		self.seen: list[Seen] = []
		self.ports: list[int] = []  # of the clients, request by request
		self.answers: list[Canned] = []
		self.url = ""

	def take(self, request: Seen) -> Canned:
		self.seen.append(request)
		return self.answers.pop(0) if self.answers else self.passed_on(request)

	def passed_on(self, request: Seen) -> Canned:
		connection = http.client.HTTPConnection(self.target, timeout=10)
		headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
		connection.request(request.method, request.path, request.body or None, headers)
		answer = connection.getresponse()
		kept = {name: value for name, value in answer.getheaders() if name.lower().startswith("x-")}
		found = Canned(answer.status, answer.read(), kept)
		connection.close()
		return found


def _write(out: BufferedIOBase, body: bytes, drip: float) -> None:
	for piece in [body] if not drip else (body[n : n + 1] for n in range(len(body))):
		time.sleep(drip)
		out.write(piece)


@contextmanager
def between(target: str | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Between]:
	"""Listens on a free port until the end of the block; with `tls`, for HTTPS only."""
	state = Between(target)

	class Handler(BaseHTTPRequestHandler):
		protocol_version = "HTTP/1.1"

		def answer(self) -> None:
			state.ports.append(self.client_address[1])
			length = int(self.headers.get("Content-Length") or 0)
			canned = state.take(Seen(self.command, self.path, dict(self.headers), self.rfile.read(length)))
			if canned.wire:
				self.close_connection = True
				_write(self.wfile, canned.wire, canned.drip)
				return
			body = canned.raw()
			self.send_response(canned.status)
			for name, value in canned.headers.items():
				self.send_header(name, value)
			self.send_header("Content-Length", str(len(body)))
			self.end_headers()
			_write(self.wfile, body, canned.drip)

		def handle(self) -> None:
			try:
				super().handle()
			except OSError:  # the client went away
				self.close_connection = True

		do_GET = do_POST = answer

		def log_message(self, *args: object) -> None:
			pass

	with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
		server.daemon_threads = True
		if tls:
			# The handshake is the handler's: one that fails ends that connection only.
			server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
		state.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
		thread = threading.Thread(target=server.serve_forever, args=(0.02,))
		thread.start()
		try:
			yield state
		finally:
			server.shutdown()
			thread.join()
