"""Answers over a snapshot: nothing is written, and what the snapshot does not know is null."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from threading import Lock
from typing import Protocol
from zoneinfo import ZoneInfo

from otp_app.engine.facts import Snapshot
from otp_app.engine.problems import CONFLICT, Problem, RequestRefused, SourceUnavailable
from otp_app.promises.calculate import promise_order
from otp_app.service.backend import Answer, Fields
from otp_app.service.config import Configuration
from otp_app.service.defaults import in_zone, with_defaults
from otp_app.service.orders import Orders, find_orders, order_in_full
from otp_app.service.procurement import suggestions
from otp_app.service.stock import item_stock
from otp_app.sources import Source


class SnapshotSource(Source, Protocol):
	"""A source of facts that were taken at one moment, the whole order book among them."""

	@property
	def taken_at(self) -> datetime:
		"""When the facts were read from the site (aware)."""
		...

	@property
	def timezone(self) -> str:
		"""The site's time zone."""
		...

	@property
	def at_hand(self) -> bool:
		"""Whether the facts are in memory: a file that was replaced has to be read first."""
		...

	def book(self) -> Snapshot:
		"""All facts, open order lines among them."""
		...


class SnapshotBackend:
	"""The Backend over a snapshot; of `configuration`, the defaults and the clock matter to it."""

	name = "snapshot"

	def __init__(self, source: SnapshotSource, configuration: Configuration) -> None:
		self._file = source
		self._source = with_defaults(source, configuration)
		self._config = configuration
		self._orders: tuple[datetime, Orders] | None = None
		self._reading_orders = Lock()

	@property
	def waits(self) -> bool:
		"""See Backend."""
		return not self._file.at_hand

	def promise(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend."""
		asked = in_zone(asked, self._config.timezone)
		promise = promise_order(self._source, asked, now=self._now(), request_id=request_id)
		return promise.as_dict()

	def apply(self, asked: Fields, request_id: str) -> Answer:
		"""Refused: see Backend."""
		message = (
			"This service promises from a snapshot, which is only read: apply the promise in ERPNext, or set "
			"ERPNEXT_BASE_URL to promise from the site itself."
		)
		raise RequestRefused([Problem("READ_ONLY", message, None, CONFLICT)])

	def procurement_suggest(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend; a Sales Order is as its open lines say."""
		asked = in_zone(asked, self._config.timezone)
		return suggestions(self._source, self._open_orders, asked, self._now(), request_id)

	def sales_orders(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend."""
		return find_orders(self._open_orders(), asked) | {"request_id": request_id}

	def sales_order(self, name: str, request_id: str) -> Answer:
		"""See Backend."""
		return order_in_full(self._open_orders(), name) | {"request_id": request_id}

	def item_stock(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend."""
		now = self._now()
		items = item_stock(self._source, asked, now, lambda order: self._open_orders().codes_of(order))
		return {"items": items, "request_id": request_id, "calculated_at": now.isoformat()}

	def check(self) -> None:
		"""See Backend."""
		self._file.snapshot(())

	def facts_age(self) -> float | None:
		"""See Backend; a file that cannot be read has none."""
		try:
			taken_at = self._file.taken_at
		except SourceUnavailable:
			return None
		return max(0.0, (datetime.now(timezone.utc) - taken_at).total_seconds())

	def circuits(self) -> Mapping[str, int]:
		"""See Backend: a file has none."""
		return {}

	def close(self) -> None:
		"""See Backend: nothing is held."""

	def _now(self) -> datetime:
		"""The moment of an order: when the snapshot was taken, or by the clock."""
		if self._config.now == "snapshot":
			return self._file.taken_at
		return datetime.now(ZoneInfo(self._file.timezone))

	def _open_orders(self) -> Orders:
		"""The order book by order, made anew for another snapshot, and once for all who ask."""
		with self._reading_orders:
			taken_at = self._file.taken_at
			known = self._orders
			if known is None or known[0] != taken_at:
				known = self._orders = (taken_at, Orders.of(self._file.book()))
			return known[1]
