"""A finding: how bad it is, what it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import frappe


class Severity(str, Enum):
	"""ERROR: promises are wrong, or do not come. WARNING: they will be, or are not what they could be. NOTE: to know."""

	ERROR = "error"
	WARNING = "warning"
	NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
	"""What was found. `code` is for programs, `fix` a command or a place in Desk."""

	severity: Severity
	code: str
	sentence: str
	fix: str

	def as_dict(self) -> dict[str, str]:
		"""As JSON values."""
		told = {"code": self.code, "sentence": self.sentence, "fix": self.fix}
		return {"severity": self.severity.value, **told}


def error(code: str, sentence: str, fix: str) -> Finding:
	"""A finding that makes promises wrong, or keeps them from being made."""
	return Finding(Severity.ERROR, code, sentence, fix)


def warning(code: str, sentence: str, fix: str) -> Finding:
	"""A finding that makes promises worse than they could be."""
	return Finding(Severity.WARNING, code, sentence, fix)


def note(code: str, sentence: str, fix: str) -> Finding:
	"""A finding that may well be meant."""
	return Finding(Severity.NOTE, code, sentence, fix)


def command(text: str) -> str:
	"""A bench command for this site."""
	return f"bench --site {frappe.local.site} {text}"


def named(names: list[str], limit: int = 5) -> str:
	"""Some of the names, and how many more there are."""
	more = len(names) - limit
	return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")
