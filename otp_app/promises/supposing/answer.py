"""The order book promised again under what is supposed, and the comparison that a planner reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import frappe
from frappe import _

from otp_app.engine.backorder.outcome import Change, Comparison, Outcome, Tally, compare, compare_by
from otp_app.engine.backorder.whatif import what_if
from otp_app.engine.facts import Snapshot, Supply
from otp_app.engine.problems import UNAVAILABLE, Problem, RequestRefused, SourceUnavailable
from otp_app.promises.site import site_now
from otp_app.promises.supposing.question import Question, of_take
from otp_app.promises.supposing.sight import Sight, names_of
from otp_app.sources.site.book import owed_items, read_book
from otp_app.sources.site.ties import tied_to

# Customers that are told one by one; the sums are over all of them.
MOST_CUSTOMERS = 200


def answer_of(question: Question) -> dict[str, Any]:
	"""What would become of the open lines that the user may read. Raises RequestRefused."""
	book, scope = _book(question)
	changes, now = question.changes(), site_now()
	try:
		found = what_if(book, changes, now, question.rules)
	except RequestRefused as refused:
		raise RequestRefused([_named(problem) for problem in refused.problems]) from refused
	sight = Sight.of(found, book, question.title)
	seen, taken, left_out = sight.split(found)
	shown = [outcome for outcome in seen if _is_shown(outcome, question, sight)]
	page = shown[question.view.start : question.view.start + question.view.limit]
	teller = _Teller(sight, names_of([*page, *taken]))
	return {
		"comparison": _told(compare(seen)),
		"all": Tally.of(seen).as_dict(),
		"customers": _customers(seen, sight),
		"lines": [teller.line(outcome) for outcome in page],
		"total": len(shown),
		"start": question.view.start,
		"limit": question.view.limit,
		"left_out": left_out,
		"taken": [teller.line(outcome) for outcome in taken],
		"documents": _documents(book.supplies, question),
		"looked_at": scope | {"lines": len(found)},
		"company": question.company,
		"currency": _currency(question, book),
		"calculated_at": now.isoformat(),
	}


def _named(problem: Problem) -> Problem:
	"""The engine speaks of the order that is taken as if it were all that is asked."""
	own = ("delay", "add", "lose")
	return problem if (problem.field or "").startswith(own) else of_take(problem)


def _book(question: Question) -> tuple[Snapshot, dict[str, Any]]:
	"""The part of the order book that the changes may reach, else all of it; and how much that is."""
	items = question.items()
	tied = tied_to(items)
	codes = sorted(items | set(owed_items())) if tied is None else sorted(tied)
	try:
		book = read_book(codes, question.company)
	except SourceUnavailable as error:
		message = _("The stock data cannot be read at the moment: {0}. Try again later.").format(error)
		raise RequestRefused([Problem("SOURCE_UNAVAILABLE", message, None, UNAVAILABLE)]) from error
	own_company = frappe.defaults.get_user_default("Company")
	if own_company:
		# Where an order that is taken says neither company nor warehouse.
		book = replace(book, settings=replace(book.settings, default_company=own_company))
	return book, {"items": len(codes), "whole_book": tied is None}


def _is_shown(outcome: Outcome, question: Question, sight: Sight) -> bool:
	view = question.view
	if view.customers and sight.customer(outcome) not in view.customers:
		return False
	return not outcome.kinds.isdisjoint(view.kinds)


def _told(comparison: Comparison) -> dict[str, Any]:
	return {kind.value: tally.as_dict() for kind, tally in comparison.items()}


def _customers(seen: Iterable[Outcome], sight: Sight) -> list[dict[str, Any]]:
	"""Those with a change, who is hit hardest first, at most 200."""
	changed = [outcome for outcome in seen if outcome.change is not Change.UNCHANGED]
	names = {sight.customer(o): sight.orders.get(o.line.order) for o in changed}
	told = [
		{"customer": customer, "customer_name": names.get(customer) or customer, **_lines(comparison)}
		for customer, comparison in compare_by(changed, lambda o: sight.customer(o) or "").items()
		if customer
	]
	told.sort(key=lambda row: (-row["lost"], -row["worse"], -row["improved"]))
	return told[:MOST_CUSTOMERS]


def _lines(comparison: Comparison) -> dict[str, int]:
	return {kind.value: tally.lines for kind, tally in comparison.items() if kind is not Change.UNCHANGED}


@dataclass(frozen=True, slots=True)
class _Teller:
	"""Puts outcomes into JSON values, with names beside codes."""

	sight: Sight
	items: dict[str, Any]

	def line(self, outcome: Outcome) -> dict[str, Any]:
		told = self.sight.told(outcome)
		item = self.items.get(outcome.item_code)
		moved = (told.after - told.before).days if told.after and told.before else None
		single = len(told.parts) == 1 and not told.line.bundle
		return told.as_dict(_) | {
			"item_name": item.item_name if item else outcome.item_code,
			"customer_name": self.sight.orders.get(told.line.order) if told.line.customer else None,
			"qty": told.line.qty if single else None,
			"uom": item.stock_uom if item and single else None,
			"days": moved,
		}


def _documents(supplies: Sequence[Supply], question: Question) -> dict[str, Any]:
	"""When the documents that come on another day are expected as things are."""
	wanted = {other.document for other in question.supposed.delay}
	due: dict[str, set[str]] = {name: set() for name in wanted}
	for supply in supplies:
		if supply.document in wanted and supply.due is not None:
			due[supply.document].add(supply.due.isoformat())
	return {name: sorted(days) for name, days in due.items()}


def _currency(question: Question, book: Snapshot) -> str | None:
	"""That of the company, or of all companies where they agree: sums of several currencies mean nothing."""
	companies = [question.company] if question.company else list(book.companies)
	found = {frappe.get_cached_value("Company", name, "default_currency") for name in companies}
	return found.pop() if len(found) == 1 else None
