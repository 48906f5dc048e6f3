"""Nothing that a whole run of the tests says, logs or stores shows a key or secret: what it is searched for, and where."""

from pathlib import Path

import frappe

from tests.watching import Watch

MARK = "erpnext_0123456789"
KEY, SECRET = f"sk_test_{MARK}", f"whsec_{MARK}"

WATCH = Watch(MARK)


def in_error_log() -> list[str]:
	"""Entries of Frappe's Error Log that show a secret, also those that the test will roll back."""
	log = frappe.qb.DocType("Error Log")
	query = frappe.qb.from_(log).select(log.name)
	return [name for (name,) in query.where(log.error.like(f"%{MARK}%") | log.method.like(f"%{MARK}%")).run()]


def log_files() -> list[Path]:
	"""Log files of bench and site."""
	folders = [Path("../logs"), Path(frappe.local.site) / "logs"]
	return [file for folder in folders if folder.is_dir() for file in folder.rglob("*") if file.is_file()]


def in_log_files() -> list[str]:
	"""Log files that show a secret."""
	return [str(file) for file in log_files() if MARK.encode() in file.read_bytes()]
