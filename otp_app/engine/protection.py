"""Supply protection: what is protected for a group of buyers, and not ordered by it yet, is owed as seen by all others.

It is owed from the first day of its period, so that the minimum is there when the period begins, and until the period
is over nothing of it is given away: the group may order on its last day. (SAP: core, or horizontal, supply protection.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from otp_app.engine.facts import Commitment, CommitmentKind, Customer, Protection, Snapshot
from otp_app.engine.quotas import concerns


def protected_from(
	snapshot: Snapshot, customer: Customer | None, channel: str | None, today: date
) -> Snapshot:
	"""The snapshot with what is protected from a buyer among its commitments; without a customer, from an unknown one."""
	if not snapshot.protections:
		return snapshot
	others = (each for each in snapshot.protections if not concerns(each, customer, channel))
	kept = tuple(_commitments(others, today, snapshot.tolerance))
	return replace(snapshot, commitments=(*snapshot.commitments, *kept))


def _commitments(protections: Iterable[Protection], today: date, tolerance: float) -> Iterator[Commitment]:
	for each in sorted(protections, key=lambda each: (each.name, each.start)):
		left = each.qty - each.consumed
		if each.end >= today and left > tolerance:
			yield Commitment(
				each.item_code,
				each.warehouse,
				CommitmentKind.PROTECTED,
				left,
				due=max(each.start, today),
				document=each.name,
				in_bin=False,
			)
