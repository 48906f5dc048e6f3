"""Times a call many times, and tells the percentiles."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
	"""Milliseconds of a call: median, 95th and 99th percentile of `runs`."""

	runs: int
	p50: float
	p95: float
	p99: float


def percentile(values: Sequence[float], share: float) -> float:
	"""The nearest-rank percentile of `values`; `share` from 0 to 1."""
	ordered = sorted(values)
	return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timing(milliseconds: Sequence[float]) -> Timing:
	"""What a person asks of a list of milliseconds."""
	shares = (percentile(milliseconds, share) for share in (0.50, 0.95, 0.99))
	return Timing(len(milliseconds), *(round(value, 3) for value in shares))


def timed(call: Callable[[], object], runs: int, warm_up: int = 3) -> Timing:
	"""`call` made `runs` times after some that are not counted."""
	for _ in range(warm_up):
		call()
	taken = []
	for _ in range(runs):
		start = time.perf_counter()
		call()
		taken.append((time.perf_counter() - start) * 1000)
	return timing(taken)
