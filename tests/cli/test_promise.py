"""`otp promise`: what a person reads, what a machine reads, and what it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otp_app.cli.render import days, long_date
from otp_app.engine.facts import Withheld
from otp_app.engine.policy import FulfilmentMode
from otp_app.sources.snapshot import write_snapshot
from tests.cli.conftest import Otp
from tests.values import ItemFactory, PurchaseOrderSupplyFactory, SnapshotFactory, day


def test_an_order_from_stock_is_promised_at_a_glance(otp: Otp):
	ran = otp("promise", "--item", "CITY-BIKE=1", "--customer", "Velo Nord", "--desired-date", "2026-03-31")
	assert ran.code == 0
	assert ran.err == ""
	assert ran.out.splitlines()[:5] == [
		"Promised for Wednesday 11 March 2026 (2026-03-11): on time",
		"  Customer:   Velo Nord",
		"  Desired:    2026-03-31 (LATEST_ACCEPTABLE): 99.5 % sure",
		"  Confidence: HIGH (99.5 %)",
		"  As of:      2026-03-09 10:00 Europe/Berlin, when the snapshot was taken",
	]
	assert "CITY-BIKE  1 Nos  2026-03-11  2026-03-10  99.5 %  stock in Finished Goods - RS" in ran.out
	assert "1 Nos of CITY-BIKE come from stock in Finished Goods - RS." in ran.out


def test_each_supply_of_a_line_has_a_row_and_each_reason_a_sentence(otp: Otp):
	ran = otp("promise", "--item", "CITY-BIKE=5")
	rows = ran.out.splitlines()
	line = next(index for index, row in enumerate(rows) if row.startswith("CITY-BIKE"))
	assert rows[line].split()[:3] == ["CITY-BIKE", "5", "Nos"]
	assert rows[line + 1].split()[0] == "1"
	assert rows[line + 1].endswith("stock in Finished Goods - RS")
	assert rows[line + 2].split()[0] == "4"
	assert rows[line + 2].endswith("Work Order MFG-WO-2026-00007, expected 2026-03-13")
	assert "\nWhy: CITY-BIKE\n" in ran.out


def test_a_late_order_says_by_how_much(otp: Otp):
	ran = otp("promise", "--item", "LOCK=2", "--desired-date", "2026-03-20")
	assert ran.code == 0
	assert ran.out.startswith("Promised for Monday 23 March 2026 (2026-03-23): 3 days late\n")
	assert "What would make it earlier" in ran.out


def test_an_order_kept_back_says_how_early_it_could_be(otp: Otp):
	desired = ("--desired-date", "2026-03-30", "--desired-date-mode", "NO_EARLY_DELIVERY")
	ran = otp("promise", "--item", "CITY-BIKE=1", *desired)
	assert "Promised for Monday 30 March 2026" in ran.out
	assert "  Earliest:   2026-03-12, kept back to the desired date" in ran.out


def test_what_must_be_bought_is_listed_as_a_material_request(otp: Otp):
	ran = otp("promise", "--item", "LOCK-PRO=30")
	assert ran.code == 0
	assert "to be bought, there by " in ran.out
	assert "To keep this date, raise\n  - Material Request (Purchase): " in ran.out


def test_a_shortage_cannot_be_fulfilled(otp: Otp):
	ran = otp("promise", "--item", "LOCK=50", "--item", "CITY-BIKE=1")
	assert ran.code == 1
	assert ran.out.startswith("Cannot be fulfilled\n")
	assert "What stands in the way\n  - 30 Nos of LOCK cannot be promised from Stores - RS" in ran.out
	assert "  short" in ran.out
	assert "Earliest" in ran.out
	assert "What would make it possible" in ran.out


def test_a_strict_date_that_is_missed_cannot_be_fulfilled(otp: Otp):
	ran = otp(
		"promise", "--item", "LOCK=2", "--desired-date", "2026-03-11", "--desired-date-mode", "STRICT_FAIL"
	)
	assert ran.code == 1
	assert "the desired date 2026-03-11 may not be missed." in ran.out


def test_supply_without_a_date_is_no_reliable_promise(bare_otp: Otp, tmp_path: Path):
	held = PurchaseOrderSupplyFactory(item_code="BELL", qty=10, withheld=Withheld.ON_HOLD, document="PO-1")
	item = ItemFactory(item_code="BELL", mode=FulfilmentMode.ATP_ONLY)
	write_snapshot(SnapshotFactory(items=[item], supplies=[held]), tmp_path / "bells.sqlite")
	ran = bare_otp("promise", "--item", "BELL=5", "--snapshot", str(tmp_path / "bells.sqlite"))
	assert ran.code == 3
	assert ran.out.startswith("No reliable date: supply is on its way, but nobody knows when\n")
	assert "PO-1 would bring 10 Nos of BELL, but it is on hold." in ran.out


def test_a_service_needs_no_stock(otp: Otp):
	ran = otp("promise", "--item", "ASSEMBLY=1")
	assert ran.code == 0
	assert "needs no stock" in ran.out


def test_components_of_a_bundle_stand_under_it(otp: Otp):
	rows = otp("promise", "--item", "COMMUTER-SET=1").out.splitlines()
	start = next(index for index, row in enumerate(rows) if row.startswith("COMMUTER-SET"))
	assert {row.split()[0] for row in rows[start + 1 : start + 4]} == {"CITY-BIKE", "HELMET", "LOCK"}


def test_json_is_the_contract_of_the_api(otp: Otp):
	ran = otp("promise", "--item", "CITY-BIKE=5", "--json")
	assert ran.code == 0
	assert list(ran.answer) == [
		"status",
		"promise_date",
		"promise_date_raw",
		"desired_date",
		"desired_date_mode",
		"on_time",
		"adjusted_due_to_no_early_delivery",
		"can_fulfill",
		"confidence",
		"probability",
		"on_time_probability",
		"plan",
		"reasons",
		"blockers",
		"options",
		"request_id",
		"calculated_at",
	]
	assert ran.answer["status"] == "OK"
	assert ran.answer["plan"][0]["fulfillment"][1]["document"]["name"] == "MFG-WO-2026-00007"
	assert ran.answer["calculated_at"] == "2026-03-09T10:00:00+01:00"


def test_the_same_order_gets_the_same_answer(otp: Otp):
	first, again = (
		otp("promise", "--item", "LOCK=2", "--item", "HELMET=70", "--json").answer for _ in range(2)
	)
	assert first.pop("request_id") != again.pop("request_id")
	assert first == again


ORDER = {"items": [{"item_code": "CITY-BIKE", "qty": 1}], "customer": "Cycles du Rhône"}


def test_an_order_comes_from_a_file_or_from_stdin(otp: Otp, tmp_path: Path):
	path = tmp_path / "order.json"
	path.write_text(json.dumps(ORDER, ensure_ascii=False), encoding="utf-8")
	from_file = otp("promise", "--order", str(path))
	assert from_file.code == 0
	assert "Customer:   Cycles du Rhône" in from_file.out
	assert otp("promise", "--order", "-", stdin=json.dumps(ORDER)).out == from_file.out


def test_flags_win_over_the_file(otp: Otp):
	order = ORDER | {"desired_date": "2026-03-31", "rules": {"shipment": "partial", "no_weekends": False}}
	flags = ("--customer", "Velo Nord", "--desired-date", "2026-03-30", "--shipment", "complete")
	ran = otp("promise", "--order", "-", *flags, "--json", stdin=json.dumps(order))
	assert ran.answer["desired_date"] == "2026-03-30"
	assert ran.answer["promise_date"] == "2026-03-11"


def test_every_rule_has_a_flag(otp: Otp):
	from otp_app.engine.request import Rules

	help_text = otp("promise", "--help").out
	flags = (
		*(
			"--no-weekends",
			"--weekend-day",
			"--cutoff-time",
			"--timezone",
			"--buffer-days",
			"--processing-days",
		),
		*("--desired-date-mode", "--shipment", "--minimum-split", "--service-level"),
		*("--sourcing", "--substitution", "--transfers", "--building-rule"),
	)
	assert all(flag in help_text for flag in flags)
	assert len(flags) == len(Rules.model_fields)


def test_rules_change_the_date(otp: Otp):
	def promised(*flags: str) -> str:
		return otp("promise", "--item", "CITY-BIKE=1", *flags, "--json").answer["promise_date"]

	assert promised() == "2026-03-12"
	assert promised("--buffer-days", "1") == "2026-03-13"
	assert promised("--buffer-days", "2") == "2026-03-16"
	assert promised("--buffer-days", "2", "--weekends") == "2026-03-14"
	assert promised("--processing-days", "2") == "2026-03-13"
	assert promised("--weekend-day", "Tuesday", "--weekend-day", "Wednesday") == "2026-03-14"
	assert promised("--cutoff-time", "09:00") == "2026-03-13"


def test_now_moves_the_order_and_is_shown(otp: Otp):
	ran = otp("promise", "--item", "CITY-BIKE=1", "--now", "2026-03-09T15:30")
	assert "As of:      2026-03-09 15:30 Europe/Berlin, as asked with --now" in ran.out
	assert "after the cutoff (14:00 Europe/Berlin)" in ran.out
	assert "2026-03-13" in ran.out.splitlines()[0]
	at = otp("promise", "--item", "CITY-BIKE=1", "--now", "2026-03-09T14:30:00Z", "--json").answer[
		"calculated_at"
	]
	assert at == "2026-03-09T14:30:00+00:00"


def test_excluding_an_order_frees_what_it_was_owed(otp: Otp):
	with_it = otp("promise", "--item", "CITY-BIKE=5", "--json").answer
	without = otp(
		"promise", "--item", "CITY-BIKE=5", "--exclude-order", "SAL-ORD-2026-00021", "--json"
	).answer
	assert without["promise_date"] < with_it["promise_date"]


def test_excluding_an_order_that_is_not_there_is_told(otp: Otp):
	ran = otp("promise", "--item", "CITY-BIKE=1", "--exclude-order", "SAL-ORD-9")
	assert ran.code == 0
	assert ran.errors == [
		"Note: nothing in the snapshot is owed to Sales Order SAL-ORD-9: nothing is excluded."
	]


@pytest.mark.parametrize(
	("item", "line"),
	[
		("A=5", {"item_code": "A", "qty": 5}),
		("A=1.5@Stores - RS", {"item_code": "A", "qty": 1.5, "warehouse": "Stores - RS"}),
		("BOLT=2 Box@Stores - RS", {"item_code": "BOLT", "qty": 2, "uom": "Box", "warehouse": "Stores - RS"}),
		("A=B=5", {"item_code": "A=B", "qty": 5}),
		("me@home=5", {"item_code": "me@home", "qty": 5}),
		("A=5@W=1", {"item_code": "A", "qty": 5, "warehouse": "W=1"}),
		(" A = 5 ", {"item_code": "A", "qty": 5}),
		("A=-5", {"item_code": "A", "qty": -5}),
		("A=five", {"item_code": "A", "qty": "five"}),
	],
)
def test_an_item_flag_is_read_as_meant(item: str, line: dict[str, object]):
	from otp_app.cli.order import payload

	assert payload(None, [item], {}, {}) == {"items": [line]}


def test_a_unit_is_converted(otp: Otp):
	assert otp("promise", "--item", "HELMET=1 Box", "--json").answer["plan"][0]["qty_required"] == 12


def test_every_problem_is_on_a_line_of_its_own(otp: Otp):
	items = (
		"--item",
		"HELMET=-5",
		"--item",
		"LOCK=x",
		"--item",
		"CITY-BIKE=1e308",
		"--item",
		"CITY-BIKE=nan",
	)
	ran = otp("promise", *items, "--desired-date", "soon", "--shipment", "drone", "--cutoff-time", "noon")
	assert ran.code == 2
	assert ran.out == ""
	assert ran.errors == [
		"Error: items[0].qty must be more than 0, not -5.",
		"Error: items[1].qty must be a number, not 'x'.",
		"Error: items[2].qty must be at most 1000000000, not 1e+308.",
		"Error: items[3].qty must be a finite number, not nan.",
		"Error: desired_date must be a date such as 2026-03-31, not 'soon'.",
		"Error: rules.cutoff_time must be a time such as 14:00, not 'noon'.",
		"Error: rules.shipment must be 'complete', 'per_line' or 'partial', not 'drone'.",
	]


def test_unknown_names_are_all_told(otp: Otp):
	ran = otp(
		"promise",
		"--item",
		"NOPE=1",
		"--item",
		"LOCK=1@Attic",
		"--item",
		"OLD-BIKE=1",
		"--customer",
		"Nobody",
	)
	assert ran.code == 2
	told = "\n".join(ran.errors)
	assert len(ran.errors) == 4
	assert all(name in told for name in ("NOPE", "Attic", "OLD-BIKE", "Nobody"))


def test_json_errors_are_the_error_body_on_stderr(otp: Otp):
	ran = otp("promise", "--item", "NOPE=1", "--item", "NADA=1", "--json")
	assert (ran.code, ran.out) == (2, "")
	body = json.loads(ran.err)
	assert body["error"]["code"] == "UNKNOWN_ITEM"
	assert body["error"]["field"] == "items[0].item_code"
	assert [problem["field"] for problem in body["error"]["problems"]] == [
		"items[0].item_code",
		"items[1].item_code",
	]
	assert body["request_id"]


@pytest.mark.parametrize(
	("arguments", "told"),
	[
		((), "There is no order: give --order FILE, or --item CODE=QTY as often as needed."),
		(("--item", "LOCK"), "--item must be CODE=QTY or CODE=QTY@WAREHOUSE, not 'LOCK'."),
		(("--item", "=5"), "--item must be CODE=QTY or CODE=QTY@WAREHOUSE, not '=5'."),
		(("--item", "A=1", "--order", "-"), "Give --order or --item, not both."),
		(("--order", "nowhere.json"), "nowhere.json cannot be read: No such file or directory."),
		(
			("--item", "LOCK=1", "--now", "tea time"),
			"--now must be a moment such as 2026-03-31T09:30, not 'tea time'.",
		),
	],
)
def test_a_wrong_command_says_what_is_right(otp: Otp, arguments: tuple[str, ...], told: str):
	ran = otp("promise", *arguments)
	assert (ran.code, ran.errors) == (2, [f"Error: {told}"])


@pytest.mark.parametrize(
	("text", "told"),
	[
		("", "stdin is not JSON: Expecting value: line 1 column 1 (char 0)."),
		('{"items": [', "stdin is not JSON"),
		("[" * 200_000, "stdin is not JSON"),
		("[]", 'stdin must hold one order: {"items": [{"item_code": ..., "qty": ...}]}.'),
		("null", "stdin must hold one order"),
		("{}", "items is missing: give a value."),
		('{"items": []}', "items is empty: give at least one line."),
		('{"items": {"LOCK": 1}}', "items must be a list."),
		('{"items": [3], "rules": 4, "colour": "red"}', "items[0] must be an object."),
		('{"items": [{"item_code": "LOCK", "qty": NaN}]}', "items[0].qty must be a finite number, not nan."),
		('{"items": [{"item_code": "LOCK", "qty": true}]}', "items[0].qty must be a number, not True."),
	],
)
def test_an_order_file_that_is_no_order_says_why(otp: Otp, text: str, told: str):
	ran = otp("promise", "--order", "-", stdin=text)
	assert ran.code == 2
	assert ran.errors[0].startswith(f"Error: {told}")


def test_rules_that_are_no_object_survive_flags(otp: Otp):
	ran = otp("promise", "--order", "-", "--shipment", "partial", stdin=json.dumps(ORDER | {"rules": 4}))
	assert (ran.code, ran.errors) == (2, ["Error: rules must be an object."])


def test_a_binary_order_file_is_refused(otp: Otp, bikes: Path):
	ran = otp("promise", "--order", str(bikes))
	assert ran.code == 2
	assert "is not text in UTF-8." in ran.errors[0]


def test_a_missing_snapshot_has_its_own_exit_code(bare_otp: Otp):
	ran = bare_otp("promise", "--item", "A=1", "--snapshot", "nowhere.sqlite")
	assert (ran.code, ran.out) == (4, "")
	assert ran.err.startswith(
		"Error: There is no snapshot file nowhere.sqlite: check its name, or export one"
	)


def test_a_broken_snapshot_has_its_own_exit_code(bare_otp: Otp, bikes: Path, tmp_path: Path):
	path = tmp_path / "half.sqlite"
	path.write_bytes(bikes.read_bytes()[:9000])
	ran = bare_otp("promise", "--item", "A=1", "--snapshot", str(path), "--json")
	assert (ran.code, ran.out) == (4, "")
	assert json.loads(ran.err)["error"]["code"] == "SOURCE_UNAVAILABLE"


def test_a_snapshot_broken_inside_is_unavailable_too(bare_otp: Otp, bikes: Path, tmp_path: Path):
	import sqlite3

	path = tmp_path / "edited.sqlite"
	path.write_bytes(bikes.read_bytes())
	with sqlite3.connect(path) as connection:
		connection.execute("UPDATE supplies SET kind = 'magic'")
	connection.close()
	ran = bare_otp("promise", "--item", "LOCK=1", "--snapshot", str(path))
	assert ran.code == 4
	assert "export it again" in ran.err


def test_exit_codes_are_in_the_help(bare_otp: Otp):
	for command in ((), ("promise",), ("explain",), ("demo",)):
		shown = bare_otp(*command, "--help").out
		assert "Exit codes:" in shown
		assert "4  the snapshot cannot be read" in shown


def test_small_words():
	assert [days(1), days(2)] == ["1 day", "2 days"]
	assert long_date(day(0)) == "Monday 9 March 2026 (2026-03-09)"


def test_each_kind_of_supply_has_a_name_in_the_table(otp: Otp):
	assert (
		"Stock Entry MAT-STE-2026-00031, expected"
		in otp("promise", "--item", "HELMET=1@Finished Goods - RS").out
	)
	assert (
		"Subcontracting Order SC-ORD-2026-00002 of Dreher KG, expected"
		in otp("promise", "--item", "LOCK-PRO=1").out
	)
	assert "to be made, there by" in otp("promise", "--item", "TOUR-BIKE=1").out
