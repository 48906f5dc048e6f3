"""`otp molam-sandbox`, `molam-check-key` and `molam-circuit`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sqlite3
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from otp_app.cli.common import Exit

if TYPE_CHECKING:
	from otp_app.molam_sandbox.server import Options

TEST_KEY = "sk_test_sandbox"
MOLAM_EXTRA = "otp_app[molam]"
BENCH_CACHE = "redis://127.0.0.1:13000"
CONTROLS = """\
Test key:     {key}
A customer:   POST /sandbox/payment_intents/ID/pay, decline, expire, capture
Faults:       POST /sandbox/faults, such as {{"kind": "drop_after"}}; DELETE clears them
Webhooks:     POST /sandbox/settings with webhook_url; POST /sandbox/webhooks; GET /sandbox/webhooks
All it knows: GET /sandbox/state
Ctrl-C ends it."""


@click.command("molam-sandbox", short_help="Serve a Molam for trials on this machine.")
@click.option(
	"--port", type=click.IntRange(0, 65535), default=8002, show_default=True, help="0 takes a free one."
)
@click.option(
	"--host", default="127.0.0.1", show_default=True, help="Where to listen; anybody there can use it."
)
@click.option(
	"--state",
	type=click.Path(path_type=Path, dir_okay=False),
	metavar="FILE",
	help="Keep all in this file.  [default: in memory]",
)
@click.option("--webhook-url", metavar="URL", help="Where to send webhooks.  [default: nowhere]")
@click.option(
	"--webhook-secret", metavar="SECRET", help="What they are signed with.  [default: whsec_sandbox]"
)
@click.option("--webhook-kid", metavar="ID", help="The id of that secret.  [default: v1]")
@click.option("--log", is_flag=True, help="Print a line for each request.")
def molam_sandbox(
	port: int,
	host: str,
	state: Path | None,
	webhook_url: str | None,
	webhook_secret: str | None,
	webhook_kid: str | None,
	log: bool,
) -> None:
	"""Serve a Molam for trials on this machine: no money moves.

	It speaks the wire contract over HTTP, keeps what it did in --state, and goes wrong when asked to.
	"""
	needs("aiohttp", MOLAM_EXTRA)
	from otp_app.molam_sandbox.server import Options

	logging.basicConfig(format="%(message)s", level=logging.INFO if log else logging.WARNING)
	options = Options(host, port, state, webhook_url, webhook_secret, webhook_kid, may_kill=True, log=log)
	try:
		asyncio.run(_serve(options))
	except OSError as error:
		fail(f"Cannot listen on {host}, port {port}: {error.strerror or error}. Choose another with --port.")
	except sqlite3.Error as error:
		fail(f"Cannot keep the state in {state}: {error}. Choose another file with --state.")


def _named(key: bytes | str) -> str:
	"""The breaker's name, of its key in Redis."""
	text = key.decode() if isinstance(key, bytes) else key
	return text.removesuffix(":pybreaker:state")


async def _serve(options: Options) -> None:
	from otp_app.molam_sandbox.server import serve

	stop = asyncio.Event()
	for name in (signal.SIGINT, signal.SIGTERM):
		asyncio.get_running_loop().add_signal_handler(name, stop.set)
	await serve(options, stop, _tell_where)


def _tell_where(url: str) -> None:
	click.echo(f"Molam sandbox on {url}")
	click.echo(CONTROLS.format(key=TEST_KEY))
	sys.stdout.flush()


@click.command("molam-check-key", short_help="Tell what kind of Molam API key it is.")
def molam_check_key() -> None:
	"""Tell what kind of key MOLAM_API_KEY is, or what is wrong with it; without that variable it asks for one.

	The key itself is neither shown nor sent anywhere.
	"""
	from otp_app.molam_sdk import ConfigurationError, check_key_format

	key = os.environ.get("MOLAM_API_KEY") or click.prompt("Molam API key", hide_input=True)
	try:
		click.echo(f"The key has the format of a {check_key_format(key)}.")
	except ConfigurationError as error:
		fail(str(error), Exit.BAD_INPUT)


@click.command("molam-circuit", short_help="Show the circuit breaker that a site's workers share.")
@click.option(
	"--redis", "url", metavar="URL", default=BENCH_CACHE, show_default=True, help="The site's Redis cache."
)
@click.option("--name", metavar="NAME", default="molam_api_cb", show_default=True, help="The breaker's name.")
@click.option("--reset", is_flag=True, help="Close it: the next call goes out.")
def molam_circuit(url: str, name: str, reset: bool) -> None:
	"""Show the state and the failures in a row of the circuit breaker that a site's workers share in Redis."""
	needs("redis", "redis")
	from otp_app.molam_sdk import create_circuit_breaker

	redis = _redis(url)
	# A breaker that is asked for writes its state; one that is only looked for must not come to be.
	if not redis.exists(f"{name}:pybreaker:state"):
		known = sorted(_named(key) for key in redis.scan_iter("*:pybreaker:state"))
		there = f"There are: {', '.join(known)}." if known else "It has none: no call was made by now."
		fail(f"This Redis has no circuit {name}. {there}")
	breaker = create_circuit_breaker(name, redis=redis)
	if reset:
		breaker.close()
	click.echo(f"{name}: {breaker.current_state}, {breaker.fail_counter} failures in a row")


def _redis(url: str) -> Any:
	from redis import Redis, RedisError  # type: ignore[import-untyped]

	try:
		redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
		redis.ping()
	except (RedisError, ValueError) as error:
		fail(f"Redis does not answer ({error}). Name the site's redis_cache with --redis.")
	return redis


def needs(module: str, package: str) -> None:
	"""End, and say what to install, if a module is not there."""
	if find_spec(module) is None:
		fail(f"This needs {module}: pip install '{package}'.")


def fail(message: str, code: int = 1) -> NoReturn:
	"""End with a sentence."""
	click.echo(f"Error: {message}", err=True)
	sys.exit(code)
