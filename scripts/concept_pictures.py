"""Draws the pictures of docs/concepts.md from what the engine answers about the demo company.

python -m scripts.concept_pictures           write them to docs/images
python -m scripts.concept_pictures --check   fail if one of them is not what the engine says
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from otp_app.cli.common import DEMO, DEMO_SNAPSHOT
from otp_app.engine.calendars import WorkingDays
from otp_app.engine.decide import decide
from otp_app.engine.decision import plan_order
from otp_app.engine.explain import Entry, explain
from otp_app.engine.messages import number
from otp_app.engine.promise import Fulfillment, Promise
from otp_app.engine.request import parse
from otp_app.sources.snapshot import SnapshotFile
from scripts.drawing import Picture

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
DEMO_FILE = SnapshotFile(DEMO_SNAPSHOT)
DAY = timedelta(days=1)
PANNIER, STORES, CUSTOMER = "Pannier 20 L", "Stores - RC", "Velo Nord"
LEVELS = (0.8, 0.9, 0.95)


def asked(payload: Mapping[str, object], now: datetime | None = None) -> Promise:
	"""What the engine answers on the demo snapshot."""
	request = parse(payload)
	facts = DEMO_FILE.snapshot({line.item_code for line in request.items}, customer=request.customer)
	return decide(facts, request, now or DEMO_FILE.taken_at, request_id="picture", with_options=False)


def spoken(day: date) -> str:
	"""`18 May`."""
	return f"{day.day} {day:%b}"


def available() -> Picture:
	"""Net and ATP of the panniers, day by day, with all that comes and leaves."""
	ledger = explain(DEMO_FILE.snapshot([PANNIER]), PANNIER, STORES, DEMO_FILE.taken_at)
	entries = [entry for entry in ledger.entries if entry.day is not None]
	first, last = ledger.levels[0].day, ledger.levels[-1].day + 4 * DAY
	picture = Picture(
		820,
		360 + 19 * len(entries),
		f"Available to promise: {PANNIER} in {STORES}",
		"Net as a dashed line, available to promise as a solid line that never falls; between them what later orders need.",
	)
	across = lambda day: 60 + (day - first).days * 680 / (last - first).days  # noqa: E731
	up = lambda qty: 310 - qty * 7  # noqa: E731
	for qty in (0, 10, 20, 30):
		picture.path([(60, up(qty)), (740, up(qty))], "rule")
		picture.text(50, up(qty) + 4, str(qty), "faint", "end")
	net, atp = [], []
	for level, until in zip(ledger.levels, [*(step.day for step in ledger.levels[1:]), last], strict=True):
		left, right = across(level.day), across(until)
		picture.box(left, up(level.atp), right - left, up(0) - up(level.atp), "free")
		picture.box(left, up(level.net), right - left, up(level.atp) - up(level.net), "kept")
		net += [(left, up(level.net)), (right, up(level.net))]
		atp += [(left, up(level.atp)), (right, up(level.atp))]
		picture.text(left + 6, up(level.atp) + 17, number(level.atp), "strong")
		if level.net > level.atp:
			picture.text(left + 6, up(level.net) - 6, number(level.net), "faint")
		picture.text(left, 328, spoken(level.day), "faint", "middle")
	picture.path(net, "net")
	picture.path(atp, "atp")
	_key(picture)
	_events(picture, entries, across)
	return picture


def _key(picture: Picture) -> None:
	"""What the lines and areas mean."""
	picture.box(60, 44, 14, 14, "free")
	picture.text(82, 56, "free: available to promise", "faint")
	picture.box(60, 66, 14, 14, "kept")
	picture.text(82, 78, "there, and needed by later orders", "faint")
	picture.path([(330, 51), (358, 51)], "net")
	picture.text(366, 56, "net: all that has come less all that has left", "faint")
	picture.path([(330, 73), (358, 73)], "atp")
	picture.text(366, 78, "ATP: the lowest net from that day on", "faint")


def _events(picture: Picture, entries: list[Entry], across: Callable[[date], float]) -> None:
	"""One line below the axis for all that comes or leaves, on the day on which it counts."""
	for row, entry in enumerate(entries):
		assert entry.day is not None
		x, y = across(entry.day), 352 + 19 * row
		sign, kind = ("+", "plus") if entry.qty > 0 else ("-", "minus")
		late = f", due {spoken(entry.due)}" if entry.due and entry.due != entry.day else ""
		picture.text(x - 6, y, f"{sign}{number(abs(entry.qty))}", kind, "end")
		picture.text(x, y, (entry.document or "on hand") + late, "faint")


def dates() -> Picture:
	"""An order of a Friday afternoon on its way through two calendars."""
	now = datetime(2026, 5, 8, 15, 30, tzinfo=ZoneInfo(DEMO_FILE.timezone))
	payload = {"customer": CUSTOMER, "items": [{"item_code": "Inner Tube 28", "qty": 4, "uom": "Box"}]}
	request = parse(payload)
	facts = DEMO_FILE.snapshot(["Inner Tube 28"], customer=CUSTOMER)
	decision = plan_order(facts, request, now)
	route = decision.planner.route(facts.items["Inner Tube 28"], facts.warehouses[STORES].name)
	(peg,) = asked(payload, now).plan[0].fulfillment
	days = [now.date() + DAY * n for n in range((peg.delivery_date - now.date()).days + 1)]
	picture = Picture(
		820,
		262,
		"The chain of dates: ordered on a Friday at 15:30, the cutoff is 14:00",
		"Days as columns, closed ones grey, for the warehouse and the carrier; below, the steps from order to delivery.",
	)
	column = 690 / len(days)
	left = lambda day: 115 + (day - days[0]).days * column  # noqa: E731
	_calendars(picture, days, left, column, {"warehouse": route.work, "carrier": route.carrier})
	steps = (
		("waits for the next working day", days[0], peg.available_date),
		("picked and packed", peg.available_date, peg.ship_ready_date),
		("in transit", peg.ship_ready_date, peg.delivery_date),
	)
	for row, (words, start, end) in enumerate(steps):
		y = 132 + 30 * row
		middle = column / 2
		picture.box(left(start) + middle, y, left(end) - left(start), 20, "step", round_=4)
		_beside(picture, words, left(start) + middle, left(end) + middle, y + 15)
	for day, words in (
		(days[0], "ordered"),
		(peg.available_date, "material"),
		(peg.ship_ready_date, "ship date"),
	):
		picture.text(left(day) + column / 2, 242, words, "strong", "middle")
	picture.text(left(peg.delivery_date) + column / 2, 242, "delivery", "strong", "middle")
	return picture


def _beside(picture: Picture, words: str, start: float, end: float, y: float) -> None:
	"""Words in a bar that is long enough, else after it."""
	if end - start > 8 * len(words):
		picture.text((start + end) / 2, y, words, "on", "middle")
	else:
		picture.text(end + 8, y, words)


def _calendars(
	picture: Picture,
	days: list[date],
	left: Callable[[date], float],
	column: float,
	calendars: Mapping[str, WorkingDays],
) -> None:
	for day in days:
		picture.text(left(day) + column / 2, 56, f"{day:%a} {day.day}", "faint", "middle")
	for row, (who, calendar) in enumerate(calendars.items()):
		y = 68 + 28 * row
		picture.text(105, y + 15, who, "", "end")
		for day in days:
			works = calendar.is_working(day)
			picture.box(left(day) + 1, y, column - 2, 22, "open" if works else "closed", round_=3)
			if not works:
				picture.text(left(day) + column / 2, y + 15, "closed", "faint", "middle")


def pegs() -> Picture:
	"""The lines of the demo order, and what each quantity comes from."""
	promise = asked(json.loads((DEMO / "order.json").read_text(encoding="utf-8")))
	rows = [(index, peg) for index, line in enumerate(promise.plan) for peg in line.fulfillment]
	picture = Picture(
		820,
		70 + 36 * len(rows),
		"Pegs: what each quantity of an order comes from",
		"On the left the lines of the order, on the right stock and documents, linked by the quantities taken.",
	)
	place = 0
	for index, line in enumerate(promise.plan):
		count = len(line.fulfillment)
		top, middle = 52 + 36 * place, 52 + 36 * place + 18 * count - 4
		picture.box(20, top, 240, 36 * count - 8, "box", round_=5)
		lower = 4 if count > 1 else -5
		picture.text(32, middle - lower, f"{number(line.qty_required)} {line.item_code}", "strong")
		sure = f"{spoken(line.promise_date or date.max)}, {100 * (line.probability or 0):.0f} %"
		if count > 1:
			picture.text(32, middle + 13, f"{sure} sure", "faint")
		else:
			picture.text(250, middle + 5, sure, "faint", "end")
		for peg in (peg for at, peg in rows if at == index):
			y = 52 + 36 * place + 14
			picture.link((260, middle), (420, y), 1 + min(peg.qty, 12) / 2)
			picture.box(420, y - 14, 380, 28, "box", round_=5)
			picture.text(432, y + 5, _supply(peg, line.item_code))
			place += 1
	return picture


def _supply(peg: Fulfillment, ordered: str) -> str:
	what = "" if peg.item_code == ordered else f" {peg.item_code}"
	if peg.document is None:
		return f"{number(peg.qty)}{what} from stock in {peg.warehouse}"
	expected = f", {spoken(peg.expected_date)}" if peg.expected_date else ""
	return f"{number(peg.qty)}{what} from {peg.document.name}{expected}"


def probability() -> Picture:
	"""How sure ten panniers are for each day on which they might be wanted."""
	line = {"item_code": PANNIER, "qty": 10, "warehouse": STORES}
	order = {"customer": CUSTOMER, "items": [line]}
	promised = asked(order).promise_date
	assert promised is not None
	days = [promised + DAY * n for n in range(-6, 29)]
	chances = [asked({**order, "desired_date": str(day)}).on_time_probability or 0.0 for day in days]
	picture = Picture(
		820,
		340,
		f"How sure: 10 x {PANNIER}, of which 7 wait for a purchase order",
		"The probability that all is delivered rises with the day; the promised day and the days for 80, 90 and 95 % are marked.",
	)
	across = lambda day: 70 + (day - days[0]).days * 690 / (len(days) - 1)  # noqa: E731
	up = lambda chance: 290 - chance * 225  # noqa: E731
	for share in (0, 0.25, 0.5, 0.75, 1):
		picture.path([(70, up(share)), (760, up(share))], "rule")
		picture.text(60, up(share) + 4, f"{100 * share:.0f} %", "faint", "end")
	for day in days[::7]:
		picture.text(across(day), 312, spoken(day), "faint", "middle")
	curve = [(across(days[0]), up(chances[0]))]
	for day, before, chance in zip(days[1:], chances, chances[1:], strict=False):
		curve += [(across(day), up(before)), (across(day), up(chance))]
	picture.path(curve, "atp")
	_mark(picture, across(promised), up(chances[days.index(promised)]), f"promised: {spoken(promised)}")
	for level in LEVELS:
		at = asked({**order, "rules": {"service_level": level}})
		assert at.promise_date is not None and at.probability is not None
		words = f"{100 * level:.0f} % asked for: {spoken(at.promise_date)}"
		_mark(picture, across(at.promise_date), up(at.probability), words)
	return picture


def _mark(picture: Picture, x: float, y: float, words: str) -> None:
	picture.dot(x, y)
	left = x > 600
	picture.text(x - 4 if left else x + 10, y + 20, words, anchor="end" if left else "start")


PICTURES: Mapping[str, Callable[[], Picture]] = {
	"concept-atp.svg": available,
	"concept-dates.svg": dates,
	"concept-pegs.svg": pegs,
	"concept-probability.svg": probability,
}


@cache
def drawn() -> Mapping[str, str]:
	"""Every picture, as text."""
	return {name: draw().svg() for name, draw in PICTURES.items()}


def main() -> int:
	"""Write the pictures, or with --check compare them; 1 if one differs."""
	arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	arguments.add_argument("--check", action="store_true", help="compare, and write nothing")
	check, differ = arguments.parse_args().check, []
	for name, wanted in drawn().items():
		if not check:
			(IMAGES / name).write_text(wanted, encoding="utf-8")
		elif not (IMAGES / name).exists() or (IMAGES / name).read_text(encoding="utf-8") != wanted:
			differ.append(name)
	if differ:
		print(
			f"{', '.join(differ)}: not what the engine says; run python -m scripts.concept_pictures",
			file=sys.stderr,
		)
	return 1 if differ else 0


if __name__ == "__main__":
	sys.exit(main())
