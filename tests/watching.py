"""Every log line of a whole run of tests, searched for a test key."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Watch(logging.Handler):
	"""Counts the log lines of this process, from DEBUG up, and keeps those that show `mark`."""

	def __init__(self, mark: str) -> None:
		super().__init__(logging.DEBUG)
		self.mark = mark
		self.lines = 0
		self.found: list[str] = []

	def emit(self, record: logging.LogRecord) -> None:
		self.lines += 1
		told = f"{self.format(record)} {record.__dict__!r}"
		if self.mark in told:
			self.found.append(told)

	@contextmanager
	def watching(self) -> Iterator[None]:
		"""For the time of the block; fails at its end if anything was found."""
		root = logging.getLogger()
		level = root.level
		root.addHandler(self)
		root.setLevel(logging.DEBUG)
		logging.getLogger("factory").setLevel(logging.INFO)  # it tells of every value that it makes up
		try:
			yield
		finally:
			root.removeHandler(self)
			root.setLevel(level)
		assert not self.found
