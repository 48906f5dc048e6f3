"""One request put to an ASGI application in this process, as a server would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from benchmarks.fuzzing.requests import Request

Message = MutableMapping[str, Any]
Application = Callable[..., Awaitable[None]]
SECONDS = 60


class Broken(Exception):
	"""The application raised, did not answer in time, or did not speak ASGI."""


@dataclass(frozen=True, slots=True)
class Answer:
	"""What came back; names of headers are in small letters."""

	status: int
	headers: dict[bytes, bytes]
	body: bytes


async def ask(app: Application, request: Request) -> Answer:
	"""The answer to a request. Raises Broken."""
	messages = _body(request)
	sent: list[Message] = []

	async def receive() -> Message:
		found = next(messages, None)
		if found is None:
			await asyncio.sleep(3600)  # the caller waits, and does not hang up
			return {"type": "http.disconnect"}
		return found

	async def send(message: Message) -> None:
		sent.append(message)

	try:
		await asyncio.wait_for(app(_scope(request), receive, send), SECONDS)
	except Exception as error:
		raise Broken(f"{type(error).__name__}: {error}"[:300]) from error
	if not sent or sent[0]["type"] != "http.response.start":
		raise Broken("no answer was sent")
	body = b"".join(message.get("body", b"") for message in sent[1:])
	headers = {name.lower(): value for name, value in sent[0].get("headers", ())}
	return Answer(sent[0]["status"], headers, body)


def _scope(request: Request) -> dict[str, Any]:
	return {
		"type": "http",
		"asgi": {"version": "3.0", "spec_version": "2.3"},
		"http_version": "1.1",
		"method": request.method.upper(),
		"scheme": "http",
		"path": unquote(request.path.decode("latin-1")),
		"raw_path": request.path,
		"query_string": request.query,
		"root_path": "",
		"headers": list(request.headers),
		"client": ("127.0.0.1", 50_000),
		"server": ("127.0.0.1", 8001),
	}


def _body(request: Request) -> Iterator[Message]:
	"""The body in as many parts as it comes in."""
	size = -(-len(request.body) // request.parts) or 1
	starts = range(0, max(1, len(request.body)), size)
	for start in starts:
		more = start + size < len(request.body)
		yield {"type": "http.request", "body": request.body[start : start + size], "more_body": more}
