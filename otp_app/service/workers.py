"""Several worker processes behind one socket: a parent that starts them, replaces those that die, and stops them."""

from __future__ import annotations

import logging
import os
import signal
import socket
import tempfile
import time
from dataclasses import dataclass, field
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
# The file with the id of a worker process, there from when it takes connections.
SERVING = "worker-{}.pid"
LOOK_SECONDS = 0.5
# A worker that dies more often than this within the time is not replaced any more: whoever runs the service is to see it end.
MOST_DEATHS, DEATHS_SECONDS = 5, 60.0
# What a worker gets beyond its own time to stop, before it is killed.
PATIENCE_SECONDS = 3.0


@dataclass(slots=True)
class Worker:
	"""A place for a worker process, and the moments at which processes of this place died."""

	number: int
	process: BaseProcess
	deaths: list[float] = field(default_factory=list)

	def dies_often(self, now: float) -> bool:
		"""Notes a death; whether there were too many lately."""
		self.deaths = [moment for moment in self.deaths if now - moment < DEATHS_SECONDS] + [now]
		return len(self.deaths) > MOST_DEATHS


class Workers:
	"""The parent of `configuration.workers` processes, each of which serves from the same socket."""

	def __init__(self, configuration: Configuration, listening: socket.socket) -> None:
		self._config = configuration
		self._listening = listening
		self._context = get_context("spawn")
		self._workers: list[Worker] = []
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
			self._workers = [
				Worker(number, self._started(number, folder)) for number in range(1, self._config.workers + 1)
			]
			sound = self._watch(folder)
			return 0 if self._end() and sound else 1

	def _started(self, number: int, folder: Path) -> BaseProcess:
		process = self._context.Process(
			target=work,
			args=(self._config, self._listening, folder, number),
			name=f"worker-{number}",
			daemon=True,
		)
		process.start()
		return process

	def _watch(self, folder: Path) -> bool:
		"""Replaces workers that die until it is time to stop; False when that is of no use."""
		served = False
		while not self._stop.wait(LOOK_SECONDS):
			for worker in self._workers:
				if worker.process.is_alive():
					continue
				logger.error("Worker %s ended with %s", worker.process.pid, worker.process.exitcode)
				served = served or any(folder.glob(SERVING.format("*")))
				if not served:
					logger.error("It could not start: the lines above say why")
					return False
				if worker.dies_often(time.monotonic()):
					logger.error("Workers die again and again: the service ends")
					return False
				_forget(folder, worker)
				worker.process = self._started(worker.number, folder)
		return True

	def _end(self) -> bool:
		"""Stops all workers; whether none of them had to be killed."""
		processes = [worker.process for worker in self._workers]
		for process in processes:
			process.terminate()
		deadline = time.monotonic() + self._config.shutdown_seconds + PATIENCE_SECONDS
		for process in processes:
			process.join(max(0.0, deadline - time.monotonic()))
		late = [process for process in processes if process.is_alive()]
		for process in late:
			logger.error("Worker %s did not stop in time: it is killed", process.pid)
			process.kill()
			process.join()
		return not late


def work(configuration: Configuration, listening: socket.socket, folder: Path, number: int) -> None:
	"""What a worker process does."""
	# Ctrl-C reaches every process of the terminal: until this one serves, the parent is to end it.
	signal.signal(signal.SIGINT, signal.SIG_IGN)
	from otp_app.service.server import serve_here

	file = folder / SERVING.format(number)
	serve_here(configuration, listening, folder, lambda: _write(file, str(os.getpid())))


def _write(file: Path, text: str) -> None:
	file.write_text(text, encoding="ascii")


def _forget(folder: Path, worker: Worker) -> None:
	"""Takes away what a dead worker's gauges said; what it counted stays."""
	(folder / SERVING.format(worker.number)).unlink(missing_ok=True)
	for file in folder.glob(f"gauge_live*_{worker.process.pid}.db"):
		file.unlink(missing_ok=True)
