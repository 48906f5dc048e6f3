"""What a caller supposes in a what-if: the fields, their limits, and how bad input is told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from otp_app.engine.backorder.whatif import Added, Delay
from otp_app.engine.problems import MALFORMED, Problem, RequestRefused
from otp_app.engine.request import MAX_QTY, Day, Number, Text, problem_of

MAX_CHANGES = 50


class _Part(BaseModel):
	model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class DocumentType(str, Enum):
	"""What brings supply on a day."""

	PURCHASE_ORDER = "Purchase Order"
	WORK_ORDER = "Work Order"
	SUBCONTRACTING_ORDER = "Subcontracting Order"
	STOCK_ENTRY = "Stock Entry"
	MATERIAL_REQUEST = "Material Request"


class OtherDay(_Part):
	"""What a document brings comes on `due`, later or earlier than it is expected."""

	document: Text
	due: Day
	document_type: DocumentType = DocumentType.PURCHASE_ORDER

	@property
	def delay(self) -> Delay:
		"""The change of the order book."""
		return Delay(self.document, self.due)


class MoreSupply(_Part):
	"""`qty` stock units more of an item, on `due`, or on hand without one."""

	item_code: Text
	qty: Annotated[Number, Field(gt=0, le=MAX_QTY)]
	warehouse: Text
	due: Day | None = None

	@property
	def added(self) -> Added:
		"""The change of the order book."""
		return Added(self.item_code, self.qty, self.warehouse, self.due)


class Supposed(_Part):
	"""What is supposed of supply: documents that come on another day, more supply, warehouses that are lost."""

	delay: tuple[OtherDay, ...] = ()
	add: tuple[MoreSupply, ...] = ()
	lose: tuple[Text, ...] = ()

	@field_validator("delay", "add", "lose")
	@classmethod
	def _not_too_many(cls, changes: tuple[Any, ...]) -> tuple[Any, ...]:
		if len(changes) > MAX_CHANGES:
			raise PydanticCustomError("too_many", "give at most {most}", {"most": MAX_CHANGES})
		return changes

	@property
	def is_nothing(self) -> bool:
		"""Whether all stays as it is."""
		return not (self.delay or self.add or self.lose)


def parse_supposed(payload: Mapping[str, Any]) -> Supposed:
	"""What `payload` (JSON values) supposes. Raises RequestRefused with every problem that it has."""
	given = {name: value for name, value in payload.items() if value is not None}
	try:
		return Supposed.model_validate(given)
	except ValidationError as error:
		details = error.errors(include_url=False)
		raise RequestRefused([problem_of(detail, "a what-if") for detail in details]) from error


def refuse_nothing(supposed: Supposed, *, takes_an_order: bool) -> None:
	"""Raises RequestRefused where nothing is supposed."""
	if supposed.is_nothing and not takes_an_order:
		message = "Nothing is supposed: give delay, add, lose or take."
		raise RequestRefused([Problem("MALFORMED", message, None, MALFORMED)])
