"""Takes keys, tokens, secrets and card numbers out of what people may read: texts, and nested values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
DEEPEST = 50  # what is nested more deeply is masked as a whole

_SECRET_NAME = re.compile(
	r"api[_-]?key|secret|passw|passphrase|token|authorization|private[_-]?key|card[_-]?number|\bpan\b|\bcv[cv]2?\b",
	re.IGNORECASE,
)
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[^\s'\",]+", re.IGNORECASE)
_KEY = re.compile(r"(?<![A-Za-z0-9])(sk|jwt|whsec)_[^\s'\"\\,;&<>(){}\[\]]+")
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")
# The user and password of a URL.
_USER = re.compile(r"(\w://)[^\s/]*@")
# `password=hunter2`, `"api_key": "abc"`: a value beside the name of a secret, in a text.
_NAMED = re.compile(
	r"((?:api[_-]?key|secret|password|passphrase|token|private[_-]?key)['\"]?\s*[:=]\s*['\"]?)([^\s'\",;}&]+)",
	re.IGNORECASE,
)
# Card numbers start with 2 to 6; so milliseconds since 1970 are none.
_CARD = re.compile(r"(?<!\d)[2-6](?:[ -]?\d){12,18}(?!\d)")
# What a text must hold for any of the patterns to match: most texts hold none of it.
_SUSPECT = re.compile(
	r"://|sk_|jwt_|whsec_|eyJ|-----BEGIN|bearer|basic|key|secret|pass|token|\d{4}|\d[ -]\d", re.I
)


def mask_text(text: str) -> str:
	"""`text` without keys (sk_, jwt_), bearer tokens, webhook secrets, PEM blocks and card numbers."""
	if not _SUSPECT.search(text):
		return text
	text = _PEM.sub(MASK, text)
	text = _USER.sub(rf"\1{MASK}@", text)
	text = _BEARER.sub(rf"\1 {MASK}", text)
	text = _KEY.sub(rf"\1_{MASK}", text)
	text = _JWT.sub(MASK, text)
	text = _NAMED.sub(rf"\1{MASK}", text)
	return _CARD.sub(_masked_card, text)


def mask(value: Any, depth: int = 0) -> Any:
	"""A copy of `value` with every text in it masked, and whatever goes by a secret's name."""
	if depth > DEEPEST:
		return MASK
	if isinstance(value, str):
		return mask_text(value)
	if isinstance(value, bytes):
		return mask_text(value.decode("utf-8", "replace"))
	if isinstance(value, Mapping):
		return {
			mask(name): MASK if _hides(name, inner) else mask(inner, depth + 1)
			for name, inner in value.items()
		}
	if isinstance(value, list | tuple | set | frozenset):
		masked = [mask(inner, depth + 1) for inner in value]
		return tuple(masked) if isinstance(value, tuple) else masked
	if isinstance(value, int) and not isinstance(value, bool):
		return mask_text(str(value)) if _CARD.search(str(value)) else value
	return value


def _hides(name: object, inner: object) -> bool:
	"""Whether the name gives away that `inner` is a secret; a container is looked into instead."""
	if inner is None or isinstance(inner, bool | Mapping | list | tuple):
		return False
	return isinstance(name, str) and _SECRET_NAME.search(name) is not None


def _masked_card(found: re.Match[str]) -> str:
	return MASK if _luhn(re.sub(r"\D", "", found[0])) else found[0]


def _luhn(digits: str) -> bool:
	"""The check of card numbers (ISO/IEC 7812-1)."""
	doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
	return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
