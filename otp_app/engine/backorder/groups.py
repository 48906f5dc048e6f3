"""Which items have nothing to do with each other, so that the order book can be promised again in parts.

Lines that get one date together (a bundle's components, an order that is shipped complete) tie their items. Everything
else happens on the shelf of one item: simulating the groups apart comes out as simulating the whole book.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otp_app.engine.backorder.units import grouped
from otp_app.engine.facts import Snapshot


@dataclass(frozen=True, slots=True)
class Group:
	"""Items that are tied together, in order of their names, and the number of their open lines."""

	items: tuple[str, ...]
	lines: int


def independent_groups(snapshot: Snapshot) -> tuple[Group, ...]:
	"""The groups of all items that have open lines, in the order of their first items; of the facts, open lines and the
	site's shipment policy are enough."""
	leaders: dict[str, str] = {}
	lines: dict[str, int] = {}

	def leader(item: str) -> str:
		while leaders[item] != item:
			# Halving the way makes the next one short.
			leaders[item] = item = leaders[leaders[item]]
		return item

	for unit in grouped(snapshot):
		for line in unit:
			leaders.setdefault(line.item_code, line.item_code)
			lines[line.item_code] = lines.get(line.item_code, 0) + 1
			first, other = sorted((leader(unit[0].item_code), leader(line.item_code)))
			leaders[other] = first
	members: dict[str, list[str]] = {}
	for item in sorted(leaders):
		members.setdefault(leader(item), []).append(item)
	return tuple(Group(tuple(items), sum(lines[item] for item in items)) for items in members.values())


def units_of(snapshot: Snapshot) -> dict[tuple[str, str], int]:
	"""Which rows get one date together: (order, row) -> a number that they share."""
	return {(line.order, line.row): number for number, unit in enumerate(grouped(snapshot)) for line in unit}


def packed(groups: Sequence[Group], parts: int) -> tuple[tuple[Group, ...], ...]:
	"""The groups in at most `parts` packets of about as many lines: the largest first, each into the lightest packet."""
	packets: list[list[Group]] = [[] for _ in range(min(parts, len(groups)))]
	weights = [0] * len(packets)
	for group in sorted(groups, key=lambda group: (-group.lines, group.items)):
		lightest = weights.index(min(weights))
		packets[lightest].append(group)
		weights[lightest] += group.lines
	return tuple(tuple(packet) for packet in packets)
