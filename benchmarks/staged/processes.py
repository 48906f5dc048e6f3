"""What processes use over time: processor and memory of each, sampled beside a measurement."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil

EVERY_SECONDS = 1.0
MIB = 1024 * 1024


@dataclass
class Series:
	"""Of one process: seconds since the start, processor in percent of one core, resident memory in MiB."""

	name: str
	pid: int
	seconds: list[float] = field(default_factory=list)
	cpu: list[float] = field(default_factory=list)
	memory: list[float] = field(default_factory=list)

	def summary(self) -> dict[str, Any]:
		"""The mean processor, and memory at the start, at the end and at most."""
		return {
			"process": self.name,
			"pid": self.pid,
			"cpu_percent": round(sum(self.cpu) / len(self.cpu), 1),
			"memory_start_mib": round(self.memory[0], 1),
			"memory_end_mib": round(self.memory[-1], 1),
			"memory_most_mib": round(max(self.memory), 1),
		}


class Sampling:
	"""Samples the processes of `roots` (name -> pid) and all that they have started, while it is entered."""

	def __init__(self, roots: Mapping[str, int]) -> None:
		self._roots = dict(roots)
		self._found: dict[int, tuple[psutil.Process, Series]] = {}
		self._ended = threading.Event()
		self._thread = threading.Thread(target=self._run, daemon=True)
		self._start = 0.0

	def __enter__(self) -> Sampling:
		self._start = time.monotonic()
		self._thread.start()
		return self

	def __exit__(self, *_: object) -> None:
		self._ended.set()
		self._thread.join()

	def watch(self, name: str, pid: int) -> None:
		"""One more, from now on."""
		self._roots[name] = pid

	def series(self) -> list[Series]:
		"""Of each process that was seen at work, in the order in which they were found."""
		return [series for _, series in self._found.values() if series.cpu]

	def _run(self) -> None:
		while not self._ended.wait(EVERY_SECONDS):
			for name, pid in list(self._roots.items()):
				with suppress(psutil.Error):
					root = psutil.Process(pid)
					for process in (root, *root.children(recursive=True)):
						self._sample(name, process)

	def _sample(self, name: str, process: psutil.Process) -> None:
		known = self._found.get(process.pid)
		if known is None:
			process.cpu_percent()  # psutil counts from the first call on
			self._found[process.pid] = (process, Series(name, process.pid))
			return
		process, series = known
		cpu, memory = process.cpu_percent(), process.memory_info().rss / MIB
		series.seconds.append(round(time.monotonic() - self._start, 1))
		series.cpu.append(cpu)
		series.memory.append(memory)
