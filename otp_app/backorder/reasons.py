"""Typed reasons as they are kept in tables, and told to a reader in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from frappe import _

from otp_app.engine.messages import Message, plain
from otp_app.promises.site import reads

# Doctypes of supply have these values in a reason; who may not read them all is not told which one it is.
DOCUMENT = "document"


def kept(reasons: Iterable[Message]) -> str | None:
	"""The reasons as JSON; None for none."""
	found = [
		{"code": reason.code, "values": {name: plain(value) for name, value in reason.values.items()}}
		for reason in reasons
	]
	return json.dumps(found) if found else None


def told(text: str | None, may_read: Callable[[str], bool] = reads) -> str:
	"""The sentences, in the reader's language, without names of documents that the reader may not read."""
	return " ".join(_message(one, may_read).text(_) for one in json.loads(text or "[]"))


def _message(one: dict[str, Any], may_read: Callable[[str], bool]) -> Message:
	values = dict(one["values"])
	doctype = values.get("doctype")
	if doctype:
		if not may_read(doctype):
			values[DOCUMENT] = "…"
		values["doctype"] = _(doctype)
	return Message(one["code"], values)
