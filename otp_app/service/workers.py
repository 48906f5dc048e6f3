"""Several worker processes behind one socket: a parent that starts them, replaces those that die, and stops them."""

from __future__ import annotations

import logging
import os
import signal
import socket
import tempfile
import time
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event

from otp_app.service.config import Configuration
from otp_app.service.logs import log_to_stderr
from otp_app.service.rates import SHARED_FILE, Rates

logger = logging.getLogger("otp_app.service")
# prometheus_client counts in files of this folder, and looks for it when it is imported.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
LOOK_SECONDS = 0.5
# A worker that dies sooner was not able to start: another one would not be, either.
STARTED_SECONDS = 3.0
# What a worker gets beyond its own time to stop, before it is killed.
PATIENCE_SECONDS = 3.0


class Workers:
	"""The parent of `configuration.workers` processes, each of which serves from the same socket."""

	def __init__(self, configuration: Configuration, listening: socket.socket) -> None:
		self._config = configuration
		self._listening = listening
		self._context = get_context("spawn")
		self._running: dict[int, tuple[BaseProcess, float]] = {}
		self._stop = Event()

	def run(self) -> int:
		"""Serves until a signal to stop comes: 0, or 1 if workers could not start or had to be killed."""
		log_to_stderr(self._config.log_level)
		for sig in (signal.SIGTERM, signal.SIGINT):
			signal.signal(sig, lambda *_: self._stop.set())
		with tempfile.TemporaryDirectory(prefix="otp-service-") as name:
			folder = Path(name)
			Rates.prepare(folder / SHARED_FILE, len(self._config.api_keys))
			os.environ[SHARED] = name
			for number in range(1, self._config.workers + 1):
				self._start(number, folder)
			sound = self._watch(folder)
			return 0 if self._end() and sound else 1

	def _start(self, number: int, folder: Path) -> None:
		process = self._context.Process(
			target=work, args=(self._config, self._listening, folder), name=f"worker-{number}", daemon=True
		)
		process.start()
		(folder / f"worker-{number}.pid").write_text(str(process.pid), encoding="ascii")
		self._running[number] = (process, time.monotonic())

	def _watch(self, folder: Path) -> bool:
		"""Replaces workers that die until it is time to stop; False when one could not start."""
		while not self._stop.wait(LOOK_SECONDS):
			for number, (process, began) in list(self._running.items()):
				if process.is_alive():
					continue
				logger.error("Worker %s ended with %s", process.pid, process.exitcode)
				_forget(folder, process.pid)
				if time.monotonic() - began < STARTED_SECONDS:
					logger.error("It could not start: the lines above say why")
					return False
				self._start(number, folder)
		return True

	def _end(self) -> bool:
		"""Stops all workers; whether none of them had to be killed."""
		for process, _ in self._running.values():
			process.terminate()
		deadline = time.monotonic() + self._config.shutdown_seconds + PATIENCE_SECONDS
		for process, _ in self._running.values():
			process.join(max(0.0, deadline - time.monotonic()))
		late = [process for process, _ in self._running.values() if process.is_alive()]
		for process in late:
			logger.error("Worker %s did not stop in time: it is killed", process.pid)
			process.kill()
			process.join()
		return not late


def work(configuration: Configuration, listening: socket.socket, folder: Path) -> None:
	"""What a worker process does."""
	from otp_app.service.running import serve_here

	# Ctrl-C reaches every process of the terminal: until this one serves, the parent is to end it.
	signal.signal(signal.SIGINT, signal.SIG_IGN)
	serve_here(configuration, listening, folder)


def _forget(folder: Path, pid: int | None) -> None:
	"""Takes away what a dead worker's gauges said; what it counted stays."""
	for file in folder.glob(f"gauge_live*_{pid}.db"):
		file.unlink(missing_ok=True)
