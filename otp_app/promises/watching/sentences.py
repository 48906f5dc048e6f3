"""The sentence that tells what happened to a document, and where it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frappe import _
from frappe.utils import formatdate

from otp_app.engine.messages import number
from otp_app.promises.watching.moves import Move, move_of

# Kind of a move for the worse -> its sentence, and of what kind its values are; {0} is the document.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
	"later": ("{0} moved from {1} to {2}.", ("date", "date")),
	"less": ("{0} brings {1} instead of {2}.", ("qty", "qty")),
	"removed": ("{0} does not bring {1} any more.", ("name",)),
	"held": ("{0} was put on hold.", ()),
	"stopped": ("{0} was stopped.", ()),
	"closed": ("{0} was closed.", ()),
	"cancelled": ("{0} was cancelled.", ()),
	"short": ("{0} brought {1} of {2}.", ("qty", "qty")),
	"returned": ("{0} sent {1} back.", ("qty",)),
	"counted": ("{0} found {1} less in {2}.", ("qty", "name")),
	"took": ("{0} took {1} from {2}.", ("qty", "name")),
	"needs": ("{0} needs {1} from {2}.", ("qty", "name")),
	"reserved": ("{0} keeps {1} in {2} for another order.", ("qty", "name")),
	"holidays": ("{0} has other holidays.", ()),
}


def sentence(move: Move, *, named: bool) -> str:
	"""What happened, in the user's language; not `named` for those who may not read every document of its kind."""
	text, kinds = KINDS[move.kind]
	kind = _(move.document_type)
	subject = _("{0} {1}").format(kind, move.document) if named else _("A {0}").format(kind)
	values = (_shown(value, as_) for value, as_ in zip(move.values, kinds, strict=True))
	return _(text).format(subject, *values)


def _shown(value: Any, as_: str) -> str:
	if as_ == "date":
		return formatdate(value) if value else _("no date")
	return number(value) if as_ == "qty" else str(value)


def stored_move(text: str | None) -> Move | None:
	"""The move that is kept with a promise or an event, if there is one."""
	return move_of(text) if text else None


def fields_of(move: Move | None) -> dict[str, Any]:
	"""The fields of an Order Promise, or of an event, that say what moved."""
	return {
		"moved_document_type": move.document_type if move else None,
		"moved_document": move.document if move else None,
		"moved": move.as_json() if move else None,
	}
