"""The Source over a remote ERPNext: by one call where the site has otp_app, else by bulk reads; kept for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from otp_app.engine.facts import Excluded, Snapshot
from otp_app.sources import Source
from otp_app.sources.rest.client import Client
from otp_app.sources.rest.keeping import Keeper, Kept
from otp_app.sources.rest.with_app import NoApp, WithApp
from otp_app.sources.rest.without_app import WithoutApp

CACHE_SECONDS = 3.0
# For how long it is taken for granted that the site has no app.
WAY_SECONDS = 300.0


class RestSource:
	"""Implements otp_app.sources.Source; threads may share it.

	An answer is given again for `cache_seconds` after it was asked for, never later. Threads that ask the same at the same
	time share one call. Close it when it is no longer needed.
	"""

	def __init__(
		self,
		client: Client,
		*,
		cache_seconds: float = CACHE_SECONDS,
		clock: Callable[[], float] = time.monotonic,
	) -> None:
		self.client = client
		self._clock = clock
		self._kept: Keeper[Snapshot] = Keeper(cache_seconds, clock)
		self._with_app = WithApp(client)
		self._without_app = WithoutApp(client, clock=clock)
		self._no_app_until = float("-inf")
		# The site's, as soon as it was asked for any facts.
		self.timezone = "UTC"

	@property
	def has_app(self) -> bool:
		"""Whether the site is taken for one with otp_app; it is until a call has found none."""
		return self._clock() >= self._no_app_until

	def note_no_app(self) -> None:
		"""A call has found that the site has no app: it is asked for it again after a while."""
		self._no_app_until = self._clock() + WAY_SECONDS

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""See otp_app.sources.Source."""
		return self.kept(items, customer=customer, excluding=excluding, documents=documents).value

	def kept(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Kept[Snapshot]:
		"""The facts, with when they were asked for."""
		key = (frozenset(items), customer, excluding, documents)
		return self._kept.get(key, lambda: self._ask(items, customer, excluding, documents))

	def facts_age(self) -> float | None:
		"""Age in seconds of the oldest facts that the next promise may be made from; None where it reads anew."""
		return self._kept.oldest()

	def forget(self) -> None:
		"""Reads anew the next time: something was written."""
		self._kept.forget()

	def close(self) -> None:
		"""Closes connections and threads."""
		self._without_app.close()
		self.client.close()

	def _ask(
		self, items: Collection[str], customer: str | None, excluding: Excluded | None, documents: bool
	) -> Snapshot:
		def ask(way: Source) -> Snapshot:
			found = way.snapshot(items, customer=customer, excluding=excluding, documents=documents)
			self.timezone = found.timezone
			return found

		if self.has_app:
			try:
				return ask(self._with_app)
			except NoApp:
				self.note_no_app()
		return ask(self._without_app)
