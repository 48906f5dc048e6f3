"""Bodies made at random: of a good one some fields are taken away, doubled, or given values of another kind."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from benchmarks.fuzzing.known import ITEMS, ORDERS, WAREHOUSES

# What a field may hold in place of what it should.
ODD: tuple[Any, ...] = (
	*(None, True, False, 0, -1, 1e308, -1e308, 1e-320, 10**400, 2**63, 0.1, float("nan"), float("inf")),
	*(
		"",
		" ",
		"0",
		"-1",
		"1e9",
		"null",
		"\x00",
		"\ud800",
		"é" * 200,
		"x" * 5_000,
		"2026-02-30",
		"9999-12-31",
	),
	*(
		"0001-01-01",
		"25:61",
		"12:00",
		"Mars/Olympus",
		"../../etc/passwd",
		"' OR 1=1 --",
		"<script>",
		"%s%n",
		"{0}",
	),
	*([], [[]], [None], {}, {"": ""}, {"items": {}}, [1, "a", None]),
)
RULES: dict[str, tuple[Any, ...]] = {
	"no_weekends": (True, False),
	"cutoff_time": ("12:00", "23:59"),
	"timezone": ("Europe/Paris", "UTC"),
	"lead_time_buffer_days": (0, 2, 400),
	"processing_lead_time_days": (0, 1, 30),
	"desired_date_mode": ("LATEST_ACCEPTABLE", "NO_EARLY_DELIVERY", "STRICT_FAIL"),
	"shipment": ("complete", "per_line", "partial", "COMPLETE", "PER_LINE", "PARTIAL"),
	"service_level": (0.5, 0.95, 1, 95),
	"substitution": (True, False),
	"sourcing": ("FIXED", "ANY"),
}


def made(path: str, chance: random.Random) -> dict[str, Any]:
	"""A body for a path, good in one of two cases."""
	body = BODIES[path](chance)
	while chance.random() < 0.5:
		body = _spoilt(body, chance)
	return body if isinstance(body, dict) else {"items": body}


def _promise(chance: random.Random) -> dict[str, Any]:
	body: dict[str, Any] = {"items": [_line(chance) for _ in range(chance.choice((0, 1, 1, 2, 5, 12)))]}
	if chance.random() < 0.5:
		body["customer"] = "Somebody"
	if chance.random() < 0.4:
		body["desired_date"] = f"2026-{chance.randint(1, 13):02}-{chance.randint(1, 31):02}"
	if chance.random() < 0.5:
		chosen = chance.sample(sorted(RULES), chance.randint(1, 4))
		body["rules"] = {name: chance.choice(RULES[name]) for name in chosen}
	return body


def _line(chance: random.Random) -> dict[str, Any]:
	line: dict[str, Any] = {
		"item_code": chance.choice(ITEMS),
		"qty": chance.choice((1, 3, 40, 0.5, 10_000, 1e15)),
	}
	if chance.random() < 0.5:
		line["warehouse"] = chance.choice(WAREHOUSES)
	if chance.random() < 0.2:
		line["uom"] = chance.choice(("Nos", "Box", "Kg"))
	return line


def _apply(chance: random.Random) -> dict[str, Any]:
	return {"sales_order": chance.choice(ORDERS), "expected_date": "2026-05-20"}


def _procurement(chance: random.Random) -> dict[str, Any]:
	return _promise(chance) if chance.random() < 0.5 else {"sales_order": chance.choice(ORDERS)}


BODIES: dict[str, Callable[[random.Random], dict[str, Any]]] = {
	"/otp/promise": _promise,
	"/otp/apply": _apply,
	"/otp/procurement-suggest": _procurement,
}


def _spoilt(value: Any, chance: random.Random) -> Any:
	"""One place of it, however deep, made odd."""
	if isinstance(value, dict) and value and chance.random() < 0.8:
		name = chance.choice(sorted(value))
		return _spoilt_field(value, name, chance)
	if isinstance(value, list) and value and chance.random() < 0.8:
		place = chance.randrange(len(value))
		return [*value[:place], _spoilt(value[place], chance), *value[place + 1 :]]
	return chance.choice(ODD)


def _spoilt_field(value: dict[str, Any], name: str, chance: random.Random) -> dict[str, Any]:
	how = chance.random()
	if how < 0.15:
		return {key: kept for key, kept in value.items() if key != name}
	if how < 0.25:
		return value | {name + chance.choice(("x", " ", "_")): value[name]}
	return value | {name: _spoilt(value[name], chance)}
