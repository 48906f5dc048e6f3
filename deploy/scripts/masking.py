"""Takes secrets out of what is sent to others: whatever looks like one, and every value that is known to be one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from shared import CHECKOUT

# Loaded from its file: its package needs libraries that a machine for operating may not have.
_spec = spec_from_file_location("masking_of_molam_sdk", CHECKOUT / "otp_app/molam_sdk/_masking.py")
assert _spec and _spec.loader
_patterns = module_from_spec(_spec)
_spec.loader.exec_module(_patterns)

MASK: str = _patterns.MASK
# Names of configuration whose values are secrets. More than one that is masked in vain hurts nobody.
SECRET_NAME = re.compile(
	r"pass|passw|secret|token|key|credential|authorization|cookie|\bsid\b|\bpwd\b|dsn|webhook_url",
	re.IGNORECASE,
)
# Shorter values are not looked for: they would be found in the middle of words.
SHORTEST = 6
# Who is behind a promise is nobody's business in a bug report.
PERSONAL = ("customer", "customer_name", "user", "owner", "email", "contact")


class Masker:
	"""Masks texts and values; it knows some secrets by their value."""

	def __init__(self, known: Iterable[str] = ()) -> None:
		# The longest first: one may be part of another.
		self.known = sorted({value for value in known if len(value) >= SHORTEST}, key=len, reverse=True)

	def text(self, text: str) -> str:
		"""A text without secrets; how secrets are written in JSON and in addresses is known, too."""
		for value in self.known:
			text = text.replace(value, MASK)
			escaped = json.dumps(value)[1:-1]
			if escaped != value:
				text = text.replace(escaped, MASK)
		return _patterns.mask_text(text)

	def values(self, value: Any) -> Any:
		"""A copy of nested values: what goes by a secret's name, or says who somebody is, is masked whole."""
		if isinstance(value, Mapping):
			return {name: self._named(str(name), inner) for name, inner in value.items()}
		if isinstance(value, list | tuple):
			return [self.values(inner) for inner in value]
		return self.text(value) if isinstance(value, str) else value

	def _named(self, name: str, value: Any) -> Any:
		hidden = SECRET_NAME.search(name) or name in PERSONAL
		return MASK if hidden and value not in (None, "", 0, 1, True, False) else self.values(value)

	def log_line(self, line: str) -> str:
		"""A line of a log; one that is JSON by its fields."""
		try:
			found = json.loads(line)
		except ValueError:
			return self.text(line)
		return (
			json.dumps(self.values(found), ensure_ascii=False) if isinstance(found, dict) else self.text(line)
		)


def secrets_in(value: Any, name: str = "") -> Iterable[str]:
	"""The values, in nested ones, that go by a secret's name."""
	if isinstance(value, Mapping):
		for key, inner in value.items():
			yield from secrets_in(inner, f"{name}.{key}")
	elif isinstance(value, list | tuple):
		for inner in value:
			yield from secrets_in(inner, name)
	elif isinstance(value, str) and SECRET_NAME.search(name):
		yield value
		yield from (part.strip() for part in value.split(","))
