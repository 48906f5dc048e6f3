"""A small HTTP server that answers as a test tells it: what ERPNext and what is between could do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from otp_app.sources.rest.client import Connection

KEY, SECRET = "key-of-the-service", "s3cret-of-the-service"


@dataclass
class Asked:
	"""A request that came in."""

	verb: str
	path: str
	headers: dict[str, str]
	body: Any


Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class FakeErpnext:
	"""`behave` answers each request; what was asked is kept."""

	port: int = 0
	behave: Behaviour | None = None
	asked: list[Asked] = field(default_factory=list)

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.port}"

	def connection(self, **changes: Any) -> Connection:
		return Connection(
			**{"base_url": self.url, "api_key": KEY, "api_secret": SECRET, "timeout": 2.0, **changes}
		)


@contextmanager
def fake_erpnext() -> Iterator[FakeErpnext]:
	fake = FakeErpnext()

	class Handler(BaseHTTPRequestHandler):
		protocol_version = "HTTP/1.1"

		def answer(self) -> None:
			text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
			body = json.loads(text) if text else None
			headers = {name.lower(): value for name, value in self.headers.items()}
			fake.asked.append(Asked(self.command, self.path, headers, body))
			assert fake.behave is not None
			fake.behave(self)

		do_GET = do_POST = do_PUT = answer

		def log_message(self, *args: Any) -> None:
			pass

	server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	server.daemon_threads = True
	fake.port = server.server_address[1]
	thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
	thread.start()
	try:
		yield fake
	finally:
		server.shutdown()
		server.server_close()
		thread.join()


def text(body: str | bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Behaviour:
	def behave(handler: BaseHTTPRequestHandler) -> None:
		sent = body.encode() if isinstance(body, str) else body
		handler.send_response(status)
		handler.send_header("Content-Type", kind)
		handler.send_header("Content-Length", str(len(sent)))
		for name, value in headers.items():
			handler.send_header(name.replace("_", "-"), value)
		handler.end_headers()
		handler.wfile.write(sent)

	return behave


def gives(body: Any, status: int = 200, **headers: str) -> Behaviour:
	return text(json.dumps(body), status, **headers)


def page(status: int = 200) -> Behaviour:
	return text("<!DOCTYPE html><html><body>Bad Gateway</body></html>", status, "text/html; charset=utf-8")


def half(body: str) -> Behaviour:
	"""Says that more is coming, and closes."""

	def behave(handler: BaseHTTPRequestHandler) -> None:
		handler.send_response(200)
		handler.send_header("Content-Type", "application/json")
		handler.send_header("Content-Length", str(len(body)))
		handler.end_headers()
		handler.wfile.write(body[: len(body) // 2].encode())
		handler.close_connection = True

	return behave


def hangs(seconds: float) -> Behaviour:
	"""Says nothing for so long."""

	def behave(handler: BaseHTTPRequestHandler) -> None:
		time.sleep(seconds)
		handler.close_connection = True

	return behave


def drips(seconds: float) -> Behaviour:
	"""A byte at a time: no single read takes long."""

	def behave(handler: BaseHTTPRequestHandler) -> None:
		handler.send_response(200)
		handler.send_header("Content-Length", "100000")
		handler.end_headers()
		end = time.monotonic() + seconds
		try:
			while time.monotonic() < end:
				handler.wfile.write(b" ")
				time.sleep(0.05)
		except OSError:
			pass
		handler.close_connection = True

	return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
	"""One for each request; the last one again and again."""
	left = list(behaviours)

	def behave(handler: BaseHTTPRequestHandler) -> None:
		(left.pop(0) if len(left) > 1 else left[0])(handler)

	return behave
