"""What to expect of the parties of one kind of supply, given what has been seen: each leans on what is known of more.

The chance of coming on a day, given that it has not come before (the hazard), is what is learned, for each number of days
late. A delivery that is still awaited counts for all days on which it could have come and did not; so it is known to be
late before it comes (the product-limit estimator of Kaplan and Meier). Where few were still awaited, the chance leans on
the one known of more deliveries, as if `lean` more of those had been seen.

From general to special: the stated prior -> the kind, over years -> the kind, lately -> the party, over years -> the party,
lately. The same for an item group of the kind, and for an item group of the party.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from otp_app.engine.facts import SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.evidence import Evidence, Group, Party, Past, Seen
from otp_app.engine.reliability.priors import prior

# As many deliveries as what is known in general counts for.
LEAN_ON_PRIOR = 20.0
LEAN_ON_KIND = 10.0
LEAN_ON_PARTY = 10.0
# A party counts for its kind as this many deliveries at most: what is typical is not what the largest one does.
PARTY_COUNTS_FOR = 30.0
# How many older deliveries the last weeks are up against: few where they differ from before, many where they do not.
FEWEST, MOST = 3.0, 60.0
# Times change in ways that no history tells: this much of every answer is the stated prior.
UNFORESEEN = 0.1
# Probability that is too little to be told apart moves to the next day that is told.
TOO_LITTLE = 0.0005
# Less than this was seen too little to compare with anything.
_TOO_FEW = 0.5
_DECIMALS = 6

Hazards = list[float]


class Expecting:
	"""What to expect on one day (its ordinal) of a kind of supply, and of each of its parties and item groups.

	What is asked for is worked out when it is first asked for, so the past must stay as it is until then.
	"""

	def __init__(self, kind: SupplyKind, past: Past, today: int) -> None:
		self.kind = kind
		self._past, self._today = past, today
		self.by_party = {
			party: evidence
			for party, memory in past.parties.items()
			if (evidence := memory.on(today)).plain.weight
		}
		self._parties: dict[Party, Hazards] = {}

	def of_kind(self) -> DaysLate:
		"""Whoever it comes from."""
		return self._told(self._kind)

	def of_group(self, group: Group) -> DaysLate:
		"""An item group, whoever it comes from."""
		parts = self.by_party_of(group)
		if not parts:
			return self.of_kind()
		return self._told(self._learned(self._kind, _long(parts), _short(parts), LEAN_ON_KIND))

	def of_party(self, party: Party) -> DaysLate:
		"""A party; of one that nobody knows, what the kind does."""
		return self._told(self._party(party))

	def of(self, party: Party, group: Group) -> DaysLate:
		"""An item group of a party; if that is unknown, the party; if that is, the item group; if that is, the kind."""
		seen = self.seen_of(party, group)
		if seen is not None:
			return self._told(self._learned(self._party(party), seen.long, seen.short, LEAN_ON_PARTY))
		return self.of_party(party) if party in self.by_party else self.of_group(group)

	def seen_of(self, party: Party, group: Group) -> Evidence | None:
		"""What a party has shown with an item group; None if nothing."""
		memory = self._past.cells.get((party, group))
		evidence = memory.on(self._today) if memory else None
		return evidence if evidence and evidence.plain.weight else None

	def by_party_of(self, group: Group) -> dict[Party, Evidence]:
		"""What each party has shown with an item group."""
		parties = (party for party, of in self._past.cells if of == group)
		return {party: seen for party in parties if (seen := self.seen_of(party, group))}

	@property
	def groups(self) -> set[str]:
		"""The item groups of which anything was seen."""
		return {group for _, group in self._past.cells if group is not None}

	@cached_property
	def lean_on_before(self) -> float:
		"""As how many deliveries the years before count against the last weeks."""
		return credibility((seen.short, seen.long) for seen in self.by_party.values())

	@cached_property
	def _days(self) -> tuple[int, ...]:
		seen = {day for evidence in self.by_party.values() for day in evidence.plain.came}
		return tuple(sorted(seen | set(prior(self.kind).days)))

	@cached_property
	def _prior(self) -> list[float]:
		return [prior(self.kind).within(day) for day in self._days]

	@cached_property
	def _kind(self) -> Hazards:
		return self._learned(
			_hazards(self._prior), _long(self.by_party), _short(self.by_party), LEAN_ON_PRIOR
		)

	def _party(self, party: Party) -> Hazards:
		if party not in self.by_party:
			return self._kind
		if party not in self._parties:
			seen = self.by_party[party]
			self._parties[party] = self._learned(self._kind, seen.long, seen.short, LEAN_ON_KIND)
		return self._parties[party]

	def _learned(self, general: Hazards, long: Seen, short: Seen, lean: float) -> Hazards:
		over_years = leaning(self._days, general, long, lean)
		return leaning(self._days, over_years, short, self.lean_on_before)

	def _told(self, hazards: Hazards) -> DaysLate:
		"""The distribution, with its share of the unforeseen, in as few days as tell it."""
		days: list[int] = []
		reached: list[float] = []
		left = 1.0
		last = len(hazards) - 1
		for index, (hazard, before) in enumerate(zip(hazards, self._prior, strict=True)):
			left *= 1.0 - hazard
			value = 1.0 if index == last else (1.0 - UNFORESEEN) * (1.0 - left) + UNFORESEEN * before
			if index == last or value - (reached[-1] if reached else 0.0) >= TOO_LITTLE:
				days.append(self._days[index])
				reached.append(round(value, _DECIMALS))
		return DaysLate(tuple(days), tuple(reached))


def leaning(days: Sequence[int], general: Hazards, seen: Seen, lean: float) -> Hazards:
	"""The chance of coming on each of `days`, from what was seen, as if `lean` more had done what is expected in general."""
	if not seen.came and not seen.waiting:
		return general
	came, waiting, factor = seen.came, sorted(seen.waiting.items()), seen.factor
	at_risk = seen.weight
	hazards, next_waiting = [], 0
	for day, expected in zip(days, general, strict=True):
		# One that has waited for so many days can no longer be seen to come on the last of them.
		while next_waiting < len(waiting) and waiting[next_waiting][0] <= day:
			at_risk -= waiting[next_waiting][1] * factor
			next_waiting += 1
		here = came.get(day, 0.0) * factor
		hazards.append((here + lean * expected) / (max(at_risk, here) + lean))
		at_risk -= here
	return hazards


def credibility(pairs: Iterable[tuple[Seen, Seen]]) -> float:
	"""As how many deliveries what was seen before counts against what was seen lately, of (lately, before) of each party.

	Buehlmann and Straub's credibility: the variance of one delivery over the variance between then and now, where chance
	alone would make some of that. Looks at two shares: of those that came early, and of those that came in time.
	"""
	by_chance = apart = weight = 0.0
	looked = 0
	for lately, before in pairs:
		now, then = lately.weight, before.weight
		if now < _TOO_FEW:
			continue
		for days in (-1, 0):
			share = (before.came_within(days) + 0.5) / (then + 1.0)
			apart += now * (lately.came_within(days) / now - share) ** 2
			by_chance += share * (1.0 - share)
			weight += now
			looked += 1
	if apart <= by_chance or not looked:
		return MOST
	return min(MOST, max(FEWEST, (by_chance / looked) / ((apart - by_chance) / weight)))


def _hazards(reached: Sequence[float]) -> Hazards:
	"""The chance on each day, given that it has not come before, from the chance up to it."""
	before = [0.0, *reached[:-1]]
	return [
		(up_to - so_far) / (1.0 - so_far) if so_far < 1.0 else 1.0
		for so_far, up_to in zip(before, reached, strict=True)
	]


def _long(by_party: Mapping[Party, Evidence]) -> Seen:
	return _typical({party: evidence.long for party, evidence in by_party.items()})


def _short(by_party: Mapping[Party, Evidence]) -> Seen:
	return _typical({party: evidence.short for party, evidence in by_party.items()})


def _typical(by_party: Mapping[Party, Seen]) -> Seen:
	"""All parties together, none of which counts for too much; what the company makes or moves itself has no party."""
	return Seen.together(
		(seen, 1.0 if party is None else PARTY_COUNTS_FOR / max(PARTY_COUNTS_FOR, seen.weight))
		for party, seen in by_party.items()
	)
