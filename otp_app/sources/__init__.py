"""Where the facts come from: one protocol, and one module or package for each kind of source."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from otp_app.engine.facts import Excluded, Snapshot


class Source(Protocol):
	"""Answers one question: what is known about these items now?"""

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""All facts that a promise of `items` depends on, in stock UOM.

		Components of bundles and alternatives of `items` are included, and what is needed to make those that may be made;
		an item that does not exist is simply not in the answer. Of customers only `customer` is needed. The commitments of `excluding` (a Sales Order or
		Quotation) are left out, its reservations and holds with them. Commitments may be summed by kind and day; with
		`documents` each names its document. Supplies and commitments are never cut off at a date, because
		look-ahead needs them to the end. Raises SourceUnavailable when the facts cannot be read.
		"""
		...
