"""Pages of rows, several questions at the same time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.erpnext.fields import Fields
from otp_app.sources.rest.answers import Refused
from otp_app.sources.rest.client import Client

PAGE = 5000  # rows
# Names in one filter; more are asked for in several calls.
MOST_NAMES = 2000
Filter = Sequence[Any]
Filters = Sequence[Filter]

SUBMITTED: Filter = ["docstatus", "=", 1]


@dataclass(frozen=True, slots=True)
class Question:
	"""Rows of a doctype, or of a child table of it, by filters `[field, operator, value]`.

	`fields` are those of the rows; with a `child`, `own` are those of its parents, which come under the names `parent_...`,
	and `filters` are on the parent, `of_child` on the child. `by` is the field of the rows by which pages follow one another.
	"""

	doctype: str
	fields: Collection[str]
	filters: Filters = ()
	child: str | None = None
	own: Collection[str] = ()
	of_child: Filters = ()
	group_by: Collection[str] = ()

	def named(self) -> Iterator[str]:
		"""What the columns of each row are called."""
		yield from self.fields
		if not self.group_by:
			yield "row_name"
			yield from (f"parent_{name}" for name in self.own)

	def asked(self, after: str | None) -> dict[str, Any]:
		"""The arguments of get_list for the page after a row."""
		table = self.child or self.doctype
		fields = [f"`tab{table}`.`{name}`" for name in self.fields]
		filters = [[self.doctype, *one] for one in self.filters] + [[table, *one] for one in self.of_child]
		if self.group_by:
			groups = ", ".join(f"`tab{table}`.`{name}`" for name in self.group_by)
			return {
				"fields": fields,
				"filters": filters,
				"group_by": groups,
				"order_by": groups,
				"limit_page_length": 0,
			}
		fields += [f"`tab{table}`.`name` as row_name"]
		fields += [f"`tab{self.doctype}`.`{name}` as parent_{name}" for name in self.own]
		if after is not None:
			filters.append([table, "name", ">", after])
		order = f"`tab{table}`.`name` asc"
		return {"fields": fields, "filters": filters, "order_by": order, "limit_page_length": PAGE}


class Asker:
	"""Asks questions of one snapshot, all within one budget (`until`, of `time.monotonic`)."""

	def __init__(self, client: Client, pool: Executor, until: float) -> None:
		self._client = client
		self._pool = pool
		self.until = until

	def all_of(self, questions: Mapping[str, Question]) -> dict[str, list[Fields]]:
		"""The rows of each question, in the order of their names; all are asked at the same time."""
		return self.together({name: partial(self.rows, question) for name, question in questions.items()})

	def together(self, calls: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
		"""What each call gives; the first error is raised when all have ended."""
		running = {name: self._pool.submit(call) for name, call in calls.items()}
		errors = [error for end in running.values() if (error := end.exception())]
		if errors:
			raise errors[0]
		return {name: end.result() for name, end in running.items()}

	def rows(self, question: Question) -> list[Fields]:
		"""All rows of a question, page by page."""
		found: list[Fields] = []
		after: str | None = None
		while True:
			page = self._page(question, after)
			found += map(Fields, page)
			if question.group_by or len(page) < PAGE:
				return found
			after = str(page[-1]["row_name"])

	def has(self, doctype: str) -> bool:
		"""Whether there is such a doctype. Asked as a list: a document of none would be an error of the server."""
		try:
			self._client.rows(doctype, until=self.until, fields=["name"], limit_page_length=1)
		except Refused as refused:
			if refused.status == 404:
				return False
			raise _unreadable(doctype, refused) from refused
		return True

	def single(self, doctype: str) -> Fields:
		"""A document of settings."""
		try:
			return Fields(self._client.document(doctype, doctype, until=self.until))
		except Refused as refused:
			raise _unreadable(doctype, refused) from refused

	def single_if_allowed(self, doctype: str) -> Fields:
		"""The same for settings that can be done without: no fields where they may not be read."""
		try:
			return self.single(doctype)
		except SourceUnavailable as error:
			if isinstance(error.__cause__, Refused) and error.__cause__.status == 403:
				return Fields()
			raise

	def method(self, name: str) -> Any:
		"""What a whitelisted method without arguments returns."""
		return self._client.method(name, {}, until=self.until)

	def _page(self, question: Question, after: str | None) -> list[dict[str, Any]]:
		try:
			page = self._client.rows(question.doctype, until=self.until, **question.asked(after))
		except Refused as refused:
			raise _unreadable(question.doctype, refused) from refused
		# Frappe leaves fields out that the user may not read, and a quantity of nothing would be one of 0.
		for name in question.named():
			if any(name not in row for row in page):
				raise SourceUnavailable(
					f"the API user may not read {name} of {question.doctype}: give it a role that may read all its fields"
				)
		return page


def _unreadable(doctype: str, refused: Refused) -> SourceUnavailable:
	if refused.status == 403:
		return SourceUnavailable(
			f"the API user may not read {doctype}: give it a role that may (docs/rest-source.md lists them)"
		)
	return SourceUnavailable(f"{doctype} cannot be read: {refused}")


def among(field: str, names: Collection[str]) -> list[Any]:
	"""The filter for rows of some names."""
	return [field, "in", sorted(names)]


def in_parts(names: Collection[str]) -> Iterator[list[str]]:
	"""Names in lists that a filter can hold; one empty list for none."""
	every = sorted(names)
	for start in range(0, max(len(every), 1), MOST_NAMES):
		yield every[start : start + MOST_NAMES]
