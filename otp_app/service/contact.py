"""Whether the source answers: as of the last call, or asked anew where nobody has called lately."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from anyio.to_thread import run_sync

from otp_app.engine.problems import SourceUnavailable
from otp_app.service.backend import Backend
from otp_app.service.metrics import Metrics

logger = logging.getLogger("otp_app.service")
# What was known so long ago is asked again before it is told to Prometheus.
OLD_SECONDS = 10.0
# A scrape waits no longer for it; the answer counts when it comes, for the next one.
SCRAPE_SECONDS = 1.0


class Contact:
	"""The source as one worker process knows it; what it learns is a gauge of `metrics`."""

	def __init__(
		self, backend: Backend, metrics: Metrics, clock: Callable[[], float] = time.monotonic
	) -> None:
		self._backend = backend
		self._metrics = metrics
		self._clock = clock
		self._known_at: float | None = None
		self._asking: asyncio.Task[str | None] | None = None

	def note(self, *, answers: bool) -> None:
		"""Whether the source has answered just now."""
		self._known_at = self._clock()
		self._metrics.note_source(answers=answers)

	async def why_not(self) -> str | None:
		"""Asks the source: why it does not answer, None if it does. Who asks while it is asked shares the answer."""
		return await asyncio.shield(self._question())

	async def refresh(self) -> None:
		"""Asks the source if its last answer is old; returns within SCRAPE_SECONDS, with or without an answer."""
		if self._known_at is None or self._clock() - self._known_at >= OLD_SECONDS:
			await asyncio.wait([self._question()], timeout=SCRAPE_SECONDS)

	def _question(self) -> asyncio.Task[str | None]:
		"""The one that is being asked: probes are without number, threads are not."""
		if self._asking is None or self._asking.done():
			self._asking = asyncio.create_task(self._ask())
		return self._asking

	async def _ask(self) -> str | None:
		why = None
		try:
			await run_sync(self._backend.check, abandon_on_cancel=True)
		except SourceUnavailable as error:
			why = str(error)
		except Exception as error:
			# What we did wrong: it must not cost the scrape that would tell of it.
			logger.exception("The source could not be asked")
			why = str(error)
		self.note(answers=why is None)
		return why
