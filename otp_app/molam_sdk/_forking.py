"""Forks: a process must not use the connections and locks of the process that it came from."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
	"""Something with connections or locks."""

	def after_fork(self) -> None:
		"""Take new ones, in the new process. The old ones are left alone: they may be in use on the other side."""


_kept: WeakSet[Forked] = WeakSet()


def renewed_after_fork(thing: Forked) -> None:
	"""Have its `after_fork` called in every process that is forked while it lives."""
	_kept.add(thing)


def _renew() -> None:
	for thing in list(_kept):
		thing.after_fork()


if hasattr(os, "register_at_fork"):
	os.register_at_fork(after_in_child=_renew)
