"""Callers that ask for the same promise without a pause, and note what they get."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

CALLERS = 2
PATIENCE = 30.0  # seconds that a caller waits for an answer
PAUSE = 0.05
# A site is well again when so many answers in a row are promises.
IN_A_ROW = 10


@dataclass(frozen=True, slots=True)
class Got:
	"""One answer: when it was asked for and came (seconds of the monotonic clock), what it was, and its promise date."""

	asked: float
	came: float
	what: str
	date: str | None = None

	@property
	def is_promise(self) -> bool:
		"""Whether the caller has a date."""
		return self.date is not None


@dataclass
class Callers:
	"""Ask `path` at a port of this machine with `body`."""

	port: int
	path: str
	body: bytes
	headers: Mapping[str, str]
	pause: float = PAUSE
	got: list[Got] = field(default_factory=list)
	_ended: threading.Event = field(default_factory=threading.Event)

	@contextmanager
	def asking(self) -> Iterator[None]:
		"""They ask as long as the block runs."""
		threads = [threading.Thread(target=self._ask_on) for _ in range(CALLERS)]
		for thread in threads:
			thread.start()
		try:
			yield
		finally:
			self._ended.set()
			for thread in threads:
				thread.join()

	def wait_until_well(self, since: float, patience: float = 60.0) -> float | None:
		"""Seconds from `since` to the first of IN_A_ROW promises in a row that were asked for after it; None if it takes longer than
		`patience`."""
		while time.monotonic() - since < patience:
			after = sorted((one for one in self.got if one.asked >= since), key=lambda one: one.came)
			row = 0
			for number, one in enumerate(after):
				row = row + 1 if one.is_promise else 0
				if row == IN_A_ROW:
					return after[number - IN_A_ROW + 1].came - since
			time.sleep(0.05)
		return None

	def _ask_on(self) -> None:
		while not self._ended.is_set():
			self.got.append(self._ask())
			time.sleep(self.pause)

	def _ask(self) -> Got:
		asked = time.monotonic()
		connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
		try:
			connection.request("POST", self.path, self.body, dict(self.headers))
			answer = connection.getresponse()
			what, date = told(answer.status, answer.read())
		except TimeoutError:
			what, date = f"no answer in {PATIENCE:.0f} s", None
		except (OSError, http.client.HTTPException) as error:
			what, date = f"connection: {type(error).__name__}", None
		finally:
			connection.close()
		return Got(asked, time.monotonic(), what, date)


def told(status: int, body: bytes) -> tuple[str, str | None]:
	"""An answer in a few words, and the promise date where it has one."""
	try:
		answer = json.loads(body)
	except ValueError:
		return f"{status} that is no JSON", None
	if not isinstance(answer, dict):
		return f"{status} that is no object", None
	date = answer.get("promise_date")
	if status == 200 and date:
		return "200 with the promise", str(date)
	code = (answer.get("error") or {}).get("code") or answer.get("status") or answer.get("exc_type")
	return f"{status} {code or 'without a code'}", None


def summed(got: list[Got]) -> str:
	"""How often each answer came."""
	counts = Counter(one.what for one in got)
	return ", ".join(f"{what}: {count}" for what, count in counts.most_common())
