"""Arguments of a call as they come over HTTP (text, numbers, JSON) made into values, or refused by name. No frappe.

Sentences are in the language of `translate`.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from otp_app.engine.messages import Translate
from otp_app.engine.problems import MALFORMED, Problem, RequestRefused

MAX_TEXT = 140
TRUE, FALSE = ("1", "true", "yes"), ("0", "false", "no")


def text(value: Any, field: str, translate: Translate = str) -> str | None:
	"""A text of at most 140 characters; None for none, or an empty one."""
	if value is None or value == "":
		return None
	if not isinstance(value, str):
		message = translate("{0} must be a text, not {1}.").format(field, _shown(value))
		raise RequestRefused([Problem("INVALID_VALUE", message, field)])
	if len(value) > MAX_TEXT:
		message = translate("{0} is longer than {1} characters: shorten it.").format(field, MAX_TEXT)
		raise RequestRefused([Problem("INVALID_VALUE", message, field)])
	return value.strip() or None


def texts(value: Any, field: str, translate: Translate = str) -> list[str]:
	"""A text, or a list of texts (also as JSON), without doubles."""
	if isinstance(value, str) and value.lstrip().startswith("["):
		value = from_json(value, field, translate)
	given = value if isinstance(value, list | tuple) else [value]
	several = len(given) > 1
	found = [
		text(part, f"{field}[{index}]" if several else field, translate) for index, part in enumerate(given)
	]
	return list(dict.fromkeys(part for part in found if part is not None))


def number(value: Any, field: str, *, default: int, least: int, most: int, translate: Translate = str) -> int:
	"""A whole number from `least` to `most`; `default` for none."""
	if value is None or value == "":
		return default
	try:
		found = None if isinstance(value, bool | float) else int(value)
	except (TypeError, ValueError):
		found = None
	if found is None:
		message = translate("{0} must be a whole number, not {1}.").format(field, _shown(value))
		raise RequestRefused([Problem("NOT_A_NUMBER", message, field)])
	if not least <= found <= most:
		message = translate("{0} must be from {1} to {2}, not {3}.").format(field, least, most, found)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, field)])
	return found


def minutes(value: Any, field: str, translate: Translate = str) -> int | None:
	"""A whole number of minutes, whose limits are for others to check; None for none."""
	if value in (None, ""):
		return None
	return number(value, field, default=0, least=-(10**9), most=10**9, translate=translate)


def truth(value: Any, field: str, translate: Translate = str) -> bool | None:
	"""True or false, however it is written; None for none."""
	if value is None or value == "":
		return None
	written = str(value).lower()
	if written in TRUE + FALSE:
		return written in TRUE
	message = translate("{0} must be true or false, not {1}.").format(field, _shown(value))
	raise RequestRefused([Problem("INVALID_CHOICE", message, field)])


def day(value: Any, field: str, translate: Translate = str) -> date | None:
	"""A date written as ISO 8601 has it; None for none."""
	if value is None or value == "":
		return None
	try:
		return date.fromisoformat(value)
	except (TypeError, ValueError) as error:
		message = translate("{0} must be a date such as 2026-03-31, not {1}.").format(field, _shown(value))
		raise RequestRefused([Problem("INVALID_DATE", message, field)]) from error


def choices(value: Any, field: str, known: Collection[str], translate: Translate = str) -> list[str]:
	"""One or several of the words in `known`."""
	given = texts(value, field, translate)
	if unknown := [word for word in given if word not in known]:
		message = translate("{0} must be one of {1}; not {2}.").format(field, ", ".join(known), unknown[0])
		raise RequestRefused([Problem("INVALID_CHOICE", message, field)])
	return given


def from_json(value: Any, field: str, translate: Translate = str) -> Any:
	"""A list or object, which a form sends as JSON text. Raises RequestRefused for text that is none."""
	if not isinstance(value, str):
		return value
	try:
		return json.loads(value)
	except (ValueError, RecursionError) as error:
		message = translate("{0} is not valid JSON: {1}.").format(field, error)
		raise RequestRefused([Problem("MALFORMED", message, field, MALFORMED)]) from error


def _shown(value: Any) -> str:
	written = repr(value)
	return written if len(written) <= 40 else written[:37] + "..."
