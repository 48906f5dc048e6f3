"""What the app promises for lines that are asked one after another, each promise a commitment for the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from benchmarks.desks import Told, Wish
from otp_app.engine.decide import decide
from otp_app.engine.facts import Commitment, CommitmentKind, Item, Snapshot, Supply
from otp_app.engine.promise import Promise, Source
from otp_app.engine.request import parse
from otp_app.sources.site import SiteSource

BATCH = 500
# Not before the wished day, and no day for packing: order desks that go by ERPNext's figures count none, either.
RULES = {"desired_date_mode": "NO_EARLY_DELIVERY", "processing_lead_time_days": 0}


@dataclass(frozen=True)
class Facts:
	"""The site's facts, and those of each item."""

	frame: Snapshot
	items: dict[str, Item]
	supplies: dict[str, tuple[Supply, ...]]
	commitments: dict[str, tuple[Commitment, ...]]

	@classmethod
	def read(cls, wanted: Sequence[Wish]) -> Facts:
		"""What the app reads of the items that are asked for."""
		codes = sorted({wish.place[0] for wish in wanted})
		parts = [SiteSource().snapshot(codes[n : n + BATCH]) for n in range(0, len(codes), BATCH)]
		items = {code: item for part in parts for code, item in part.items.items()}
		supplies: dict[str, list[Supply]] = {code: [] for code in codes}
		commitments: dict[str, list[Commitment]] = {code: [] for code in codes}
		for part in parts:
			for supply in part.supplies:
				supplies[supply.item_code].append(supply)
			for commitment in part.commitments:
				commitments[commitment.item_code].append(commitment)
		return cls(
			replace(parts[0], customers=None, supplies=(), commitments=()),
			items,
			{code: tuple(rows) for code, rows in supplies.items()},
			{code: tuple(rows) for code, rows in commitments.items()},
		)

	def of(self, code: str, promised: Sequence[Commitment]) -> Snapshot:
		"""The facts of one item, with what was promised since they were read."""
		return replace(
			self.frame,
			items={code: self.items[code]},
			supplies=self.supplies[code],
			commitments=(*self.commitments[code], *promised),
		)


def promises(facts: Facts, wanted: Sequence[Wish], service_level: float | None) -> dict[str, Told | None]:
	"""What each customer is told: not before the wished day, at the service level if there is one."""
	promised: dict[str, list[Commitment]] = {}
	answers: dict[str, Told | None] = {}
	for wish in wanted:
		(code, warehouse), rules = wish.place, dict[str, object](RULES)
		line = {"item_code": code, "qty": wish.qty, "warehouse": warehouse}
		if service_level is not None:
			rules["service_level"] = service_level
		request = parse({"items": [line], "desired_date": wish.day.isoformat(), "rules": rules})
		known = facts.of(code, promised.get(code, ()))
		promise = decide(known, request, known.taken_at, request_id=wish.name, with_options=False)
		answers[wish.name] = told = _told(promise)
		if told is not None and wish.qty - told.bought > 0:
			kind, qty = CommitmentKind.SALES_ORDER, wish.qty - told.bought
			promised.setdefault(code, []).append(Commitment(code, warehouse, kind, qty, told.day, wish.name))
	return answers


def _told(promise: Promise) -> Told | None:
	if promise.promise_date is None:
		return None
	pegs = [peg for line in promise.plan for peg in line.fulfillment if peg.source is Source.REPLENISHMENT]
	comes: list[date] = [peg.expected_date or peg.available_date for peg in pegs]
	return Told(promise.promise_date, sum(peg.qty for peg in pegs), max(comes, default=None))
