"""Bills of materials five deep, one of 200 components among them, and work orders with their hours on workstations."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from benchmarks.big.plan import BOUGHT, Item, Plan

WORKSTATIONS = 20
DAY_STARTS, MINUTES_A_DAY = time(8), 480
# A bill of materials of five levels with 200 rows in all: rows that are made, and rows that are bought, at each level.
ASSEMBLY = "BIG-ASSEMBLY"
ASSEMBLY_ROWS = ((4, 4), (2, 4), (1, 4), (1, 6), (0, 9))


@dataclass(frozen=True, slots=True)
class Step:
	"""An operation: the number of its workstation, and minutes for one piece."""

	workstation: int
	minutes: int


@dataclass(frozen=True, slots=True)
class Bom:
	"""What one piece of an item is made of (item code, quantity), and how."""

	item: Item
	materials: tuple[tuple[str, int], ...]
	steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Job:
	"""A step of a work order, in the hours of its workstation."""

	step: Step
	starts: datetime
	ends: datetime


@dataclass(frozen=True, slots=True)
class WorkOrder:
	bom: Bom
	depot: int
	qty: int
	jobs: tuple[Job, ...]


class Making:
	"""What is made of what, and what is being made; adds the big assembly to the items of `plan`."""

	def __init__(self, plan: Plan) -> None:
		self._plan, self._chance = plan, random.Random(plan.sizes.seed + 1)
		self._levels: dict[int, list[Item]] = {}
		for item in plan.items:
			self._levels.setdefault(item.level, []).append(item)

	@cached_property
	def boms(self) -> dict[str, Bom]:
		"""By item code, lower levels first: a bill of materials comes after those of its materials."""
		made: dict[str, Bom] = {}
		for level in sorted(set(self._levels) - {BOUGHT}):
			for item in self._levels[level]:
				made[item.code] = Bom(item, self._materials(level), self._steps())
		parts = iter(self._chance.sample(self._levels[BOUGHT], 172))
		self._assembly(ASSEMBLY, 0, parts, made)
		return made

	def _materials(self, level: int) -> tuple[tuple[str, int], ...]:
		"""One or two of the level below, the rest bought."""
		below = self._levels.get(level - 1) or self._levels[BOUGHT]
		picked = self._chance.sample(below, min(len(below), self._chance.randint(1, 2)))
		picked += self._chance.sample(self._levels[BOUGHT], self._chance.randint(2, 6))
		return tuple(
			(code, self._chance.randint(1, 4)) for code in dict.fromkeys(item.code for item in picked)
		)

	def _steps(self) -> tuple[Step, ...]:
		count = self._chance.randint(1, 2)
		stations = self._chance.sample(range(WORKSTATIONS), count)
		return tuple(Step(station, self._chance.randint(2, 12)) for station in stations)

	def _assembly(self, code: str, depth: int, parts: Iterator[Item], made: dict[str, Bom]) -> None:
		subs, bought = ASSEMBLY_ROWS[depth]
		materials = [(f"{code}-{n}", 1) for n in range(1, subs + 1)]
		for sub, _ in materials:
			self._assembly(sub, depth + 1, parts, made)
		materials += [(next(parts).code, 2) for _ in range(bought)]
		item = Item(
			code,
			"Frames",
			len(ASSEMBLY_ROWS) - depth,
			cost=100.0,
			price=250.0,
			lead_time_days=None,
			supplier=0,
			popularity=0.0,
			depots=(0, 1),
		)
		self._plan.items.append(item)
		made[code] = Bom(item, tuple(materials), self._steps())

	def work_orders(self) -> Iterator[WorkOrder]:
		"""Begun up to three weeks ago or in the coming two months; those of the past are late."""
		boms = [bom for bom in self.boms.values() if not bom.item.code.startswith(ASSEMBLY)]
		hours = _Hours()
		for _ in range(self._plan.sizes.work_orders if boms else 0):
			bom, qty = self._chance.choice(boms), self._chance.randint(4, 20)
			day = self._plan.today + timedelta(self._chance.randint(-21, 60))
			jobs = []
			for step in bom.steps:
				jobs.append(hours.take(step, qty, day))
				day = jobs[-1].ends.date()
			yield WorkOrder(bom, bom.item.depots[0], qty, tuple(jobs))


class _Hours:
	"""The hours of workstations that are taken; nobody works on Saturdays and Sundays."""

	def __init__(self) -> None:
		self._taken: dict[tuple[int, date], int] = {}

	def take(self, step: Step, qty: int, day: date) -> Job:
		minutes = step.minutes * qty
		while day.weekday() >= 5 or self._taken.get((step.workstation, day), 0) + minutes > MINUTES_A_DAY:
			day += timedelta(1)
		before = self._taken.get((step.workstation, day), 0)
		self._taken[step.workstation, day] = before + minutes
		starts = datetime.combine(day, DAY_STARTS) + timedelta(minutes=before)
		return Job(step, starts, starts + timedelta(minutes=minutes))
