"""A port of this machine in front of another one, which can be made to refuse, to be silent, or to be slow."""

from __future__ import annotations

import contextlib
import enum
import socket
import threading
import time

SLOW_SECONDS = 0.05


class Mode(enum.Enum):
	"""What the relay does with what it is sent."""

	PASS = "pass"
	REFUSE = "refuse"  # nobody listens, and open connections end: a server that was stopped
	SILENT = "silent"  # connections open and nothing comes back: a server that hangs
	SLOW = "slow"  # each part of an answer comes SLOW_SECONDS later


class Relay:
	"""Passes connections on to `target`, a port of this machine. Used by chaos only: a thread for each direction."""

	def __init__(self, target: int) -> None:
		self._target = target
		self._mode = Mode.PASS
		self._pairs: list[socket.socket] = []
		self._lock = threading.Lock()
		self._listener = self._listen(0)
		self.port: int = self._listener.getsockname()[1]

	def set(self, mode: Mode) -> None:
		"""From now on; going from SILENT to PASS, what was held back is sent."""
		before, self._mode = self._mode, mode
		if mode is Mode.REFUSE:
			self._close(self._listener)
			self._end_all()
		elif before is Mode.REFUSE:
			self._listener = self._listen(self.port)

	def lead_to(self, target: int) -> None:
		"""New connections lead to another port."""
		self._target = target

	def close(self) -> None:
		"""Ends all connections."""
		self.set(Mode.REFUSE)

	def _listen(self, port: int) -> socket.socket:
		listener = socket.create_server(("127.0.0.1", port))
		threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
		return listener

	def _accept(self, listener: socket.socket) -> None:
		with contextlib.suppress(OSError):
			while True:
				near, _ = listener.accept()
				try:
					far = socket.create_connection(("127.0.0.1", self._target))
				except OSError:
					self._close(near)
					continue
				with self._lock:
					self._pairs += [near, far]
				for source, sink in ((near, far), (far, near)):
					threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

	def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
		with contextlib.suppress(OSError):
			while data := source.recv(65536):
				if self._mode is Mode.SLOW:
					time.sleep(SLOW_SECONDS)
				while self._mode is Mode.SILENT:
					time.sleep(0.02)
				sink.sendall(data)
		for end in (source, sink):
			self._close(end)
		with self._lock:
			self._pairs = [one for one in self._pairs if one not in (source, sink)]

	def _end_all(self) -> None:
		with self._lock:
			ends, self._pairs = self._pairs, []
		for end in ends:
			self._close(end)

	@staticmethod
	def _close(end: socket.socket) -> None:
		with contextlib.suppress(OSError):
			end.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept or recv
		end.close()
