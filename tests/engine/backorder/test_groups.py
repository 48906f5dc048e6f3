"""Independent groups of items: what is simulated in parts comes out as it does in one piece."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from otp_app.engine.backorder.groups import Group, independent_groups, packed
from otp_app.engine.backorder.rules import BackorderRules
from otp_app.engine.backorder.run import simulate
from otp_app.engine.facts import Snapshot
from otp_app.engine.policy import Shipment
from tests.engine.backorder.running import bare, line
from tests.engine.backorder.test_laws import books, key, rule_sets
from tests.values import NOW


def only(snapshot: Snapshot, items: tuple[str, ...]) -> Snapshot:
	"""The facts about some items."""
	return replace(
		snapshot,
		items={code: snapshot.items[code] for code in items},
		supplies=tuple(s for s in snapshot.supplies if s.item_code in items),
		commitments=tuple(c for c in snapshot.commitments if c.item_code in items),
		open_lines=tuple(one for one in snapshot.open_lines if one.item_code in items),
	)


@given(books(), rule_sets())
def test_simulating_the_groups_apart_comes_out_as_simulating_the_whole(
	snapshot: Snapshot, rules: BackorderRules
):
	whole = {key(outcome): outcome for outcome in simulate(snapshot, rules, NOW).outcomes}
	apart = {
		key(outcome): outcome
		for group in independent_groups(snapshot)
		for outcome in simulate(only(snapshot, group.items), rules, NOW).outcomes
	}
	assert apart == whole


@given(books())
def test_each_item_with_open_lines_is_in_one_group_with_all_its_lines(snapshot: Snapshot):
	groups = independent_groups(snapshot)
	items = [item for group in groups for item in group.items]
	assert sorted(items) == sorted({one.item_code for one in snapshot.open_lines})
	assert sum(group.lines for group in groups) == len(snapshot.open_lines)


def test_an_order_that_is_shipped_complete_ties_its_items_and_one_shipped_by_line_does_not():
	tied = [line("SO-1", 1, 2, item_code=code, row=code, shipment=Shipment.COMPLETE) for code in ("A", "C")]
	apart = [line("SO-2", 1, 2, item_code=code, row=code, shipment=Shipment.PER_LINE) for code in ("B", "D")]
	assert independent_groups(bare([*tied, *apart])) == (
		Group(("A", "C"), 2),
		Group(("B",), 1),
		Group(("D",), 1),
	)


def test_a_bundle_ties_its_components_however_its_order_is_shipped():
	parts = [
		line("SO-1", 1, 2, item_code=code, row="1", bundle="KIT", shipment=Shipment.PER_LINE)
		for code in ("A", "B")
	]
	assert independent_groups(bare(parts)) == (Group(("A", "B"), 2),)


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 8))
def test_packing_loses_nothing_and_no_packet_is_much_heavier_than_it_must_be(weights: list[int], parts: int):
	groups = [Group((f"ITEM-{n:02}",), weight) for n, weight in enumerate(weights)]
	packets = packed(groups, parts)
	assert sorted(g.items for packet in packets for g in packet) == sorted(g.items for g in groups)
	assert len(packets) == min(parts, len(groups)) and all(packets)
	if packets:
		heaviest = max(sum(group.lines for group in packet) for packet in packets)
		# Graham's bound for the largest first: 4/3 of the best there is, which is at least the average and the largest.
		assert heaviest <= max(sum(weights) / len(packets), max(weights)) * 4 / 3 + max(weights)
