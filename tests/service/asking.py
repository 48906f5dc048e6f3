"""Asks the service as ASGI, without a socket and without an HTTP client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otp_app.service.application import Application
from otp_app.service.backends import backend_of
from otp_app.service.config import Configuration

DEMO_ORDER = json.loads((Path(__file__).parents[2] / "otp_app" / "demo" / "order.json").read_text())
KEY = "a-key-of-a-caller-01"
LOCAL = {"host": "127.0.0.1:8001"}


@dataclass(frozen=True)
class Told:
	"""An answer."""

	status: int
	headers: Mapping[str, str]
	body: bytes

	@property
	def json(self) -> Any:
		return json.loads(self.body)

	@property
	def code(self) -> str:
		"""The code of its error."""
		return self.json["error"]["code"]


def application(**configuration: Any) -> Application:
	"""A service over the demo snapshot."""
	known = Configuration(**configuration)
	return Application(known, backend_of(known))


def ask(
	app: Application,
	method: str,
	path: str,
	body: Any = None,
	*,
	query: str = "",
	headers: Mapping[str, str] | None = None,
	chunks: Iterable[bytes] | None = None,
	client: str = "127.0.0.1",
) -> Told:
	"""What one request is answered; `body` is bytes, or JSON values; `chunks` come without a Content-Length."""
	data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
	given = {**LOCAL, **(headers or {})}
	if chunks is None and data:
		given.setdefault("content-length", str(len(data)))
	scope = {
		"type": "http",
		"asgi": {"version": "3.0"},
		"http_version": "1.1",
		"method": method,
		"scheme": "http",
		"path": path,
		"raw_path": path.encode(),
		"query_string": query.encode(),
		"root_path": "",
		"headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items()],
		"client": (client, 40000),
		"server": ("127.0.0.1", 8001),
	}
	return asyncio.run(_exchange(app, scope, list(chunks) if chunks is not None else [data]))


async def _exchange(app: Application, scope: dict[str, Any], parts: list[bytes]) -> Told:
	sent: list[dict[str, Any]] = []

	async def receive() -> dict[str, Any]:
		if not parts:
			await asyncio.sleep(3600)
		return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

	async def send(message: dict[str, Any]) -> None:
		sent.append(message)

	await app(scope, receive, send)
	headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
	return Told(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]))
