"""The shape that every commitment query shares: its columns, how they are summed, and what varies between callers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pypika.terms import Term

from otp_app.sources.site.sql import constant, sum_of


@dataclass(frozen=True, slots=True)
class Grouping:
	documents: bool

	def select(
		self,
		query: Any,
		kind: str,
		keys: tuple[Term, Term, Term, Term],
		qty: Term,
		surplus: Term | None = None,
		*,
		mark: Term | str | None = None,
		locked_in: Term | None = None,
	) -> Any:
		"""The columns of _Row: sums by (item, warehouse, due) and, if asked for, document."""
		item, warehouse, due, document = keys
		groups = [item, warehouse, due]
		if self.documents:
			groups.append(document)
		if locked_in is not None:
			groups.append(locked_in)
		if isinstance(mark, Term):
			groups.append(mark)
		return query.select(
			constant(kind, "kind"),
			item.as_("item_code"),
			warehouse.as_("warehouse"),
			due.as_("due"),
			document.as_("document") if self.documents else constant(None, "document"),
			mark.as_("mark") if isinstance(mark, Term) else constant(mark, "mark"),
			locked_in.as_("locked_in") if locked_in is not None else constant(None, "locked_in"),
			sum_of(qty).as_("qty"),
			(sum_of(surplus) if surplus is not None else sum_of(qty) * 0).as_("surplus"),
		).groupby(*groups)


ALWAYS_BY_DOCUMENT = Grouping(documents=True)


@dataclass(frozen=True, slots=True)
class Variant:
	"""What changes the text of the queries: the database, whose commitments are left out, returns, grouping.

	With `rows`, what an order owes is told by its row (of its items, or of a bundle's components) in place of the order.
	"""

	db_type: str
	leaves_out_an_order: bool
	returns_are_settled: bool
	documents: bool
	rows: bool = False

	@property
	def grouping(self) -> Grouping:
		"""By document, or summed by kind and day."""
		return Grouping(self.documents)

	def document(self, row: Any) -> Term:
		"""The document that a row of an order is told under."""
		return row.name if self.rows else row.parent
