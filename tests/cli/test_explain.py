"""`otp explain`: the ATP ledger of an item."""

from __future__ import annotations

import json

from tests.cli.conftest import Otp

LOCK = """\
As of 2026-03-09 10:00 Europe/Berlin, when the snapshot was taken

LOCK in Stores - RS
  Available to promise, in Nos: 0 today, 20 from 2026-03-18

Day         What                                                  Due         Qty  Net  ATP
----------  ----------------------------------------------------  ----------  ---  ---  ---
2026-03-09  on hand                                                           +12
            sales order SAL-ORD-2026-00019                        2026-03-04  -10    2    0
2026-03-12  hold OTP-HOLD-00004                                                -1    1    0
2026-03-13  work order material MFG-WO-2026-00009                              -1    0    0
2026-03-18  purchase order PUR-ORD-2026-00012 (Schloss & Riegel)  2026-03-17  +24   24   20
2026-03-20  subcontracting material SC-ORD-2026-00003                          -2   22   20
2026-03-23  production plan MFG-PP-2026-00001                                  -2   20   20

Nothing more is promised: its fulfilment mode is ATP only.
"""


def test_the_ledger_has_every_supply_and_commitment_with_net_and_atp(otp: Otp):
	ran = otp("explain", "LOCK")
	assert ran.code == 0
	assert ran.out == LOCK


def test_what_does_not_count_is_listed_with_why(otp: Otp):
	out = otp("explain", "HELMET", "--warehouse", "Stores - RS").out
	assert "Not counted" in out
	assert "purchase order PUR-ORD-2026-00014 (Kopf AG)  2026-03-19  +60  on hold" in out
	assert "the batch is expired" in otp("explain", "CHAIN-OIL").out
	assert "the settings leave it out" in otp("explain", "LOCK-PRO").out


def test_all_warehouses_or_one_or_those_of_a_group(otp: Otp):
	assert "HELMET in Finished Goods - RS" in otp("explain", "HELMET").out
	assert "HELMET in Stores - RS" in otp("explain", "HELMET").out
	assert "HELMET in Finished Goods - RS" not in otp("explain", "HELMET", "--warehouse", "Stores - RS").out
	assert otp("explain", "HELMET", "--warehouse", "All Warehouses - RS").out == otp("explain", "HELMET").out


def test_more_than_is_on_its_way_can_be_bought_or_made(otp: Otp):
	assert otp("explain", "HELMET").out.endswith("More can be bought in 8 working days.\n")
	assert otp("explain", "CITY-BIKE").out.endswith("More can be made in 10 working days.\n")
	assert otp("explain", "CHAIN-OIL").out.endswith("Nothing more is promised: it has no lead time.\n")


def test_an_item_without_a_ledger_says_so(otp: Otp):
	assert "Nothing of TOUR-BIKE is on hand, on its way or owed." in otp("explain", "TOUR-BIKE").out
	assert (
		"is a bundle: what can be promised is that of CITY-BIKE, HELMET, LOCK."
		in otp("explain", "COMMUTER-SET").out
	)
	assert "ASSEMBLY is no stock item: it needs no stock." in otp("explain", "ASSEMBLY").out


def test_json_has_the_same_ledger(otp: Otp):
	answer = otp("explain", "LOCK", "--json").answer
	assert answer["item_code"] == "LOCK"
	(ledger,) = answer["ledgers"]
	assert ledger["warehouse"] == "Stores - RS"
	assert ledger["levels"][0] == {
		"day": "2026-03-09",
		"arriving": 12.0,
		"leaving": 10.0,
		"net": 2.0,
		"atp": 0.0,
	}
	assert len(ledger["entries"]) == 7


def test_now_moves_what_is_overdue(otp: Otp):
	assert otp("explain", "LOCK", "--now", "2026-03-20").out.splitlines()[0] == (
		"As of 2026-03-20 00:00 Europe/Berlin, as asked with --now"
	)


def test_unknown_names_are_all_told_with_what_is_close(otp: Otp):
	ran = otp("explain", "lokc", "--warehouse", "Store - RS")
	assert ran.code == 2
	assert ran.errors == [
		"Error: There is no item lokc: did you mean LOCK?",
		"Error: There is no warehouse Store - RS: did you mean Stores - RS?",
	]
	body = json.loads(otp("explain", "qqq", "--json").err)
	assert body["error"]["code"] == "UNKNOWN_ITEM"
	assert "there are ASSEMBLY, CHAIN-OIL" in body["error"]["message"]


def test_an_item_is_needed(bare_otp: Otp):
	ran = bare_otp("explain")
	assert ran.code == 2
	assert "Missing argument 'ITEM'" in ran.err
