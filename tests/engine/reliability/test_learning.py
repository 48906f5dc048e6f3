"""What is learned of deliveries: leaning on others, counting what is awaited, noticing that times change."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otp_app.engine.facts import SupplyKind
from otp_app.engine.reliability.evidence import LONG, SHORT, Seen, fading, worth
from otp_app.engine.reliability.expecting import FEWEST, MOST, credibility, leaning
from otp_app.engine.reliability.history import Delivery
from otp_app.engine.reliability.learning import learn
from otp_app.engine.reliability.priors import prior
from tests.engine.reliability.past import KIND, TODAY, awaited, came, day, on_time, record


def steady(party: str, count: int, late_every: int, late: int = 10) -> list[Delivery]:
	"""`count` deliveries over two years, of which every so many is late."""
	return [came(-700 + n * 690 // count, late if n % late_every == 0 else 0, party) for n in range(count)]


def test_without_history_there_is_no_record():
	assert learn((), (), TODAY) == ()
	assert learn([came(5, 0)], (), TODAY) == ()


def test_one_record_for_the_kind_its_groups_its_parties_and_their_groups_in_a_fixed_order():
	deliveries = [
		came(-9, 0, "B", "Y"),
		came(-8, 0, "A", None),
		came(-7, 0, "B", "X"),
		came(-6, 0, None, "X"),
	]
	deliveries.append(came(-5, 0, None, None, kind=SupplyKind.WORK_ORDER))
	found = [(r.kind, r.party, r.item_group) for r in learn(deliveries, (), TODAY)]
	bought = [(None, None), (None, "X"), (None, "Y"), ("A", None), ("B", None), ("B", "X"), ("B", "Y")]
	assert found == [*((KIND, *key) for key in bought), (SupplyKind.WORK_ORDER, None, None)]


def test_a_record_counts_what_was_learned_from_its_own_deliveries_alone():
	deliveries = [came(-50, 0), came(-40, 4), came(-30, 8), came(-20, -2), awaited(-3), came(-30, 99, "Q")]
	own = record(deliveries)
	assert (own.deliveries, own.late, own.median_late) == (5, 0.6, 4)
	assert record([came(-50, 0)]).median_late is None


def test_parts_of_a_line_count_as_their_share_of_it():
	halves = [came(-50, 0, count=0.5), came(-50, 20, count=0.5), came(-40, 0)]
	assert (record(halves).deliveries, record(halves).late) == (2, 0.25)


def test_the_first_delivery_moves_a_supplier_little_and_many_move_it_to_what_they_show():
	others = [delivery for n in range(10) for delivery in steady(f"O{n}", 40, 20)]
	known = on_time(others, "O1")
	seen = [on_time([*others, *steady("P", count, 2)]) for count in (1, 5, 20, 200)]
	assert known > 0.9
	assert known - 0.1 < seen[0] < known
	assert seen == sorted(seen, reverse=True)
	# Half of them are late; a tenth of the answer is the stated prior's 80 %.
	assert seen[-1] == pytest.approx(0.9 * 0.5 + 0.1 * 0.8, abs=0.06)


def test_a_supplier_of_one_kind_tells_nothing_of_another_kind():
	made = [came(-n, 30, None, kind=SupplyKind.WORK_ORDER) for n in range(40, 90)]
	bought = steady("P", 40, 20)
	assert record([*made, *bought]) == record(bought)


def test_a_large_supplier_does_not_decide_what_is_typical():
	small = [delivery for n in range(8) for delivery in steady(f"S{n}", 30, 30)]
	large = steady("Large", 3000, 2)
	assert on_time([*small, *large], "Large") < 0.6
	assert on_time([*small, *large], None) > 0.8


def test_an_item_group_of_a_supplier_leans_on_the_supplier():
	good = [came(-700 + 6 * n, 0, "P", "Good") for n in range(100)]
	bad = [came(-698 + 60 * n, 10, "P", "Bad") for n in range(10)]
	both = [*good, *bad]
	assert on_time(both, "P", "Bad") < on_time(both, "P") < on_time(both, "P", "Good")
	assert on_time(both, "P", "Bad") > on_time(bad, "P", "Bad")
	assert on_time(both, None, "Bad") < on_time(both, None, "Good")


def test_what_is_overdue_counts_as_late_before_it_comes():
	history = steady("P", 100, 20)
	waiting = [awaited(-n) for n in range(1, 9)]
	later = [came(-n, 60) for n in range(1, 9)]
	assert on_time([*history, *waiting]) < on_time(history) - 0.1
	# As yet it is the same, whenever they will come.
	assert record([*history, *later]) == record([*history, *waiting])


def test_what_has_waited_for_long_makes_long_waits_likelier():
	def over_a_month(deliveries):
		return 1 - record(deliveries).lateness.within(30)

	history = steady("P", 100, 10, late=5)
	assert over_a_month([*history, *(awaited(-40 - n) for n in range(5))]) > over_a_month(history) + 0.02


def test_early_deliveries_of_what_is_due_later_are_not_looked_at():
	history = steady("P", 50, 5)
	early = [came(n, -n - 1) for n in range(1, 40)]
	assert learn([*history, *early], (), TODAY) == learn(history, (), TODAY)


def test_recent_deliveries_weigh_more():
	better = [came(-600 + 3 * n, 10 if n < 90 else 0) for n in range(190)]
	worse = [came(-600 + 3 * n, 0 if n < 100 else 10) for n in range(190)]
	assert on_time(better) > 0.75
	assert on_time(worse) < 0.3


def test_bad_times_are_noticed_within_weeks():
	good = [came(-720 + 3 * n, 0, f"S{n % 6}") for n in range(220)]
	bad = [came(-59 + n, 15, f"S{n % 6}") for n in range(40)]
	assert on_time(good, "S1") > 0.9
	assert on_time([*good, *bad], "S1") < 0.6
	# They tell of suppliers that had no delivery lately, too.
	idle = [came(-700 + 3 * n, 0, "Idle") for n in range(20)]
	assert on_time([*good, *bad, *idle], "Idle") < on_time([*good, *idle], "Idle") - 0.02


def test_a_steady_supplier_is_judged_by_years_not_by_the_last_weeks():
	history = steady("P", 300, 10)
	assert record(history, as_of=day(-60)).lateness.within(0) == pytest.approx(on_time(history), abs=0.05)


def test_a_day_late_on_the_day_of_the_question_has_not_happened_yet():
	history = steady("P", 20, 5)
	assert learn([*history, came(-4, 4)], (), TODAY) == learn([*history, awaited(-4)], (), TODAY)
	assert learn([*history, came(-4, 3)], (), TODAY) != learn([*history, awaited(-4)], (), TODAY)
	assert learn([*history, awaited(0)], (), TODAY) == learn(history, (), TODAY)


def test_the_example_of_the_page():
	seen = Seen(came={0: 8.0, 5: 1.0}, waiting={3: 1.0})
	assert leaning((0, 1, 5), [0.85, 0.06, 0.1], seen, 10) == pytest.approx([16.5 / 20, 0.6 / 12, 2 / 11])
	none_awaited = Seen(came={0: 8.0, 5: 1.0})
	assert leaning((0, 1, 5), [0.85, 0.06, 0.1], none_awaited, 10)[0] == pytest.approx(16.5 / 19)
	assert 10 * worth(10) == pytest.approx(2.7, abs=0.01)
	assert fading(45, SHORT) == fading(730, LONG) == 0.5


def test_how_much_the_years_before_count_depends_on_how_far_the_last_weeks_are_from_them():
	before = Seen(came={0: 90.0, 9: 10.0})
	alike, apart = Seen(came={0: 18.0, 9: 2.0}), Seen(came={0: 8.0, 9: 12.0})
	assert credibility([(alike, before)] * 3) == MOST
	assert credibility([(apart, before)] * 3) == FEWEST
	assert FEWEST < credibility([(Seen(came={0: 16.0, 9: 6.0}), before)] * 3) < MOST
	assert credibility([]) == credibility([(Seen(came={9: 0.1}), before)]) == MOST


# --- absurd history


def test_dates_that_somebody_mistyped_change_nothing():
	history = steady("P", 50, 5)
	absurd = [
		Delivery(KIND, "P", "G", date(1970, 1, 1), day(-3)),
		Delivery(KIND, "P", "G", day(-3), date(1970, 1, 1)),
		Delivery(KIND, "P", "G", date(1970, 1, 1), None),
		Delivery(KIND, "P", "G", date(9999, 12, 31), day(-3)),
		Delivery(KIND, "P", "G", date(1, 1, 1), date(9999, 12, 31)),
	]
	assert learn([*history, *absurd], (), TODAY)[0].lateness.within(0) == pytest.approx(
		learn(history, (), TODAY)[0].lateness.within(0), abs=0.01
	)
	assert {r.deliveries for r in learn([*history, *absurd], (), TODAY)} == {50}
	assert learn(absurd, (), TODAY) == ()


def test_ten_thousand_receipts_on_one_day_are_not_ten_thousand_experiences():
	others = [delivery for n in range(5) for delivery in steady(f"O{n}", 40, 20)]
	flood = [came(-30, 20, "P", count=10_000.0)]
	assert record([*others, *flood]).deliveries == 10_000
	# They weigh a little over three deliveries.
	few = [came(-30 - n, 20) for n in range(4)]
	assert on_time([*others, *flood]) == pytest.approx(on_time([*others, *few]), abs=0.05)
	assert on_time([*others, *flood], None) > 0.85


def test_one_delivery_only():
	late = record([came(-30, 7)], None)
	expected = prior(KIND)
	assert (late.deliveries, late.late, late.median_late) == (1, 1.0, 7)
	assert expected.within(0) - 0.1 < late.lateness.within(0) < expected.within(0)


def test_negative_lead_times_are_early_deliveries():
	early = [came(-300 + 2 * n, -40) for n in range(100)]
	assert record(early).lateness.quantile(0.5) == -40


# --- laws


PAST = st.lists(
	st.builds(
		came,
		st.integers(-900, 30),
		st.integers(-400, 400),
		st.sampled_from(["A", "B", None]),
		st.sampled_from(["X", "Y", None]),
		count=st.sampled_from([0.25, 1.0, 3.0]),
	),
	min_size=1,
	max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(PAST, st.randoms())
def test_the_order_of_the_deliveries_does_not_matter(deliveries, dice):
	shuffled = list(deliveries)
	dice.shuffle(shuffled)
	assert learn(shuffled, (), TODAY) == learn(deliveries, (), TODAY)


@settings(max_examples=60, deadline=None)
@given(PAST)
def test_what_is_known_of_a_day_does_not_change_with_what_happens_from_it_on(deliveries):
	known = [
		Delivery(d.kind, d.party, d.item_group, d.promised, d.arrived if d.arrived < TODAY else None, d.count)
		for d in deliveries
		if d.promised < TODAY
	]
	assert learn(deliveries, (), TODAY) == learn(known, (), TODAY)


@settings(max_examples=60, deadline=None)
@given(PAST)
def test_every_record_is_a_distribution_that_reaches_one_within_a_year(deliveries):
	for one in learn(deliveries, (), TODAY):
		assert one.lateness.reached[-1] == 1.0
		assert -366 <= one.lateness.days[0] <= one.lateness.days[-1] == 366
		assert 0 <= one.late <= 1
		assert one.deliveries >= 1


@settings(max_examples=40, deadline=None)
@given(PAST, st.integers(-300, -1), st.integers(1, 300))
def test_one_more_late_delivery_never_makes_its_supplier_look_more_punctual(deliveries, promised, late):
	alone = [came(-400, 0, "A", "X"), *(d for d in deliveries if d.party == "A")]
	before, after = on_time(alone, "A"), on_time([*alone, came(promised, late, "A", "X")], "A")
	assert after <= before + 0.02
