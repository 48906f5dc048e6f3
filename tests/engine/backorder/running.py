"""Running backorder processing on few facts, and reading what it does, in few words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from otp_app.engine.backorder.outcome import Outcome, Simulation
from otp_app.engine.backorder.rules import BackorderRules, parse_rules
from otp_app.engine.backorder.run import simulate
from otp_app.engine.facts import OpenLine, Snapshot
from tests.engine.asking import BARE
from tests.values import NOW, OpenLineFactory, SnapshotFactory, SupplyFactory, day


def rules(*segments: dict[str, Any] | str, **more: Any) -> BackorderRules:
	"""Rules; a segment of all lines may be its strategy alone."""
	given = [{"strategy": one} if isinstance(one, str) else one for one in segments]
	return parse_rules({"segments": given, **more})


def line(
	order: str, qty: float, confirmed: int | None, requested: int | None = None, **more: Any
) -> OpenLine:
	"""A line of ITEM-001, asked for when it is confirmed unless told otherwise; days are counted from today."""
	asked = confirmed if requested is None else requested
	return OpenLineFactory(
		order=order,
		qty=float(qty),
		confirmed=None if confirmed is None else day(confirmed),
		requested=day(asked or 0),
		**more,
	)


def bare(open_lines: Iterable[OpenLine], *supplies: Any, **more: Any) -> Snapshot:
	"""A snapshot in which nothing takes time; each line is shipped by itself unless its policy says otherwise."""
	return SnapshotFactory(**{"settings": BARE, "supplies": supplies, "open_lines": open_lines, **more})


def run(snapshot: Snapshot, *segments: dict[str, Any] | str, **more: Any) -> Simulation:
	"""What a run would do."""
	return simulate(snapshot, rules(*segments, **more), NOW)


def number(found: date | None) -> int | None:
	"""A date as days from today."""
	return None if found is None else (found - day(0)).days


def dates(simulation: Simulation) -> dict[str, int | None]:
	"""Each order's new date; one line an order."""
	return {outcome.line.order: number(outcome.after) for outcome in simulation.outcomes}


def of(simulation: Simulation, order: str) -> Outcome:
	"""The outcome of an order's only row."""
	(found,) = (outcome for outcome in simulation.outcomes if outcome.line.order == order)
	return found


def why(simulation: Simulation, order: str) -> list[str]:
	"""The reasons that are told for it."""
	return [reason.text() for reason in of(simulation, order).reasons]


def stock(qty: float, **more: Any) -> Any:
	"""On hand."""
	return SupplyFactory(qty=float(qty), **more)
