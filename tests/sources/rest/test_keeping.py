"""Answers that are kept: how long, for whom, and one call for many who ask the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from otp_app.sources.rest.keeping import MOST_KEPT, Keeper


class Clock:
	def __init__(self) -> None:
		self.now = 100.0

	def __call__(self) -> float:
		return self.now


class Asked:
	"""Counts how often it was asked, and may wait or fail."""

	def __init__(self) -> None:
		self.times = 0
		self.gate = threading.Event()
		self.gate.set()
		self.error: Exception | None = None

	def __call__(self) -> int:
		self.times += 1
		self.gate.wait(5)
		if self.error:
			raise self.error
		return self.times


def test_it_is_given_again_until_it_expires_and_never_after():
	clock, asked = Clock(), Asked()
	keeper: Keeper[int] = Keeper(3.0, clock)
	assert keeper.get("a", asked).value == 1
	clock.now += 2.9
	assert keeper.get("a", asked).value == 1
	assert keeper.oldest() == pytest.approx(2.9)
	clock.now += 0.1
	assert keeper.oldest() is None
	assert keeper.get("a", asked).value == 2


def test_what_is_asked_for_once_does_not_stay():
	clock, asked = Clock(), Asked()
	keeper: Keeper[int] = Keeper(3.0, clock)
	for number in range(20):
		keeper.get(number, asked)
		clock.now += 2.0
	assert len(keeper._kept) == 2


def test_an_expired_answer_is_not_given_when_asking_fails():
	clock, asked = Clock(), Asked()
	keeper: Keeper[int] = Keeper(3.0, clock)
	keeper.get("a", asked)
	clock.now += 3.0
	asked.error = OSError("down")
	for _ in range(2):
		with pytest.raises(OSError, match="down"):
			keeper.get("a", asked)
	asked.error = None
	assert keeper.get("a", asked).value == 4


def test_its_age_counts_from_the_question():
	clock = Clock()
	keeper: Keeper[str] = Keeper(3.0, clock)

	def slowly() -> str:
		clock.now += 2.5
		return "facts"

	keeper.get("a", slowly)
	assert keeper.oldest() == 2.5
	clock.now += 0.5
	assert keeper.oldest() is None


@pytest.mark.parametrize("fails", [False, True])
def test_many_threads_that_ask_the_same_make_one_call_and_share_its_end(fails: bool):
	asked = Asked()
	asked.gate.clear()
	asked.error = OSError("down") if fails else None
	keeper: Keeper[int] = Keeper(3.0)
	with ThreadPoolExecutor(16) as pool:
		ends = [pool.submit(keeper.get, "a", asked) for _ in range(16)]
		while not asked.times:
			pass
		asked.gate.set()
		found = [end.exception() or end.result().value for end in ends]
	if fails:
		# Who came after it had failed asked again.
		assert all(isinstance(error, OSError) for error in found)
	else:
		assert (asked.times, set(found)) == (1, {1})


def test_without_seconds_nothing_is_kept():
	asked = Asked()
	keeper: Keeper[int] = Keeper(0)
	assert [keeper.get("a", asked).value for _ in range(2)] == [1, 2]


def test_what_was_asked_before_it_was_told_to_forget_is_not_kept():
	asked = Asked()
	asked.gate.clear()
	keeper: Keeper[int] = Keeper(60)
	with ThreadPoolExecutor(1) as pool:
		end = pool.submit(keeper.get, "a", asked)
		while not asked.times:
			pass
		keeper.forget()
		asked.gate.set()
		assert end.result().value == 1
	assert keeper.get("a", asked).value == 2


def test_it_keeps_no_more_than_its_most():
	keeper: Keeper[int] = Keeper(60)
	for number in range(MOST_KEPT + 10):
		keeper.get(number, lambda number=number: number)
	assert len(keeper._kept) == MOST_KEPT
