"""`otp backorder` and `otp whatif`, as a planner and as a script use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otp_app.sources.snapshot import write_snapshot
from tests.cli.conftest import Otp, Ran
from tests.values import SnapshotFactory, bike_company

EXPORT = {"customers": ["Cycles du Rhône"]}


@pytest.fixture
def otp(bare_otp: Otp, tmp_path: Path) -> Otp:
	"""`otp` on the bicycle maker's order book, with values."""
	path = tmp_path / "book.sqlite"
	write_snapshot(bike_company(), path, customers=True, values=True)
	return lambda *arguments, **more: bare_otp(*arguments, "--snapshot", str(path), **more)


def rows(ran: Ran) -> dict[str, str]:
	"""The lines of the order table by order."""
	found = [line for line in ran.out.splitlines() if line.startswith(("SAL-ORD", "NEW-ORDER"))]
	return {line.split()[0]: line for line in found}


def test_shows_what_changes_what_it_comes_to_and_why(otp: Otp):
	ran = otp("backorder")
	assert ran.code == 0
	assert ran.out.startswith("Backorder processing, simulated: nothing is changed\n")
	assert "worse          2       2  2,650.00" in ran.out
	assert "all            4       4  5,949.90" in ran.out
	assert "Cycles du Rhône         0          0      2     0" in ran.out
	assert set(rows(ran)) == {"SAL-ORD-2026-00019", "SAL-ORD-2026-00023"}
	assert "wait for Work Order MFG-WO-2026-00007" in rows(ran)["SAL-ORD-2026-00023"]


def test_segments_say_who_goes_before_whom(otp: Otp):
	segments = (
		"--segment",
		"win:customers=Cycles du Rhône",
		"--segment",
		"redistribute:sort=requested,-value",
	)
	ran = otp("backorder", *segments)
	assert rows(ran).keys() == {"SAL-ORD-2026-00019", "SAL-ORD-2026-00021"}
	assert "exception" in rows(ran)["SAL-ORD-2026-00019"]
	assert rows(ran)["SAL-ORD-2026-00021"].endswith(
		"SAL-ORD-2026-00023 takes CITY-BIKE before it: segment win (win)."
	)


def test_rules_come_from_a_file_or_stdin(otp: Otp, tmp_path: Path):
	given = {"segments": [{"name": "abroad", "strategy": "win", **EXPORT}, {"strategy": "fill"}]}
	file = tmp_path / "rules.json"
	file.write_text(json.dumps(given), encoding="utf-8")
	from_file = otp("backorder", "--rules", str(file), "--json").answer
	assert from_file == otp("backorder", "--rules", "-", "--json", stdin=json.dumps(given)).answer
	assert set(from_file["by_segment"]) == {"abroad", "fill"}


def test_json_has_the_comparison_and_the_lines_that_are_asked_for(otp: Otp):
	answer = otp("backorder", "--json", "--only", "unchanged", "--only", "worse").answer
	assert answer["comparison"]["worse"] == {"lines": 2, "orders": 2, "value": "2650.00"}
	assert answer["late"] == {"lines": 2, "explained": 1.0}
	assert len(answer["lines"]) == 4
	late = next(line for line in answer["lines"] if line["order"] == "SAL-ORD-2026-00023")
	assert (late["before"], late["after"], late["change"]) == ("2026-03-18", "2026-03-20", "worse")
	assert [reason["code"] for reason in late["reasons"]] == ["FROM_RECEIPT", "GOES_BEFORE"]
	assert late["reasons"][0]["values"]["document"] == "MFG-WO-2026-00007"


def test_only_and_customer_filter_the_lines(otp: Otp):
	assert rows(otp("backorder", "--only", "lost")) == {}
	assert rows(otp("backorder", "--only", "unchanged")).keys() == {
		"SAL-ORD-2026-00021",
		"SAL-ORD-2026-00022",
	}
	assert rows(otp("backorder", "--customer", "Velo Nord")) == {}
	assert len(rows(otp("backorder", "--only", "late", "--customer", "Cycles du Rhône"))) == 2


def test_a_long_table_is_cut_and_says_so(otp: Otp):
	ran = otp("backorder", "--limit", "1")
	assert len(rows(ran)) == 1
	assert "... and 1 more: --limit 0 shows all." in ran.out
	assert len(rows(otp("backorder", "--limit", "0"))) == 2


def test_dates_move_only_for_enough_days(otp: Otp):
	answer = otp("backorder", "--least-gain-days", "30", "--json").answer
	assert answer["comparison"]["improved"]["lines"] == 0


def test_a_delay_tells_who_waits_longer(otp: Otp):
	ran = otp("whatif", "--delay", "MFG-WO-2026-00007=2026-04-20")
	assert ran.code == 0
	assert "2026-03-20  2026-03-30  worse" in rows(ran)["SAL-ORD-2026-00023"]
	assert "must be made: lead time 10 working day(s)" in rows(ran)["SAL-ORD-2026-00023"]


def test_more_stock_tells_who_gets_better(otp: Otp):
	for place in ("CITY-BIKE=5@Finished Goods - RS", "CITY-BIKE=5@Finished Goods - RS:2026-03-11"):
		assert "improved" in rows(otp("whatif", "--add", place))["SAL-ORD-2026-00023"]


