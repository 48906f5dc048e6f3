"""How much to take and how much to make: checked by trying everything."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otp_app.engine.capable.claims import Taken
from otp_app.engine.capable.splitting import Attempt, split

PLACE = ("A", "W", 0)
pieces = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5).map(float)), max_size=8).map(sorted)


def by_lead_time(least: int, each: int, most: float) -> Any:
	"""How long making a rest takes: the more, the longer; more than `most` cannot be made at all."""

	def made(rest: float) -> int | None:
		if rest <= 0:
			return 0
		return None if rest > most else least + math.ceil(each * rest)

	return made


@given(
	pieces,
	st.integers(1, 20).map(float),
	st.integers(0, 15),
	st.integers(0, 3),
	st.sampled_from((0.0, 5.0, math.inf)),
)
def test_the_best_of_all_ways_is_found_and_it_alone_is_taken(
	known: list[tuple[int, float]], qty: float, least: int, each: int, most: float
):
	made, taken = by_lead_time(least, each, most), Taken()

	def attempt(count: int, rest: float) -> Attempt[int, int]:
		for _, size in known[:count]:
			taken.claim(PLACE, size)
		return Attempt(made(rest), count)

	count = split(known, qty, 0, taken, 1e-6, attempt).made
	assert taken.get(PLACE, 0.0) == sum(size for _, size in known[:count])

	def there(count: int) -> float:
		rest = max(0.0, qty - sum(size for _, size in known[:count]))
		ready = made(rest)
		return math.inf if ready is None else max(ready, known[count - 1][0] if count else 0)

	ways = range(len(known) + 1)
	enough = next((n for n in ways if sum(size for _, size in known[:n]) >= qty), len(known))
	assert there(count) == min(there(n) for n in range(enough + 1))
	assert count <= enough


def test_what_is_taken_back_is_as_if_it_had_never_been_and_can_be_done_again():
	taken = Taken()
	taken.claim(PLACE, 2.0)
	mark = taken.mark()
	taken.claim(PLACE, 3.0)
	taken.claim(("B", "W", 0), 1.0)
	taken.occupy(("Saw", None), ())  # type: ignore[arg-type]
	done = taken.take_back(mark)
	assert (dict(taken), taken.free) == ({PLACE: 2.0}, {})
	taken.do_again(done)
	assert (dict(taken), taken.free) == ({PLACE: 5.0, ("B", "W", 0): 1.0}, {("Saw", None): ()})
	taken.take_back(mark)
	assert dict(taken) == {PLACE: 2.0}


def test_a_copy_goes_its_own_way():
	taken = Taken()
	taken.claim(PLACE, 2.0)
	other = taken.copy()
	other.claim(PLACE, 1.0)
	other.occupy(("Saw", None), ())  # type: ignore[arg-type]
	assert (dict(taken), taken.free) == ({PLACE: 2.0}, {})
	other.take_back(0)
	assert dict(other) == {PLACE: 2.0}
