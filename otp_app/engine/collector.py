"""Python's garbage collector, paused while very many facts are made at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
	"""No search for garbage: what is made here lives on, and looking at it over and over takes up to a third of the time.

	The collector looks at all that is left when it starts again: what is done with should be gone by then.
	"""
	collecting = gc.isenabled()
	gc.disable()
	try:
		yield
	finally:
		if collecting:
			gc.enable()
