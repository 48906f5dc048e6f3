"""Read a snapshot and decide: the one path from a caller's words to a promise, for every home of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from otp_app.engine.decide import decide, unanswered
from otp_app.engine.facts import Excluded
from otp_app.engine.problems import SourceUnavailable
from otp_app.engine.promise import Promise
from otp_app.engine.request import parse
from otp_app.sources import Source


def promise_order(
	source: Source,
	payload: Mapping[str, Any],
	*,
	now: datetime,
	request_id: str,
	excluding: Excluded | None = None,
	with_options: bool = True,
) -> Promise:
	"""The promise for `payload`, the fields of PromiseRequest as JSON values; `now` is aware.

	Raises RequestRefused with every problem of the request. A source that cannot answer gives
	CANNOT_PROMISE_RELIABLY, without a date.
	"""
	request = parse(payload)
	codes = list(dict.fromkeys(line.item_code for line in request.items))
	try:
		snapshot = source.snapshot(codes, customer=request.customer, excluding=excluding)
	except SourceUnavailable as error:
		return unanswered(request, str(error), now, request_id=request_id)
	return decide(snapshot, request, now, request_id=request_id, with_options=with_options)
