"""Telling many people, of whom one may not be told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def one_that_fails_stops_no_other(whom: str) -> Iterator[None]:
	"""What fails (a template, a missing e-mail account) is undone and logged, and not tried again."""
	frappe.db.savepoint("otp_telling")
	try:
		yield
	except Exception:
		frappe.db.rollback(save_point="otp_telling")
		frappe.log_error(title=f"{whom} could not be told what has become of promises")
