"""What a planner supposes, checked against what is there and what the planner may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import frappe
from frappe import _

from otp_app.engine.backorder.rules import BackorderRules
from otp_app.engine.backorder.supposed import Supposed
from otp_app.engine.backorder.whatif import Changes
from otp_app.engine.facts import Commitment, CommitmentKind
from otp_app.engine.problems import FORBIDDEN, UNKNOWN, Problem, RequestRefused
from otp_app.engine.request import PromiseRequest, parse
from otp_app.promises.documents import Asked
from otp_app.promises.site import check_named, may_see
from otp_app.sources.erpnext.world import World
from otp_app.sources.site.commitments import read_commitments
from otp_app.sources.site.items import read_items
from otp_app.sources.site.ties import items_in
from otp_app.sources.site.world import read_world


@dataclass(frozen=True, slots=True)
class View:
	"""Which lines of the answer are told: the kinds of Outcome.kinds, of some customers, a page of them."""

	kinds: frozenset[str]
	customers: frozenset[str]
	start: int
	limit: int


@dataclass(frozen=True, slots=True)
class Question:
	"""`brought` are the items of the documents that come on another day, `taken` the order that is taken on trial."""

	supposed: Supposed
	brought: frozenset[str]
	view: View
	taken: Asked | None = None
	company: str | None = None
	rules: BackorderRules | None = None

	@property
	def request(self) -> PromiseRequest | None:
		"""The order that is taken. Raises RequestRefused, naming its fields."""
		if self.taken is None:
			return None
		try:
			given = {"company": self.company, **_without_none(self.taken.payload)}
			return parse(given)
		except RequestRefused as refused:
			raise RequestRefused([of_take(problem) for problem in refused.problems]) from refused

	@property
	def title(self) -> str:
		"""What the order that is taken is called."""
		excluding = self.taken.excluding if self.taken else None
		return excluding.name if excluding else _("The new order")

	def items(self) -> set[str]:
		"""The items that the changes are about, with components of bundles; those that are not there too."""
		today = frappe.utils.getdate()
		world = read_world(today)
		found = self.brought | {added.item_code for added in self.supposed.add}
		if self.taken is not None:
			known = read_items(self.taken.item_codes, world, today).items
			found |= {code for code in known if known[code].is_stock_item}
		return set(found) | self._lost_items(world)

	def _lost_items(self, world: World) -> set[str]:
		gone = {leaf for name in self.supposed.lose for leaf in _leaves(world, name)}
		return items_in(gone) if gone else set()

	def changes(self) -> Changes:
		"""The same for the engine."""
		return Changes(
			delays=tuple(other.delay for other in self.supposed.delay),
			added=tuple(more.added for more in self.supposed.add),
			lost=self.supposed.lose,
			taken=self.request,
			released=self._held(),
		)

	def _held(self) -> tuple[Commitment, ...]:
		"""What is held for the order that is taken."""
		holds = self.taken.excluding.holds if self.taken and self.taken.excluding else frozenset()
		if not holds or self.taken is None:
			return ()
		found = read_commitments(self.taken.item_codes, excluding=None, documents=True)
		return tuple(c for c in found if c.kind is CommitmentKind.HOLD and c.document in holds)


def of_take(problem: Problem) -> Problem:
	"""A problem of the order that is taken."""
	return replace(problem, field=f"take.{problem.field}" if problem.field else "take")


def _without_none(payload: Mapping[str, Any]) -> dict[str, Any]:
	return {name: value for name, value in payload.items() if value is not None}


def _leaves(world: World, name: str) -> Iterable[str]:
	"""The warehouses below one, itself if it is no group; itself, too, where nobody knows it."""
	children = [other for other, at in world.warehouses.items() if at.parent == name]
	return [leaf for child in children for leaf in _leaves(world, child)] or [name]


def check(question: Question) -> None:
	"""Refuses items, warehouses and companies that are not there, or that the user may not see, all at once."""
	world, named = read_world(frappe.utils.getdate()), list(_named(question))
	known = {"Warehouse": world.warehouses, "Company": world.companies, "Item": _known_items(named)}
	problems = []
	for doctype, name, field in named:
		if name not in known[doctype]:
			message = _("There is no {0} {1}.").format(_(doctype).lower(), name)
			problems.append(Problem(f"UNKNOWN_{doctype.upper()}", message, field, UNKNOWN))
		elif not _may_name(doctype, name, world):
			message = _("You may not see {0} {1}.").format(_(doctype), name)
			problems.append(Problem("FORBIDDEN", message, field, FORBIDDEN))
	if problems:
		raise RequestRefused(problems)
	if question.taken is not None and question.taken.excluding is None:
		_check_taken(question.taken)


def _named(question: Question) -> Iterator[tuple[str, str, str]]:
	"""What the question names: doctype, name, and the field that names it."""
	for index, name in enumerate(question.supposed.lose):
		yield "Warehouse", name, f"lose[{index}]"
	for index, added in enumerate(question.supposed.add):
		yield "Warehouse", added.warehouse, f"add[{index}].warehouse"
		yield "Item", added.item_code, f"add[{index}].item_code"
	if question.company:
		yield "Company", question.company, "company"


def _check_taken(taken: Asked) -> None:
	try:
		check_named(taken.payload)
	except RequestRefused as refused:
		raise RequestRefused([of_take(problem) for problem in refused.problems]) from refused


def _known_items(named: Iterable[tuple[str, str, str]]) -> set[str]:
	codes = sorted({name for doctype, name, _field in named if doctype == "Item"})
	return set(frappe.get_all("Item", {"name": ("in", codes)}, pluck="name")) if codes else set()


def _may_name(doctype: str, name: str, world: World) -> bool:
	if doctype == "Warehouse" and not may_see("Company", world.warehouses[name].company):
		return False
	return may_see(doctype, name)
