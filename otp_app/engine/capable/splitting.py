"""How much to take from supply that comes some day, and how much to make or buy instead: whatever is there first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from otp_app.engine.capable.claims import Step, Taken
from otp_app.engine.ledger import NOISE_DIGITS


class Ordered(Protocol):
	"""A date, or a moment."""

	def __lt__(self, other: Any, /) -> bool: ...
	def __le__(self, other: Any, /) -> bool: ...


When = TypeVar("When", bound=Ordered)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Attempt(Generic[When, Made]):
	"""What came of making or buying a rest: when it is there, None: never."""

	ready: When | None
	made: Made


def split(
	pieces: Sequence[tuple[When, float]],
	qty: float,
	begin: When,
	taken: Taken,
	tolerance: float,
	attempt: Callable[[int, float], Attempt[When, Made]],
) -> Attempt[When, Made]:
	"""The best attempt, with what it claims taken.

	`pieces` of supply come in order. `attempt(n, rest)` takes the first n of them and makes the rest. The more is taken,
	the later the last piece, and the less is left to make: the best is where the two meet, and on one date supply goes before
	what does not exist yet.
	"""
	rests = _rests(pieces, qty, tolerance)
	low, high = sum(1 for when, _ in pieces[: len(rests) - 1] if when <= begin), len(rests) - 1
	if low == high:
		return attempt(low, rests[low])
	tries: dict[int, tuple[Attempt[When, Made], list[Step]]] = {}

	def made(count: int) -> Attempt[When, Made]:
		if count not in tries:
			mark = taken.mark()
			tried = attempt(count, rests[count])
			tries[count] = (tried, taken.take_back(mark))
		return tries[count][0]

	def there(count: int) -> When:
		return pieces[count - 1][0] if count else begin

	count = _best(made, there, low, high)
	best, done = tries[count]
	taken.do_again(done)
	return best


def _rests(pieces: Sequence[tuple[Any, float]], qty: float, tolerance: float) -> list[float]:
	"""What is left after each piece, up to the one after which nothing is."""
	rests = [qty]
	for _, size in pieces:
		if rests[-1] <= tolerance:
			break
		rests.append(max(0.0, round(rests[-1] - size, NOISE_DIGITS)))
	return rests


def _best(
	made: Callable[[int], Attempt[When, Any]], there: Callable[[int], When], low: int, high: int
) -> int:
	"""How many pieces to take: `there` tells when so many are there, and rises; when the rest is `made` falls.

	Making a rest is dear to try. So the first guess is where the curve of `there` meets the rest that is left after all.
	"""
	ready = made(high).ready
	if ready is None:
		return high
	guess = low
	while guess < high and there(guess + 1) <= ready:
		guess += 1
	ready = made(guess).ready
	if guess == high or (ready is not None and ready < there(guess + 1)):
		return guess
	low = guess + 1
	count = _crossing(lambda n: _by(made(n).ready, there(n)), low, high)
	if count > low:
		less = made(count - 1).ready
		if less is not None and less < there(count):
			return count - 1
	return count


def _by(ready: When | None, when: When) -> bool:
	return ready is not None and ready <= when


def _crossing(holds: Callable[[int], bool], low: int, high: int) -> int:
	"""The least number from `low` to `high` for which it holds, `high` if for none."""
	while low < high:
		middle = (low + high) // 2
		if holds(middle):
			high = middle
		else:
			low = middle + 1
	return low
