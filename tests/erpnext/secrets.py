"""Nothing that a whole run of the tests says, logs or stores shows a key or secret: what it is searched for, and where."""

import logging
from pathlib import Path

import frappe

MARK = "erpnext_0123456789"
KEY, SECRET = f"sk_test_{MARK}", f"whsec_{MARK}"


class Watch(logging.Handler):
	"""Every log line of this process, as its own handlers would write it; keeps those that show a secret."""

	def __init__(self) -> None:
		super().__init__(logging.DEBUG)
		self.lines = 0
		self.found: list[str] = []

	def emit(self, record: logging.LogRecord) -> None:
		self.lines += 1
		told = f"{self.format(record)} {record.args!r}"
		if MARK in told:
			self.found.append(told)


def in_error_log() -> list[str]:
	"""Entries of Frappe's Error Log that show a secret, also those that the test will roll back."""
	log = frappe.qb.DocType("Error Log")
	query = frappe.qb.from_(log).select(log.name)
	return [name for (name,) in query.where(log.error.like(f"%{MARK}%") | log.method.like(f"%{MARK}%")).run()]


def in_log_files() -> list[str]:
	"""Log files of bench and site that show a secret."""
	folders = [Path("../logs"), Path(frappe.local.site) / "logs"]
	files = [file for folder in folders if folder.is_dir() for file in folder.rglob("*") if file.is_file()]
	return [str(file) for file in files if MARK.encode() in file.read_bytes()]
