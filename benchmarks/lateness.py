"""Days late of real deliveries, drawn for documents: the same draw for the same document, whoever asks."""

from __future__ import annotations

import csv
import random
from bisect import bisect_left
from datetime import date, timedelta
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
REAL = CHECKOUT.parent / "shared/data/supplier_deliveries_2006_2013.csv"
INVENTED = CHECKOUT / "otp_app/demo/deliveries.csv"


@cache
def days_late(path: Path) -> list[int]:
	"""Delivered less promised, in calendar days, in order."""
	with path.open(newline="") as file:
		rows = [(row["promised_on"], row["delivered_on"]) for row in csv.DictReader(file)]
	return sorted(
		(date.fromisoformat(came) - date.fromisoformat(told)).days for told, came in rows if told and came
	)


class Lateness:
	"""One course of events; another `seed` is another one."""

	def __init__(self, seed: float) -> None:
		self._seed, self._days = seed, days_late(self._path())
		self._known: dict[tuple[str, date], date] = {}

	@staticmethod
	def _path() -> Path:
		return REAL if REAL.exists() else INVENTED

	@classmethod
	def source(cls) -> str:
		"""Where the days come from."""
		return f"{len(days_late(cls._path())):,} deliveries of {cls._path().name}"

	def arrival(self, document: str, due: date, earliest: date) -> date:
		"""When a document's goods come: they have not come yet, so not before `earliest`."""
		key = (document, due)
		if key not in self._known:
			possible = self._days[bisect_left(self._days, (earliest - due).days) :]
			late = random.Random(f"{self._seed} {document}").choice(possible) if possible else None
			self._known[key] = earliest if late is None else due + timedelta(late)
		return self._known[key]
