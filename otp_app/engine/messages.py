"""Reasons and blockers: a code, its values, and one plain English sentence that can be translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

Value = str | int | float | date | tuple["Message", ...] | None
Translate = Callable[[str], str]

# Code -> sentence. The sentence is the key for translation; names in braces are the message's values.
SENTENCES: Mapping[str, str] = {
	"FROM_STOCK": "{qty} {uom} of {item} come from stock in {warehouse}.",
	"FROM_RECEIPT": (
		"{qty} {uom} of {item} wait for {doctype} {document}, expected on {expected} and available on {available}."
	),
	"ALWAYS_AVAILABLE": "{qty} {uom} of {item} are taken as always available, because the settings say so.",
	"FROM_REPLENISHMENT": (
		"{qty} {uom} of {item} must be {how}: lead time {days} working day(s), so available on {available}."
	),
	"SERVICE": "{item} needs no stock.",
	"DROP_SHIP": "{item} is shipped by the supplier, {days} working day(s) after the order.",
	"OVERDUE_SUPPLY": "{doctype} {document} was due on {due} and has not come; it is counted from {expected}.",
	"STOCK_OWED": (
		"{free} of the {on_hand} {uom} of {item} on hand in {warehouse} are free; the rest is owed to others."
	),
	"STOCK_EXPIRED": "{qty} {uom} of {item} in {warehouse} are in expired or disabled batches and are not counted.",
	"OTHER_LINES": "Other lines of this order take {qty} {uom} of {item}.",
	"SOURCED": "{item} is promised from {warehouse}.",
	"SOURCED_BY_RULE": "Sourcing Rule {rule} says where {item} comes from.",
	"PASSED_OVER_LATER": "By itself, {other} could deliver {item} on {date}.",
	"PASSED_OVER_SHORT": "By itself, {other} could not deliver all of {item}.",
	"TRANSFERRED": (
		"{qty} {uom} of {item} are to be transferred from {sender} to {warehouse}: {days} working day(s), so there on {arrives}."
	),
	"SUBSTITUTED": "{qty} {uom} of {other} are sent in place of {item}, which could be there on {date}.",
	"SUBSTITUTED_SHORT": "{qty} {uom} of {other} are sent in place of {item}, of which {missing} {uom} cannot be promised.",
	"RULE_LEAVES": "Sourcing Rule {rule} lets {item} come from {warehouses} only.",
	"AFTER_CUTOFF": "The order came after the cutoff ({cutoff} {timezone}); work on it starts on {start}.",
	"GOODS_RECEIPT": "Goods receipt and inspection in {warehouse} take {days} working day(s).",
	"PROCESSING": "Picking and packing in {warehouse} take {days} working day(s).",
	"TRANSIT": "Transit from {warehouse} takes {days} working day(s).",
	"BUFFER": "A safety buffer of {days} working day(s) is added.",
	"NO_EARLY_DELIVERY": "{item} could be delivered on {earliest}; it is kept back to the desired date {desired}.",
	"TOGETHER": "All lines are delivered together; {item} comes last, on {date}.",
	"LATE": "{item} is promised {days} day(s) after the desired date {desired}.",
	"SCHEDULE_LINES": "{item} is delivered in {count} parts, the first on {first}.",
	"LATE_BEFORE": (
		"{qty} of {of} {uom} of {item} wait for {document} from {party}, late in {late} % of {deliveries} deliveries, by "
		"{days} day(s) in the median: {probability} % that it comes in time."
	),
	"LATE_NOW": (
		"{qty} of {of} {uom} of {item} wait for {document} from {party}, late in {late} % of {deliveries} deliveries, all of "
		"them still awaited: {probability} % that it comes in time."
	),
	"NEVER_LATE": (
		"{qty} of {of} {uom} of {item} wait for {document} from {party}, late in none of {deliveries} deliveries: "
		"{probability} % that it comes in time."
	),
	"OTHERS_LATE": (
		"{qty} of {of} {uom} of {item} wait for {document}; others like it were late in {late} % of {deliveries} cases: "
		"{probability} % that it comes in time."
	),
	"NO_HISTORY": (
		"No delivery like {document} is on record: that it comes in time is guessed at {probability} %."
	),
	"NOT_ORDERED": "{item} is not ordered yet: that it comes in time is guessed at {probability} %.",
	"STOCK_COUNTS": "{deliveries} stock counts in {warehouse} found {late} % less than the books.",
	"PROBABILITY": "The dates hold with a probability of {probability} %.",
	"SERVICE_LEVEL": "{level} % was asked for; without that, {earliest} would be promised.",
	"CUSTOMERS_LEFT_OUT": "The snapshot has no customers: transit lanes to a customer or a region are not used.",
	"SHORTAGE": "{qty} {uom} of {item} cannot be promised from {warehouse}: {why}.",
	"SUPPLY_ON_HOLD": "{doctype} {document} would bring {qty} {uom} of {item}, but it is on hold.",
	"SUPPLY_UNDATED": "{doctype} {document} will bring {qty} {uom} of {item}, but it has no date.",
	"SUPPLY_BEYOND_HORIZON": (
		"{doctype} {document} brings {qty} {uom} of {item} on {expected}, after the last day promised ({horizon})."
	),
	"DESIRED_DATE_MISSED": "{item} can be there on {earliest} at the earliest; the desired date {desired} may not be missed.",
	"SERVICE_LEVEL_UNREACHABLE": (
		"No date holds with the {level} % asked for: at most {best} % can be had. Ask for less."
	),
	"QUOTA_LIMITS": "{qty} {uom} of {item} in {period}: quota {document} has {free} of {total} left.",
	"QUOTA_MISSING": "{item} has quotas, and none is for this customer on {date}: nothing more is promised for that day.",
	"QUOTA_MOVES": "{qty} {uom} of {item} wait until {date} for a quota that has room.",
	"QUOTA_SPENT": "{qty} {uom} of {item} find no room in the quotas on any day up to {horizon}.",
	"QUOTA_TOGETHER": "The quotas have room for all lines on one day from {date} on only.",
	"QUOTA_NEVER_TOGETHER": (
		"The quotas never have room for all of the order on one day: ship it line by line, or in parts."
	),
	"PROTECTED_FOR": "{qty} {uom} of {item} in {warehouse} are protected from {date} on for {document}.",
	"SOURCE_UNAVAILABLE": "The stock data cannot be read at the moment: {why}. Try again later.",
}

# What delays a quantity that is made or bought on order, level by level, and why it can be neither.
CAPABLE: Mapping[str, str] = {
	"FROM_CTP": "{qty} {uom} of {item} must be {how}, and can be available on {available}.",
	"CTP_MATERIAL": "{item} waits until {date} for {component} ({source}).",
	"CTP_CAPACITY": (
		"{workstation} has other work: {operation} for {item} ends on {end}, about {days} day(s) later than without."
	),
	"CTP_LEAD_TIME": "{qty} {uom} of {item} must be {how}: lead time {days} working day(s), so available on {date}.",
	"CTP_CALENDAR": "{operation} for {item} goes on from {start} to {end}: it waits for working hours and working days.",
	"CTP_NO_BOM": "{item} cannot be made or bought: {why}.",
	"CTP_NO_LEAD_TIME": "{item} must be {how}, and has no lead time: set one on the item.",
	"CTP_CYCLE": "{item} is needed to make itself ({path}): mend BOM {bom}.",
	"CTP_TOO_DEEP": "{item} is needed more than {levels} levels deep: mend the BOMs above it.",
	"CTP_NEVER_WORKS": (
		"{operation} for {item} has no date: {workstation} never works. Give it working hours and working days."
	),
	"CTP_BEYOND_HORIZON": "{item} could be there only after the last day promised ({horizon}).",
	"CTP_ATP_ONLY": "{qty} {uom} of {item} are missing in {warehouse}, and it is taken from stock and orders only.",
}

# What options say: what to do, and what that gains.
OPTIONS: Mapping[str, str] = {
	"PART": "{qty} {uom} of {item}",
	"SHIP_FIRST": "Ship {parts} first.",
	"SHIP_FIRST_AND_MORE": "Ship {parts} and {more} more first.",
	"OTHER_WAREHOUSE": "Deliver {item} from {warehouse}.",
	"ALTERNATIVE": "Deliver {other} in place of {item}.",
	"TRANSFER": "Transfer {parts}.",
	"TRANSFER_PART": "{qty} {uom} of {item} from {sender} to {warehouse}",
	"EXPEDITE": "Get {doctype} {document} by {day} instead of {expected}.",
	"RELEASE": "Release {doctype} {document} from hold.",
	"MAKE": "Make {item} within its lead time.",
	"BUY": "Buy {item} within its lead time.",
	"COMPLETE_ON": "order complete on {date}",
	"COMPLETE_A_DAY_EARLIER": "order complete 1 day earlier",
	"COMPLETE_EARLIER": "order complete {days} days earlier",
	"FIRST_PART": "a first part, and the rest when there is supply",
	"FIRST_PART_A_DAY_EARLIER": "a first part 1 day earlier, the rest on {rest}",
	"FIRST_PART_EARLIER": "a first part {days} days earlier, the rest on {rest}",
}


# Why an open order line gets the date that it gets, beyond what is told of supply.
BACKORDERS: Mapping[str, str] = {
	"GOES_BEFORE": "{order} takes {item} before it: segment {segment} ({strategy}).",
	"KEEPS_BEFORE": "{order} keeps what it has of {item}: it is not promised anew.",
	"NOT_SOONER": "The date asked for or confirmed has passed or is too near: {earliest} is the earliest.",
	"HARDLY_BETTER": "{earliest} would be possible; a date that is told is moved only if it gets better by {days} day(s).",
	"ONLY_KEEPS": "It gets nothing better: segment {segment} (fill).",
	"GIVES_UP": "It gives up what it has: segment {segment} (lose).",
	"LEFT": "It is left as it is: {why}.",
	"NOT_OPEN": "Nothing of it is open any more: it was delivered, reserved, picked, closed, put on hold or cancelled meanwhile.",
	"CHANGED": "What is open of it was changed after the simulation.",
	"DATE_CHANGED": "Its date was changed meanwhile: it is {found}, and not {seen} as the run has it.",
	"DOES_NOT_HOLD": "{date} does not hold any more: its supply went to others meanwhile, or comes later now.",
	"NOT_NEEDED": "It keeps its date: nobody takes what it has any more.",
	"NOT_SAVED": "ERPNext did not save the order: {why}",
}


_ALL: Mapping[str, str] = {**SENTENCES, **CAPABLE, **OPTIONS, **BACKORDERS}


@dataclass(frozen=True, slots=True)
class Message:
	"""A typed reason; `line` is the index in the request's items, None for the whole order."""

	code: str
	values: Mapping[str, Value] = field(default_factory=dict)
	line: int | None = None

	def text(self, translate: Translate = str) -> str:
		"""The sentence, in the language that `translate` speaks."""
		shown = {name: _shown(value, translate) for name, value in self.values.items()}
		sentence = _ALL[self.code]
		return translate(sentence).format(**shown)

	def as_dict(self, translate: Translate = str) -> dict[str, object]:
		"""The JSON form: code, sentence and values."""
		answer: dict[str, object] = {
			"code": self.code,
			"message": self.text(translate),
			"values": {name: plain(value) for name, value in self.values.items()},
		}
		return answer if self.line is None else answer | {"line": self.line}


def plain(value: Value) -> object:
	"""A value as JSON has it: dates as ISO text."""
	return value.isoformat() if isinstance(value, date) else value


def number(qty: float) -> str:
	"""A quantity as a person writes it: 5 rather than 5.0."""
	return f"{round(qty, 6):.6f}".rstrip("0").rstrip(".")


def percent(share: float) -> float:
	"""A share of 0 to 1 in per cent, as a person is told it: neither 0 nor 100 where that would not be certain."""
	rounded = round(100.0 * share, 1)
	if 0.0 < share < 1.0:
		return min(max(rounded, 0.1), 99.9)
	return rounded


def _shown(value: Value, translate: Translate) -> str:
	if isinstance(value, float):
		return number(value)
	if isinstance(value, tuple):
		return ", ".join(part.text(translate) for part in value)
	return str(plain(value))