def test_a_warehouse_that_is_lost_loses_its_orders(otp: Otp):
	lost = rows(otp("whatif", "--lose", "Finished Goods - RS", "--only", "lost"))
	assert lost.keys() == {"SAL-ORD-2026-00021", "SAL-ORD-2026-00023"}
	assert "nothing is promised from this warehouse" in lost["SAL-ORD-2026-00021"]
	everything = otp("whatif", "--lose", "All Warehouses - RS", "--json").answer
	assert everything["comparison"]["lost"]["lines"] == 4


def test_an_order_that_is_taken_goes_first_and_the_others_keep_what_they_can(otp: Otp):
	order = {
		"customer": "Velo Nord",
		"items": [{"item_code": "CITY-BIKE", "qty": 5}, {"item_code": "STARTER-SET", "qty": 1}],
		"desired_date": "2026-03-12",
	}
	answer = otp(
		"whatif", "--take", "-", "--json", "--only", "improved", "--only", "worse", stdin=json.dumps(order)
	).answer
	found = {(line["order"], line["item_code"]): line["after"] for line in answer["lines"]}
	assert found[("NEW-ORDER", "CITY-BIKE")] == found[("NEW-ORDER", "STARTER-SET")] == "2026-03-12"
	assert ("SAL-ORD-2026-00021", "CITY-BIKE") in found


@pytest.mark.parametrize(
	("arguments", "said"),
	[
		(("--delay", "PUR"), "--delay must be DOCUMENT=DATE, not 'PUR'."),
		(("--delay", "PUR=soon"), "delay: the day must be a date such as 2026-03-31, not 'soon'."),
		(
			("--delay", "PUR-ORD-2026-00015=2026-04-01"),
			"No supply comes from PUR-ORD-2026-00015: did you mean PUR-ORD-2026-00014 or PUR-ORD-2026-00012 or "
			"PUR-ORD-2026-00011?",
		),
		(
			("--add", "LOCK=3"),
			"--add must be ITEM=QTY@WAREHOUSE or ITEM=QTY@WAREHOUSE:DATE, not 'LOCK=3'.",
		),
		(("--add", "LOCK=many@Stores - RS"), "add: the quantity must be a number, not 'many'."),
		(
			("--add", "LOCK=0@Stores - RS"),
			"add: the quantity must be more than 0 and at most 1000000000, not 0.",
		),
		(
			("--add", "LOCK=1@Stores - RS:2026-02-31"),
			"add: the day must be a date such as 2026-03-31, not '2026-02-31'.",
		),
		(("--add", "LOK=3@Stores - RS"), "There is no item LOK: did you mean LOCK?"),
		(
			("--lose", "Stores"),
			"There is no warehouse Stores: did you mean Stores - RS?",
		),
		((), "Nothing is supposed: give --delay, --add, --lose or --take."),
	],
)
def test_what_cannot_be_supposed_is_told(otp: Otp, arguments: tuple[str, ...], said: str):
	ran = otp("whatif", *arguments)
	assert (ran.code, ran.out, ran.errors) == (2, "", [f"Error: {said}"])


def test_all_that_is_wrong_is_told_at_once(otp: Otp):
	ran = otp("whatif", "--lose", "Nowhere", "--add", "Nothing=1@Nowhere")
	assert ran.code == 2
	assert len(ran.errors) == 3


@pytest.mark.parametrize(
	("arguments", "said"),
	[
		(("--segment", "best"), "segments[0].strategy must be 'win', 'gain', 'redistribute', 'fill', 'lose' or 'skip', not 'best'."),
		(("--segment", "win:colour=red"), "segments[0].colour is not a field of backorder rules: check its spelling."),
		(
			("--segment", "win:sort=luck"),
			"segments[0].sort: luck is nothing to sort by; use priority, customer, requested, ordered_on, value, with a "
			"minus for the other way round.",
		),
		(
			("--segment", "win:requested_before=soon"),
			"segments[0].requested_before must be a date such as 2026-03-31, not 'soon'.",
		),
		(("--least-gain-days", "-1"), "least_gain_days must be at least 0, not '-1'."),
		(("--rules", "x.json", "--segment", "win"), "Give --rules or --segment, not both."),
		(("--rules", "nowhere.json"), "nowhere.json cannot be read: No such file or directory."),
		(
			("--customer", "Velo Nrod"),
			"No open line is customer Velo Nrod's: did you mean Velo Nord?",
		),
	],
)  # fmt: skip
def test_bad_rules_are_told(otp: Otp, arguments: tuple[str, ...], said: str):
	ran = otp("backorder", *arguments)
	assert (ran.code, ran.out, ran.errors) == (2, "", [f"Error: {said}"])


def test_rules_without_segments_are_refused(otp: Otp):
	ran = otp("backorder", "--rules", "-", stdin='{"segments": []}')
	assert ran.errors == ["Error: segments: give at least one segment."]


def test_a_snapshot_without_orders_says_so(bare_otp: Otp, tmp_path: Path):
	write_snapshot(SnapshotFactory(), tmp_path / "empty.sqlite")
	ran = bare_otp("backorder", "--snapshot", str(tmp_path / "empty.sqlite"))
	assert ran.code == 2
	assert ran.errors[0].startswith("Error: The snapshot has no open order lines")


def test_without_customers_and_values_there_is_no_table_of_customers(bare_otp: Otp, tmp_path: Path):
	write_snapshot(bike_company(), tmp_path / "bare.sqlite")
	ran = bare_otp("backorder", "--snapshot", str(tmp_path / "bare.sqlite"))
	assert "Customer  " in ran.out  # the column
	assert "(no customer)" not in ran.out
	assert "all            4       4      -" in ran.out
