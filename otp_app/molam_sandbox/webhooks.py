"""Signed webhooks: delivered in the background, and as badly as asked for."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import aiohttp

from otp_app.molam_sandbox.problems import Refused, not_found
from otp_app.molam_sandbox.store import Event, Store

DEFAULT_SECRET = "whsec_sandbox"  # noqa: S105 - of a sandbox
DEFAULT_KID = "v1"
# Seconds before each attempt.
ATTEMPTS = (0.0, 0.1, 0.4)
TIMEOUT = aiohttp.ClientTimeout(total=10)
# Beyond the 300 s that the contract tolerates.
LATE_SECONDS = 3600
OLD_SPELLING = {"payment.succeeded": "payment_intent.succeeded"}
WAYS = ("normal", "duplicate", "late", "reordered", "forged", "old_spelling")


class Parcel(NamedTuple):
	"""One request to the webhook URL."""

	event: Event
	how: str
	secret: str
	at: float

	def header(self, kid: str) -> str:
		"""Molam-Signature."""
		milliseconds = int(self.at * 1000)
		signed = f"{milliseconds}.{self.event.body}".encode()
		digest = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
		return f"t={milliseconds},v1={digest},kid={kid}"


class Webhooks:
	"""Delivers events to the webhook URL, one after the other."""

	def __init__(self, store: Store, session: aiohttp.ClientSession) -> None:
		self._store = store
		self._session = session
		self._pending = asyncio.Event()
		self._pending.set()

	def wake(self) -> None:
		"""Look for events that are to be delivered."""
		self._pending.set()

	async def deliver(self) -> None:
		"""Deliver what is pending, for ever."""
		while True:
			await self._pending.wait()
			self._pending.clear()
			while event := self._store.next_pending():
				self._store.settle_event(event.id, await self._try(event))

	async def _try(self, event: Event) -> str:
		for pause in ATTEMPTS:
			await asyncio.sleep(pause)
			try:
				delivery = await self._post(self._parcel(event, "normal"))
			except Refused:
				return "unsent"
			if delivery["status"] is not None and delivery["status"] < 300:
				return "delivered"
		return "failed"

	async def send(self, name: str, how: str) -> list[dict[str, Any]]:
		"""Send an event once more, in one of the WAYS; gives what became of each request. Raises Refused."""
		event = self._store.event(name)
		if event is None:
			raise not_found("event", name)
		if how not in WAYS:
			raise Refused(422, "invalid_request", f"how: one of {', '.join(WAYS)}.")
		return [await self._post(parcel) for parcel in self._parcels(event, how)]

	def _parcels(self, event: Event, how: str) -> Iterator[Parcel]:
		if how == "reordered":
			newest_first = reversed(self._store.events_of(event.payment))
			yield from (self._parcel(about, how) for about in newest_first)
			return
		parcel = self._parcel(event, how)
		if how == "late":
			parcel = parcel._replace(at=parcel.at - LATE_SECONDS)
		elif how == "forged":
			parcel = parcel._replace(secret=f"not {parcel.secret}")
		elif how == "old_spelling":
			parcel = parcel._replace(event=_spelt_as_before(event))
		yield parcel
		if how == "duplicate":
			yield parcel

	def _parcel(self, event: Event, how: str) -> Parcel:
		secret = self._store.settings().get("webhook_secret", DEFAULT_SECRET)
		return Parcel(event, how, secret, time.time())

	async def _post(self, parcel: Parcel) -> dict[str, Any]:
		settings = self._store.settings()
		if "webhook_url" not in settings:
			raise Refused(
				400, "no_webhook_url", "No webhook URL is set: POST /sandbox/settings with webhook_url."
			)
		url = settings["webhook_url"]
		headers = {
			"Content-Type": "application/json",
			"Molam-Signature": parcel.header(settings.get("webhook_kid", DEFAULT_KID)),
		}
		delivery: dict[str, Any] = {
			"event": parcel.event.id,
			"type": parcel.event.type,
			"how": parcel.how,
			"url": url,
			"status": None,
			"error": None,
		}
		try:
			async with self._session.post(
				url, data=parcel.event.body.encode(), headers=headers, allow_redirects=False
			) as answer:
				delivery["status"] = answer.status
		except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
			delivery["error"] = f"{type(error).__name__}: {error}"
		self._store.add_delivery(delivery)
		return delivery


def _spelt_as_before(event: Event) -> Event:
	"""The event with the name that older servers gave it. Raises Refused where it never had another."""
	if event.type not in OLD_SPELLING:
		raise Refused(422, "invalid_request", f"how: {event.type} never had another spelling.")
	old = OLD_SPELLING[event.type]
	return event._replace(type=old, body=event.body.replace(f'"{event.type}"', f'"{old}"', 1))
