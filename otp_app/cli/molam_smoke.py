"""`otp molam-smoke`: does a payment work from end to end?"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from otp_app.cli.molam import MOLAM_EXTRA, TEST_KEY, fail, needs

if TYPE_CHECKING:
	from otp_app.molam_sdk import MolamClient, PaymentIntent

AMOUNT = Decimal("1.10")


class _Unexpected(Exception):
	"""An answer that is not what it should be."""


@click.command("molam-smoke", short_help="Try a payment from end to end.")
@click.option("--url", metavar="URL", help="The server to try.  [default: a sandbox of its own]")
@click.option(
	"--key",
	metavar="KEY",
	envvar="MOLAM_API_KEY",
	default=TEST_KEY,
	help="The API key; better given as MOLAM_API_KEY.  [default: the test key of otp molam-sandbox]",
)
def molam_smoke(url: str | None, key: str) -> None:
	"""Try a payment from end to end: ask for it, confirm it, refund it, verify a webhook's signature.

	One line for each step, with its time; ends with 1 at the first that fails. Never on production: a payment is made.
	"""
	needs("aiohttp", MOLAM_EXTRA)
	with ExitStack() as kept:
		try:
			_run(url, key, kept)
		except Exception as error:
			told = (f"{error}".replace(key, "***") if key else f"{error}") or type(error).__name__
			click.echo(f"Failed at this step: {told}", err=True)
			sys.exit(1)
	click.echo("All well.")


def _run(url: str | None, key: str, kept: ExitStack) -> None:
	with _step("import"):
		from otp_app import molam_sdk
		from otp_app.molam_sandbox import running
	if url and _takes_money(url):
		fail("This would take money: use the URL of a sandbox or of staging.", 2)
	with _step("key format"):
		molam_sdk.check_key_format(key)
	with _step("client"):
		server = url or kept.enter_context(running()).url
		config = molam_sdk.ClientConfig(api_key=key, base_url=server)
		client = kept.enter_context(molam_sdk.MolamSyncClient(config))
	with _step("health"):
		client.health()
	with _step("create"):
		intent = client.create_payment_intent(amount=AMOUNT, currency="USD", capture=True)
		_expect(intent.amount, AMOUNT)
	with _step("confirm"):
		_expect(client.confirm_payment_intent(intent.id).status, "succeeded")
	with _step("refund"):
		_refund(client, intent)
	with _step("webhook signature"):
		_verify_a_signature()


def _takes_money(url: str) -> bool:
	"""Whether the URL is one of production, however it is written."""
	try:
		host = urlsplit(url.strip()).hostname or ""
	except ValueError:
		return False
	return re.fullmatch(r"api(-.+)?\.molam\.io", host.rstrip(".")) is not None


def _refund(client: MolamClient, intent: PaymentIntent) -> None:
	refund = client.create_refund(payment_id=intent.id)
	_expect(client.retrieve_refund(refund.id).status, refund.status)
	_expect(refund.amount, intent.amount)


def _verify_a_signature() -> None:
	"""What is signed right is verified, what was changed is not."""
	from otp_app.molam_sandbox.store import Event
	from otp_app.molam_sandbox.webhooks import DEFAULT_KID, DEFAULT_SECRET, Parcel
	from otp_app.molam_sdk import WebhookVerificationError, verify_molam_signature

	event = Event("evt_1", "payment.succeeded", "pi_1", '{"id": "evt_1"}')
	header = Parcel(event, "normal", DEFAULT_SECRET, time.time()).header(DEFAULT_KID)
	verify_molam_signature(header, event.body, {DEFAULT_KID: DEFAULT_SECRET}.get)
	try:
		verify_molam_signature(header, event.body + " ", {DEFAULT_KID: DEFAULT_SECRET}.get)
	except WebhookVerificationError:
		return
	raise _Unexpected("a changed webhook was taken for a true one")


def _expect(found: object, wanted: object) -> None:
	if found != wanted:
		raise _Unexpected(f"{found} instead of {wanted}")


@contextmanager
def _step(name: str) -> Iterator[None]:
	click.echo(f"{name:<18}", nl=False)
	began = time.perf_counter()
	try:
		yield
	except BaseException:
		click.echo("  failed")
		raise
	click.echo(f"{(time.perf_counter() - began) * 1000:8.1f} ms")
