"""What answers the routes: over a snapshot, or over a remote ERPNext."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

# JSON values by name: what a caller gave, and what it is answered.
Fields = Mapping[str, Any]
Answer = dict[str, Any]


class Backend(Protocol):
	"""Answers the calls of docs/service.md.

	Methods are synchronous, may be called by several threads at once, and raise RequestRefused with every problem of the
	request, each with its HTTP status. `request_id` comes back in each answer. Facts that cannot be read are
	SourceUnavailable, except in `promise`.
	"""

	@property
	def name(self) -> str:
		"""What it promises from: `snapshot` or `rest`."""
		...

	@property
	def waits(self) -> bool:
		"""Whether calls wait now, for another server or a file that is to be read, so that each needs a thread of its own."""
		...

	def promise(self, asked: Fields, request_id: str) -> Answer:
		"""The promise for the fields of PromiseRequest, as `Promise.as_dict` has it.

		Facts that cannot be read give CANNOT_PROMISE_RELIABLY, without a date, and the blocker SOURCE_UNAVAILABLE.
		"""
		...

	def apply(self, asked: Fields, request_id: str) -> Answer:
		"""Writes the promised dates into a Sales Order or Quotation; a request id that was answered is answered again."""
		...

	def procurement_suggest(self, asked: Fields, request_id: str) -> Answer:
		"""What has to be bought or made for an order."""
		...

	def sales_orders(self, asked: Fields, request_id: str) -> Answer:
		"""A page of the open Sales Orders; `asked` are texts of the address, or lists of them."""
		...

	def sales_order(self, name: str, request_id: str) -> Answer:
		"""A Sales Order with its lines."""
		...

	def item_stock(self, asked: Fields, request_id: str) -> Answer:
		"""Stock of items, and from when how much of it can be promised."""
		...

	def check(self) -> None:
		"""Makes sure that the source answers. Raises SourceUnavailable with why it does not, and what to do."""
		...

	def facts_age(self) -> float | None:
		"""Seconds since the oldest facts were read that are promised from; None if none have been read."""
		...

	def circuits(self) -> Mapping[str, int]:
		"""Circuit breakers by name: 0 closed, 1 half-open, 2 open. Empty where there are none."""
		...

	def close(self) -> None:
		"""Gives back what it holds. Nothing is asked of it afterwards."""
		...
