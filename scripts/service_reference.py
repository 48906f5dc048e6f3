"""The section of docs/api-reference.md about the stand-alone service: its paths and its variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from otp_app.service.config import VARIABLES
from otp_app.service.openapi import document


def paths() -> Iterator[tuple[str, str, str, str]]:
	"""Method and path, what it does, what it answers, and its HTTP statuses, of the OpenAPI document."""
	for path, methods in document()["paths"].items():
		for method, call in methods.items():
			answers = call["responses"]
			summary = call.get("summary") or answers["200"]["description"]
			yield f"`{method.upper()} {path}`", summary, _answer(answers["200"]), ", ".join(sorted(answers))


def _answer(response: Mapping[str, Any]) -> str:
	"""The schema of an answer by its name, else its kind of text."""
	kind, content = next(iter(response.get("content", {"": {}}).items()))
	name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
	return f"`{name}`" if name else kind


def variables() -> Iterator[tuple[str, str, str]]:
	"""What the environment may say: name, default and meaning."""
	for variable in VARIABLES:
		yield f"`{variable.name}`", f"`{variable.default}`" if variable.default else "", variable.text
