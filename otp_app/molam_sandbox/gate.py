"""What every request passes: faults, the request id, errors as the contract writes them, and the list of requests."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from otp_app.molam_sandbox import faults
from otp_app.molam_sandbox.faults import Fault, Faults
from otp_app.molam_sandbox.money import dumps
from otp_app.molam_sandbox.problems import Refused, error_text
from otp_app.molam_sandbox.store import Store

CONTROL = "/sandbox/"
CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 429: "rate_limited"}
PROXY_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>a proxy</body></html>"

logger = logging.getLogger("otp_app.molam_sandbox")


class Gate:
	"""The only middleware."""

	def __init__(self, store: Store, asked: Faults, *, log: bool) -> None:
		self._store = store
		self._faults = asked
		self._log = log

	@web.middleware
	async def pass_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
		"""Answer a request, or let it go wrong as it was asked for."""
		began = time.perf_counter()
		fault: Fault | None = None
		control = request.path.startswith(CONTROL)
		try:
			fault = None if control else self._fault(request)
			instead = await _before(request, fault)
			response = await handler(request) if instead is None else instead
		except Refused as refusal:
			response = json_response(refusal.status, refusal.text())
		except web.HTTPException as refusal:
			response = _plain_refusal(refusal)
		except ConnectionError:
			return web.Response()  # to nobody: the other side hung up before it had asked
		except Exception:
			logger.exception("%s %s failed", request.method, request.path)
			response = json_response(
				500, error_text("sandbox_error", "The sandbox failed; its log says why.")
			)
		if not control:
			self._remember(request, response, fault)
		if self._log:
			passed = (time.perf_counter() - began) * 1000
			logger.info("%s %s %s %.1f ms", request.method, request.path, response.status, passed)
		response.headers["X-Molam-Request-Id"] = f"req_{secrets.token_hex(8)}"
		return await _after(request, response, fault)

	def _fault(self, request: web.Request) -> Fault | None:
		return self._faults.take(request.method, request.path, request.headers.get(faults.HEADER))

	def _remember(self, request: web.Request, response: web.StreamResponse, fault: Fault | None) -> None:
		kind = fault.kind if fault else None
		status = None if kind in faults.DROPS | faults.KILLS else response.status
		key = request.headers.get("Idempotency-Key")
		self._store.add_request(request.method, _ascii(request.path), key and _ascii(key), status, kind)


def json_response(status: int, body: str, headers: dict[str, str] | None = None) -> web.Response:
	"""A JSON answer."""
	return web.Response(
		status=status, body=body.encode(), headers=headers, content_type="application/json", charset="utf-8"
	)


async def _before(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
	"""The faults that come before anything is done; gives the answer of those that have one."""
	if fault is None:
		return None
	if fault.kind == "latency":
		await request.read()  # who does not wait for the answer has asked all the same
		await asyncio.sleep(fault.seconds)
	elif fault.kind == "kill_before":
		_kill()
	elif fault.kind == "drop_before":
		return web.Response()
	elif fault.kind == "html":
		title = f"{fault.status} from a proxy"
		return web.Response(status=fault.status, text=PROXY_PAGE.format(title), content_type="text/html")
	elif fault.kind == "status":
		return _status(fault)
	return None


def _status(fault: Fault) -> web.Response:
	headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after}"}
	if fault.body is not None:
		return json_response(fault.code, dumps(fault.body), headers)
	code = CODES.get(fault.code, "sandbox_fault")
	return json_response(fault.code, error_text(code, "A fault that was asked for."), headers)


async def _after(
	request: web.Request, response: web.StreamResponse, fault: Fault | None
) -> web.StreamResponse:
	"""The faults that come when everything is done and committed."""
	if fault is None:
		return response
	if fault.kind == "kill_after":
		_kill()
	elif fault.kind in faults.DROPS:
		_hang_up(request)
	elif fault.kind == "truncated" and isinstance(response, web.Response):
		return await _truncated(request, response)
	return response


async def _truncated(request: web.Request, response: web.Response) -> web.StreamResponse:
	"""The first half of an answer, whose length is told in full."""
	whole = response.body
	body = whole if isinstance(whole, bytes) else b""
	cut = web.StreamResponse(status=response.status, headers=response.headers)
	cut.content_length = len(body)
	await cut.prepare(request)
	await cut.write(body[: len(body) // 2])
	_hang_up(request)
	return cut


def _hang_up(request: web.Request) -> None:
	"""Close the connection; what is written afterwards goes nowhere."""
	if request.transport is not None:
		request.transport.close()


def _kill() -> None:
	os.kill(os.getpid(), signal.SIGKILL)


def _plain_refusal(refusal: web.HTTPException) -> web.Response:
	"""What aiohttp refuses by itself, in the contract's words."""
	kept = {name: value for name, value in refusal.headers.items() if name in ("Allow", "Location")}
	code = CODES.get(refusal.status, "invalid_request")
	return json_response(refusal.status, error_text(code, f"{refusal.reason}."), kept)


def _ascii(text: str) -> str:
	return text.encode("ascii", "backslashreplace").decode()
