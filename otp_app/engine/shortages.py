"""What is short, in words: why no more can be counted on, and which supply could end it but has no date."""

from __future__ import annotations

from collections.abc import Iterator

from otp_app.engine.books import Books
from otp_app.engine.facts import Item, Supply, Withheld
from otp_app.engine.lead_times import lead_time
from otp_app.engine.ledger import document_order
from otp_app.engine.messages import Message, Value
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import DOCTYPES

# What each withheld supply is called when it could end a shortage.
PENDING = {Withheld.ON_HOLD: "SUPPLY_ON_HOLD", Withheld.UNDATED: "SUPPLY_UNDATED"}


def document_of(supply: Supply) -> dict[str, Value]:
	"""The values that name a supply's document."""
	return {"doctype": DOCTYPES[supply.kind], "document": supply.document}


def pending(books: Books, item: Item, warehouse: str, line: int | None = None) -> Iterator[Message]:
	"""Supply that would come but is on hold, has no date, or comes after the last day promised."""
	at, base = books.snapshot.warehouses[warehouse], {"uom": item.stock_uom, "item": item.item_code}
	for supply in sorted(books.supplies(item.item_code, warehouse), key=document_order):
		withheld = books.withheld(supply)
		facts: dict[str, Value] = {**base, **_named(supply), "qty": supply.qty}
		if withheld in PENDING:
			yield Message(PENDING[withheld], facts, line)
		elif withheld is None and books.terms.material_date(supply, item, at) > books.terms.horizon:
			facts |= {"expected": supply.due, "horizon": books.terms.horizon}
			yield Message("SUPPLY_BEYOND_HORIZON", facts, line)


def _named(supply: Supply) -> dict[str, Value]:
	return document_of(supply) if supply.kind in DOCTYPES else {"doctype": "Stock", "document": ""}


def why_no_more(item: Item, mode: FulfilmentMode, missing: float, hours_per_day: float) -> str:
	"""Why `missing` stock units of an item can neither be taken from supply nor be bought or made in time."""
	if mode is FulfilmentMode.ATP_ONLY:
		return "it is promised from stock and orders only, and no more can be counted on"
	if mode is FulfilmentMode.ATP_THEN_CTP:
		return "no more can be counted on, and it can neither be made nor bought in time"
	if not item.is_purchase_item and item.default_bom is None:
		return "no more can be counted on, and it is neither bought nor made"
	if (item.lead_time_days if item.drop_ship else lead_time(item, missing, hours_per_day)) is None:
		return "no more can be counted on, and it has no lead time: set one on the item"
	return "its lead time goes beyond the last day promised"
