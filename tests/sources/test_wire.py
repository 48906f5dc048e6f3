"""Facts as one JSON object: what goes in comes out, and nothing is made up for what is missing."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.sources.snapshot import SnapshotFile
from otp_app.sources.snapshot.wire import told, understood


@pytest.fixture(scope="module")
def sent() -> dict[str, Any]:
	demo = SnapshotFile(DEMO_SNAPSHOT)
	message: dict[str, Any] = json.loads(json.dumps(told(demo.snapshot(demo.item_codes()))))
	return message


@pytest.fixture
def message(sent: dict[str, Any]) -> dict[str, Any]:
	return copy.deepcopy(sent)


def test_what_is_told_is_understood(message: dict[str, Any]):
	demo = SnapshotFile(DEMO_SNAPSHOT)
	assert understood(message) == demo.snapshot(demo.item_codes())


def test_no_field_can_be_left_out(message: dict[str, Any]):
	for name in list(message["facts"]):
		short = {**message, "facts": {key: value for key, value in message["facts"].items() if key != name}}
		with pytest.raises(ValueError, match=name):
			understood(short)


def test_no_field_of_a_fact_can_be_left_out(message: dict[str, Any]):
	del message["facts"]["supplies"][0]["withheld"]
	with pytest.raises(ValueError, match="supplies cannot be read"):
		understood(message)


@pytest.mark.parametrize(
	"field, value, told_",
	[
		("supplies", None, "a fact cannot be read"),
		("supplies", [1], "a fact cannot be read"),
		("items", [], "a fact cannot be read"),
		("precision", "3", "precision cannot be read"),
		("taken_at", "yesterday", "a fact cannot be read"),
		("taken_at", "2026-03-09T10:00:00", "taken_at has no time zone"),
		("settings", {}, "settings cannot be read"),
	],
)
def test_a_field_of_another_type_is_refused(message: dict[str, Any], field: str, value: Any, told_: str):
	message["facts"][field] = value
	with pytest.raises(ValueError, match=told_):
		understood(message)


@pytest.mark.parametrize("value", [None, "10", True, [], {}, "x"])
def test_a_quantity_that_is_no_number_is_refused(message: dict[str, Any], value: Any):
	qty = message["facts"]["supplies"][0]["qty"]
	message["facts"]["supplies"][0]["qty"] = value if value is not True else "true"
	assert qty != value
	with pytest.raises(ValueError, match="cannot be read"):
		understood(message)


@pytest.mark.parametrize("message_", [None, [], {}, {"facts": 1}, "x"])
def test_what_are_no_facts_at_all_is_refused(message_: Any):
	with pytest.raises(ValueError, match="no facts"):
		understood(message_)


def test_facts_of_another_version_are_refused(message: dict[str, Any]):
	message["version"] = 1
	with pytest.raises(ValueError, match="version 1"):
		understood(message)
