"""The server: its parts put together, and how it runs until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from otp_app.molam_sandbox.api import Api
from otp_app.molam_sandbox.control import Control
from otp_app.molam_sandbox.faults import Faults
from otp_app.molam_sandbox.gate import Gate
from otp_app.molam_sandbox.page import Page
from otp_app.molam_sandbox.payments import Payments
from otp_app.molam_sandbox.store import Store
from otp_app.molam_sandbox.webhooks import TIMEOUT, Webhooks

MAX_BODY = 1024 * 1024
# Whoever is still waiting for a slow answer when the server ends waits for nothing.
SHUTDOWN_SECONDS = 0.2


@dataclass(frozen=True)
class Options:
	"""How to serve. `webhook_*` None keeps what the state file says; `may_kill` allows kill_before and kill_after."""

	host: str = "127.0.0.1"
	port: int = 0
	state: Path | None = None
	webhook_url: str | None = None
	webhook_secret: str | None = None
	webhook_kid: str | None = None
	may_kill: bool = False
	log: bool = False

	def webhook_settings(self) -> dict[str, str | None]:
		"""Those that are given."""
		names = ("webhook_url", "webhook_secret", "webhook_kid")
		return {name: value for name in names if (value := getattr(self, name)) is not None}


async def serve(options: Options, stop: asyncio.Event, listening: Callable[[str], None]) -> None:
	"""Serve until `stop` is set; `listening` gets the URL once requests are answered.

	Raises OSError for a port or host that cannot be had, sqlite3.Error for a file that is no state.
	"""
	with closing(Store(options.state)) as store:
		store.set(options.webhook_settings())
		async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
			webhooks = Webhooks(store, session)
			delivering = asyncio.create_task(webhooks.deliver())
			try:
				await _listen(options, _application(options, store, webhooks), stop, listening)
			finally:
				delivering.cancel()
				await asyncio.wait([delivering])


async def _listen(
	options: Options, application: web.Application, stop: asyncio.Event, listening: Callable[[str], None]
) -> None:
	runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
	await runner.setup()
	try:
		site = web.TCPSite(runner, options.host, options.port, backlog=1024)
		await site.start()
		listening(_url(options.host, runner.addresses[0][1]))
		await stop.wait()
	finally:
		await runner.cleanup()


def _url(host: str, port: int) -> str:
	return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _application(options: Options, store: Store, webhooks: Webhooks) -> web.Application:
	faults = Faults(may_kill=options.may_kill)
	gate = Gate(store, faults, log=options.log)
	payments = Payments(store)
	application = web.Application(middlewares=[gate.pass_through], client_max_size=MAX_BODY)
	application.add_routes(Api(store, payments, webhooks).routes())
	application.add_routes(Page(store, payments, webhooks).routes())
	application.add_routes(Control(store, payments, webhooks, faults).routes())
	return application
