"""How well the probabilities that were told agree with what became of the promises. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from statistics import mean

# Where bands of told probabilities begin; each goes up to the next one, the last up to and with 1.
BAND_STARTS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)
# Of looks at promises whose probabilities are right, at most this share raises an alarm.
ERROR_RATE = 0.001


@dataclass(frozen=True, slots=True)
class Scored:
	"""A promise that is decided: the probability that was told, and whether it was kept.

	Promises with the same `fate` stand and fall together as far as anybody knows: lines of an order, or what waits
	for the same document.
	"""

	told: float
	kept: bool
	fate: Hashable


@dataclass(frozen=True, slots=True)
class Band:
	"""Promises told with `low` or more and less than `high`; `told` is the mean of them, `kept` the share; both 0 to 1."""

	low: float
	high: float
	count: int
	told: float
	kept: float


@dataclass(frozen=True, slots=True)
class Drift:
	"""What was told against what came of it, over `count` promises; both are shares from 0 to 1.

	`chance` is the most that such a difference is probable by chance alone, were the probabilities right.
	"""

	count: int
	told: float
	kept: float
	chance: float

	@property
	def alarm(self) -> bool:
		"""Whether chance does not explain the difference."""
		return self.chance < ERROR_RATE


def brier(scored: Sequence[Scored]) -> float | None:
	"""The mean squared difference of told probability and outcome (Brier 1950): 0 is best; None without promises."""
	return mean((one.told - one.kept) ** 2 for one in scored) if scored else None


def band_of(told: float) -> tuple[float, float]:
	"""The band of a told probability."""
	index = max(i for i, start in enumerate(BAND_STARTS) if told >= start)
	return BAND_STARTS[index], (*BAND_STARTS, 1.0)[index + 1]


def bands(scored: Iterable[Scored]) -> tuple[Band, ...]:
	"""The bands that have promises, the lowest first."""
	found: dict[tuple[float, float], list[Scored]] = {}
	for one in scored:
		found.setdefault(band_of(one.told), []).append(one)
	return tuple(
		Band(low, high, len(these), mean(one.told for one in these), mean(one.kept for one in these))
		for (low, high), these in sorted(found.items())
	)


def drift(scored: Sequence[Scored]) -> Drift | None:
	"""Whether more or fewer were kept than was told; None without promises.

	By Bernstein's inequality, for any number of promises: a sum of independent values, each at most `m` from its mean, is
	further than `t` from its own with a probability of at most 2 exp(-t^2 / 2 / (variance + m t / 3)). Promises of one
	fate are one value. Nothing is assumed of how they depend on each other: its deviation is at most the sum of theirs.
	"""
	if not scored:
		return None
	most: dict[Hashable, float] = {}
	deviation: dict[Hashable, float] = {}
	for one in scored:
		most[one.fate] = most.get(one.fate, 0.0) + max(one.told, 1.0 - one.told)
		deviation[one.fate] = deviation.get(one.fate, 0.0) + sqrt(one.told * (1.0 - one.told))
	told, kept = sum(one.told for one in scored), sum(one.kept for one in scored)
	off = abs(kept - told)
	variance = sum(value**2 for value in deviation.values())
	spread = variance + max(most.values()) * off / 3.0
	chance = min(1.0, 2.0 * exp(-(off**2) / 2.0 / spread)) if spread > 0 else 1.0
	return Drift(len(scored), told / len(scored), kept / len(scored), chance)


def fates(depends_on: Mapping[str, Iterable[Hashable]]) -> dict[str, str]:
	"""Promise -> the name of its fate: one of the promises that it shares something with, directly or by others."""
	root: dict[str, str] = {name: name for name in depends_on}
	first: dict[Hashable, str] = {}

	def find(name: str) -> str:
		while root[name] != name:
			root[name] = name = root[root[name]]
		return name

	for name, things in depends_on.items():
		for thing in things:
			root[find(name)] = find(first.setdefault(thing, name))
	return {name: find(name) for name in depends_on}
