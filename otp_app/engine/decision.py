"""A planned order, and the same order planned again with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from otp_app.engine.alternatives import plan_demands
from otp_app.engine.assemble import Assembled, assemble, odds_of
from otp_app.engine.books import Books
from otp_app.engine.facts import Snapshot
from otp_app.engine.lines import plan_lines
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan
from otp_app.engine.policy import DesiredDateMode
from otp_app.engine.probability import told
from otp_app.engine.promise import PlanLine
from otp_app.engine.protection import protected_from
from otp_app.engine.quotas import Quotas
from otp_app.engine.request import PromiseRequest
from otp_app.engine.resolve import Order, resolve
from otp_app.engine.schedule import Terms


@dataclass(frozen=True)
class Decision:
	"""A planned order, before it is put into words."""

	request: PromiseRequest
	order: Order
	planner: Planner
	plans: list[LinePlan]
	assembled: Assembled

	@cached_property
	def lines(self) -> tuple[PlanLine, ...]:
		"""The lines of the answer; worked out when they are asked for, for most orders are only tried."""
		return plan_lines(self.planner, self.plans, self.assembled)

	@cached_property
	def odds(self) -> float:
		"""The probability that all lines are delivered as scheduled, as it is told."""
		return told(odds_of(self.planner, self.plans, self.assembled.schedules))

	@property
	def too_late(self) -> bool:
		"""Whether a date that may not be missed is missed."""
		strict = self.planner.books.terms.desired_date_mode is DesiredDateMode.STRICT_FAIL
		return strict and bool(self.assembled.too_late)

	@property
	def earliest(self) -> date | None:
		"""When the whole order can be delivered, None if it cannot."""
		return self.assembled.promise_date

	@property
	def promised(self) -> date | None:
		"""The order's date; None if it has none, or a later one than it may have."""
		return None if self.too_late else self.earliest


def plan_order(
	snapshot: Snapshot, request: PromiseRequest, now: datetime, *, for_trials: bool = False
) -> Decision:
	"""Covers and dates an order. Raises RequestRefused if it makes no sense on this snapshot.

	`for_trials`: it will be planned again with changes, and what these leave as it was is kept for that.
	Raises ValueError for a `now` without a time zone, which would mean the machine's.
	"""
	if now.tzinfo is None:
		raise ValueError("`now` needs a time zone: without one it would be the machine's.")
	terms = Terms(snapshot, request.rules, now)
	order = resolve(snapshot, request, terms)
	free = protected_from(snapshot, order.customer, request.channel, terms.today)
	quotas = Quotas.of(snapshot, order.customer, request.channel, terms.horizon)
	books, agreed = Books.of(free, terms), request.agreed
	planner = Planner(books, order.customer, quotas=quotas, agreed=agreed, remembers=for_trials)
	return _planned(request, order, planner)


def plan_again(
	decision: Decision, *, books: Books | None = None, request: PromiseRequest | None = None
) -> Decision:
	"""The order over changed books, or with changed lines; its rules, customer and moment stay.

	Raises RequestRefused if the changed lines make no sense.
	"""
	planner = decision.planner.over(books or decision.planner.books)
	changed = request or decision.request
	return _planned(changed, _order(decision, changed, planner.books), planner)


def _order(decision: Decision, request: PromiseRequest, books: Books) -> Order:
	"""The order resolved again, where anything that it is resolved by has changed."""
	before = decision.planner.books
	same = request is decision.request and books.snapshot is before.snapshot
	if same and books.terms.transfers == before.terms.transfers:
		return decision.order
	return resolve(books.snapshot, request, books.terms)


def _planned(request: PromiseRequest, order: Order, planner: Planner) -> Decision:
	plans = plan_demands(planner, order.demands)
	return Decision(request, order, planner, plans, assemble(planner, plans))
