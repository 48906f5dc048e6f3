"""Requests made at random from good ones: the same seed and number make the same request."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.fuzzing import bodies
from otp_app.service.routes import ROUTES

# A call is fuzzed as soon as the service has it.
PATHS = tuple(path.replace("{name:path}", "SAL-ORD-2026-00001") for _method, path, _call in ROUTES)
POSTED = tuple(path for method, path, _call in ROUTES if method == "POST")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "post")
QUERIES = (
	"",
	"item_code=",
	"items=",
	"limit=5",
	"start=0",
	"status=OK",
	"warehouse=x",
	"%00=%ff",
	"a" * 3000,
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
	(b"x-request-id", b"abc"),
	(b"x-request-id", b"\xff\x00" * 40),
	(b"content-type", b"text/plain"),
	(b"content-type", b"multipart/form-data; boundary=x"),
	(b"content-encoding", b"gzip"),
	(b"content-length", b"-1"),
	(b"content-length", b"99999999999999999999"),
	(b"authorization", b"Bearer x"),
	(b"authorization", b"\xf0\x9f"),
	(b"host", b"[::1"),
	(b"host", b"evil.example"),
	(b"origin", b"http://evil.example"),
	(b"origin", b"null"),
	(b"accept", b"*/*;q=x"),
	(b"expect", b"100-continue"),
	(b"transfer-encoding", b"chunked"),
	(b"cookie", b"a=b; " * 400),
)


@dataclass(frozen=True, slots=True)
class Request:
	"""A request as its parts; `path` is as it stands in the request line, `body` may come in `parts` parts."""

	method: str
	path: bytes
	query: bytes
	headers: tuple[tuple[bytes, bytes], ...]
	body: bytes
	parts: int = 1

	def as_bytes(self) -> bytes:
		"""As it goes over a socket; a length is told unless a header of it is there."""
		target = self.path + (b"?" + self.query if self.query else b"")
		lines = [self.method.encode() + b" " + target + b" HTTP/1.1"]
		names = {name for name, _ in self.headers}
		headers = list(self.headers)
		if b"host" not in names:
			headers.append((b"host", b"127.0.0.1"))
		if not names & {b"content-length", b"transfer-encoding"}:
			headers.append((b"content-length", str(len(self.body)).encode()))
		headers.append((b"connection", b"close"))
		lines += [name + b": " + value for name, value in headers]
		return b"\r\n".join([*lines, b"", b""]) + self.body


def made(seed: int, number: int) -> Request:
	"""The request of that number."""
	chance = random.Random(f"{seed}:{number}")
	path = chance.choice(POSTED if chance.random() < 0.7 else PATHS)
	request = Request(
		method="POST" if path in POSTED else "GET",
		path=path.encode(),
		query=b"",
		headers=((b"content-type", b"application/json"),),
		body=json.dumps(bodies.made(path, chance)).encode() if path in POSTED else b"",
	)
	for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
		request = chance.choice(MUTATIONS)(request, chance)
	return request


def _other_method(request: Request, chance: random.Random) -> Request:
	return replace(request, method=chance.choice(METHODS))


def _other_path(request: Request, chance: random.Random) -> Request:
	path = bytearray(request.path)
	for _ in range(chance.randint(1, 4)):
		path.insert(chance.randint(1, len(path)), chance.choice(b"/.%-_~aZ0:@&;"))
	return replace(request, path=bytes(path))


def _query(request: Request, chance: random.Random) -> Request:
	chosen = chance.choices(QUERIES, k=chance.randint(1, 3))
	value = str(chance.choice(bodies.ODD)).encode("utf-8", "surrogatepass")[:200]
	return replace(request, query="&".join(chosen).encode() + _escaped(value))


def _escaped(value: bytes) -> bytes:
	return b"".join(b"%%%02x" % byte for byte in value)


def _header(request: Request, chance: random.Random) -> Request:
	return replace(request, headers=(*request.headers, chance.choice(HEADERS)))


def _bytes(request: Request, chance: random.Random) -> Request:
	"""Bytes of the body changed, put in, or taken away."""
	body = bytearray(request.body)
	for _ in range(chance.randint(1, 6)):
		place = chance.randint(0, len(body))
		if body and chance.random() < 0.5:
			del body[place : place + chance.randint(1, 8)]
		else:
			body[place:place] = chance.randbytes(chance.randint(1, 4))
	return replace(request, body=bytes(body))


def _cut(request: Request, chance: random.Random) -> Request:
	return replace(request, body=request.body[: chance.randint(0, len(request.body))])


def _in_parts(request: Request, chance: random.Random) -> Request:
	return replace(request, parts=chance.randint(2, 6))


def _deep(request: Request, chance: random.Random) -> Request:
	depth = chance.choice((50, 2_000, 20_000))
	return replace(request, body=b'{"items":' + b"[" * depth + b"]" * depth + b"}")


def _long(request: Request, chance: random.Random) -> Request:
	"""Around the limit of the body."""
	return replace(request, body=request.body + b" " * chance.choice((60_000, 65_536, 70_000)))


def _not_an_object(request: Request, chance: random.Random) -> Request:
	values: tuple[Any, ...] = (None, True, 0, -1.5, "text", [], [{}], "NaN")
	return replace(request, body=json.dumps(chance.choice(values)).encode())


MUTATIONS = (
	_other_method,
	_other_path,
	_query,
	_header,
	_bytes,
	_cut,
	_in_parts,
	_deep,
	_long,
	_not_an_object,
)
