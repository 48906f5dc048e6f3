"""The engine's front door: a snapshot, a request and `now` in, a promise out. Deterministic."""

from __future__ import annotations

from datetime import datetime

from otp_app.engine.assemble import on_time_odds
from otp_app.engine.decision import Decision, plan_order
from otp_app.engine.facts import Snapshot
from otp_app.engine.lines import without_promise
from otp_app.engine.messages import Message
from otp_app.engine.options import find_options
from otp_app.engine.policy import DesiredDateMode
from otp_app.engine.probability import confidence
from otp_app.engine.promise import Promise, Status
from otp_app.engine.reasons import blockers, reasons
from otp_app.engine.request import PromiseRequest
from otp_app.engine.shortages import reliably_unknown


def decide(
	snapshot: Snapshot, request: PromiseRequest, now: datetime, *, request_id: str, with_options: bool = True
) -> Promise:
	"""The promise for a request (docs/api.md).

	`now` is aware. Raises RequestRefused with every problem of the request, and NoWorkingDay for a calendar that has
	none.
	"""
	decision = plan_order(snapshot, request, now, for_trials=with_options)
	assembled = decision.assembled
	possible = decision.earliest is not None and not decision.too_late
	lines = decision.lines if possible or not decision.too_late else without_promise(decision.lines)
	on_time = [line.on_time for line in lines if line.on_time is not None]
	odds = decision.odds if possible else None
	options = find_options(decision) if with_options else ()
	return Promise(
		status=_status(decision),
		promise_date=assembled.promise_date if possible else None,
		promise_date_raw=assembled.promise_date_raw,
		desired_date=request.desired_date,
		desired_date_mode=decision.planner.books.terms.desired_date_mode,
		on_time=possible and all(on_time) if on_time else None,
		adjusted_due_to_no_early_delivery=assembled.kept_back and possible,
		can_fulfill=possible,
		confidence=None if odds is None else confidence(snapshot.settings, odds),
		probability=odds,
		on_time_probability=on_time_odds(decision.planner, decision.plans),
		plan=lines,
		reasons=tuple(reasons(decision)),
		blockers=tuple(blockers(decision)),
		options=tuple(options),
		request_id=request_id,
		calculated_at=now,
	)


def _status(decision: Decision) -> Status:
	if decision.assembled.best is not None:
		return Status.CANNOT_PROMISE_RELIABLY
	if decision.earliest is None and reliably_unknown(decision.planner, decision.plans):
		return Status.CANNOT_PROMISE_RELIABLY
	if decision.earliest is None or decision.too_late:
		return Status.CANNOT_FULFILL
	return Status.OK


def unanswered(request: PromiseRequest, why: str, now: datetime, *, request_id: str) -> Promise:
	"""The answer when the facts cannot be read: no date, because unknown is never zero."""
	return Promise(
		status=Status.CANNOT_PROMISE_RELIABLY,
		promise_date=None,
		promise_date_raw=None,
		desired_date=request.desired_date,
		desired_date_mode=request.rules.desired_date_mode or DesiredDateMode.LATEST_ACCEPTABLE,
		on_time=None,
		adjusted_due_to_no_early_delivery=False,
		can_fulfill=False,
		confidence=None,
		probability=None,
		on_time_probability=None,
		plan=(),
		reasons=(),
		blockers=(Message("SOURCE_UNAVAILABLE", {"why": why}),),
		options=(),
		request_id=request_id,
		calculated_at=now,
	)
