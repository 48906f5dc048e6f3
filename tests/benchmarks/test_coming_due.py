"""Which promises break when their days come, worked out by hand."""

from datetime import date, timedelta

from benchmarks.coming_due import Coming, Due, Shelves

TODAY = date(2026, 3, 2)
PLACE = ("BOLT", "Main")


def day(number):
	return TODAY + timedelta(number)


def due(name, qty, on, rank=0):
	return Due(name, PLACE, qty, day(on), rank)


def broken(on_hand, coming, *dues, late=0):
	rows = [Coming(f"PO-{number}", PLACE, qty, day(on)) for number, (qty, on) in enumerate(coming)]
	shelves = Shelves(TODAY, {PLACE: on_hand}, {PLACE: rows})
	return shelves.broken(dues, lambda one: one.day + timedelta(late))


def test_what_comes_on_a_day_can_leave_on_it():
	assert broken(0, [(10, 5)], due("A", 10, 5)) == set()
	assert broken(0, [(10, 5)], due("A", 10, 4)) == {"A"}


def test_a_new_line_that_is_due_earlier_takes_what_a_later_one_was_promised():
	"""10 on hand and 10 on day 6: OLD has 10 for day 5; NEW is told day 2 because 10 are projected in the end."""
	assert broken(10, [(10, 6)], due("OLD", 10, 5)) == set()
	assert broken(10, [(10, 6)], due("OLD", 10, 5), due("NEW", 10, 2, 1)) == {"OLD"}


def test_a_new_line_that_is_due_later_breaks_only_itself():
	assert broken(10, [(10, 6)], due("OLD", 10, 4), due("NEW", 10, 5, 1)) == {"NEW"}


def test_a_line_that_waits_goes_before_one_that_is_due_later():
	"""4 are there on day 1 for A, which wants 6; the next 6 come on day 3: 2 go to A, 4 are left for B, which wants 5."""
	assert broken(4, [(6, 3)], due("A", 6, 1), due("B", 5, 3)) == {"A", "B"}
	assert broken(4, [(7, 3)], due("A", 6, 1), due("B", 5, 3)) == {"A"}


def test_of_one_day_who_ordered_first_goes_first():
	assert broken(10, [], due("LAST", 10, 3, 2), due("FIRST", 10, 3, 1)) == {"LAST"}


def test_what_is_overdue_is_wanted_today():
	assert broken(5, [], due("OVERDUE", 5, -4), due("NEW", 5, 1, 1)) == {"NEW"}


def test_what_comes_late_breaks_what_waits_for_it():
	assert broken(0, [(10, 5)], due("A", 10, 7), late=2) == set()
	assert broken(0, [(10, 5)], due("A", 10, 7), late=3) == {"A"}


def test_places_have_nothing_to_do_with_each_other():
	other = ("BOLT", "Shop")
	shelves = Shelves(TODAY, {PLACE: 5.0, other: 0.0}, {})
	rows = [due("A", 5, 1), Due("B", other, 1, day(1), 0)]
	assert shelves.broken(rows, lambda one: one.day) == {"B"}
