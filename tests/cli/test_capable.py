"""What is made and bought, level by level, as `otp` shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from otp_app.cli.paint import plain
from otp_app.cli.tree import tree_blocks
from otp_app.engine.capable.facts import BomLine
from otp_app.engine.policy import Settings
from otp_app.sources.snapshot import write_snapshot
from tests.cli.conftest import Otp
from tests.engine.capable.workshop import bench, bom, order, part, product, promised, stock, tree, workshop
from tests.values import day

TREE = """\
What 4 of BIKE need
  Item             Qty  From                                    Begins      There       Why then
------------  --------  --------------------------------------  ----------  ----------  ------------------------------------------------------------------------------------
> BIKE           4 Nos  to be made                              2026-03-16  2026-03-17  BIKE waits until 2026-03-16 for FRAME (to be made).
>   FRAME        4 Nos  to be made (start 5 Nos)                2026-03-16  2026-03-16  FRAME waits until 2026-03-16 for TUBE (to be bought).
      LUG        5 Nos  stock in Stores - RS                    -           2026-03-09
>     TUBE      15 Nos  to be bought (order 50 Nos)             2026-03-09  2026-03-16  15 Nos of TUBE must be bought: lead time 5 working day(s), so available on 2026-03-16.
    WHEEL        8 Nos  Purchase Order PO-1                     -           2026-03-12
    SADDLE-B     4 Nos  stock in Stores - RS, instead of SADDLE  -           2026-03-09
  > sets the date
"""


@pytest.fixture
def bicycles(tmp_path: Path) -> str:
	facts = workshop(
		product(whole=True),
		product("FRAME", whole=True, mode=None),
		part("TUBE", 5, min_order_qty=50.0),
		part("SADDLE", 20),
		bom("BIKE", ("FRAME", 1), ("WHEEL", 2), BomLine("SADDLE", 1, alternatives=("SADDLE-B",))),
		bom("FRAME", ("LUG", 1), ("TUBE", 3), loss=0.2),
		bench(load={day(1): 60.0}),
		stock("LUG", 9),
		stock("SADDLE-B", 9),
		order("WHEEL", 20, 3),
		settings=Settings(),
	)
	write_snapshot(facts, tmp_path / "bicycles.sqlite")
	return str(tmp_path / "bicycles.sqlite")


def test_a_promise_shows_the_tree_of_what_is_made(bare_otp: Otp, bicycles: str):
	ran = bare_otp("promise", "--item", "BIKE=4", "--snapshot", bicycles)
	assert ran.code == 0
	assert "to be made, there by 2026-03-17" in ran.out
	assert [line.split() for line in TREE.splitlines()][3:] == [
		line.split() for line in _table(ran.out, "What 4 of BIKE need")[3:]
	]
	assert "Material Request (Manufacture): 4 Nos of BIKE in Stores - RS by 2026-03-17" in ran.out


def _table(out: str, title: str) -> list[str]:
	lines = out.splitlines()
	start = lines.index(title)
	return lines[start : lines.index("  > sets the date", start) + 1]


def test_json_carries_the_tree(bare_otp: Otp, bicycles: str):
	answer = bare_otp("promise", "--item", "BIKE=4", "--snapshot", bicycles, "--json").answer
	root = answer["plan"][0]["fulfillment"][0]["tree"]
	assert list(root) == [
		"item_code",
		"qty",
		"uom",
		"warehouse",
		"how",
		"available_date",
		"arrival_date",
		"start_date",
		"bom",
		"document",
		"order_qty",
		"operations",
		"instead_of",
		"critical",
		"constraint",
		"children",
	]
	assert (root["how"], root["bom"], root["critical"]) == ("make", "BOM-BIKE-001", True)
	assert root["operations"] == [
		{
			"operation": "Assemble",
			"workstation": "Montage 1",
			"minutes": 240.0,
			"start_date": "2026-03-16",
			"end_date": "2026-03-17",
		}
	]
	assert root["constraint"]["code"] == "CTP_MATERIAL"
	assert root["children"][1]["document"] == {"doctype": "Purchase Order", "name": "PO-1"}


def test_explain_shows_what_a_quantity_needs(bare_otp: Otp, bicycles: str):
	out = bare_otp("explain", "BIKE", "--qty", "4", "--snapshot", bicycles).out
	assert "More can be made: --qty shows what that needs, and when it is there." in out
	assert "What 4 of BIKE in Stores - RS need" in out
	assert "to be bought (order 50 Nos)" in out


def test_explain_keeps_to_the_items_mode_unless_told_otherwise(bare_otp: Otp, bicycles: str):
	def shown(*more: str) -> list[str]:
		answer = bare_otp("explain", "FRAME", "--qty", "4", *more, "--snapshot", bicycles, "--json").answer
		return [child["item_code"] for node in answer["requirements"] for child in node["children"]]

	assert shown() == []
	assert shown("--ctp") == ["LUG", "TUBE"]


def test_a_dead_end_is_shown_where_it_is(bare_otp: Otp, tmp_path: Path):
	write_snapshot(workshop(product(), part("FRAME"), bom("BIKE", ("FRAME", 1))), tmp_path / "a.sqlite")
	snapshot = ("--snapshot", str(tmp_path / "a.sqlite"))
	out = bare_otp("explain", "BIKE", "--qty", "1", *snapshot).out
	assert "never  FRAME must be bought, and has no lead time: set one on the item." in out
	assert out.endswith("  > stands in the way\n")
	ran = bare_otp("promise", "--item", "BIKE=1", *snapshot)
	assert ran.code == 1
	assert "  - FRAME must be bought, and has no lead time: set one on the item." in ran.out


@pytest.mark.parametrize("qty", ["0", "-1", "many", "inf", "nan"])
def test_a_quantity_that_is_none_is_refused(bare_otp: Otp, bicycles: str, qty: str):
	ran = bare_otp("explain", "BIKE", f"--qty={qty}", "--snapshot", bicycles)
	assert ran.code == 2
	assert ran.errors == [f"Error: --qty must be a number above 0, not '{qty}'."]


def test_parts_of_a_whole_unit_and_bundles_are_refused(otp: Otp):
	assert otp("explain", "LOCK", "--qty", "2.5").errors == ["Error: LOCK comes in whole Nos only, not 2.5."]
	assert otp("explain", "STARTER-SET", "--qty", "2").errors == [
		"Error: STARTER-SET is a bundle: ask for a quantity of one of its components."
	]


def test_ctp_without_a_quantity_is_refused(bare_otp: Otp, bicycles: str):
	ran = bare_otp("explain", "BIKE", "--ctp", "--snapshot", bicycles)
	assert (ran.code, ran.errors) == (2, ["Error: --ctp needs a quantity: give --qty."])


def test_a_warehouse_that_nothing_is_sold_from_is_refused(otp: Otp):
	ran = otp("explain", "LOCK", "--qty", "5", "--warehouse", "Goods In Transit - RS")
	assert ran.code == 2
	assert ran.errors == [
		"Error: Nothing is promised from there: name a warehouse that is sold from with --warehouse."
	]


def test_a_tree_without_a_critical_node_has_no_legend():
	root = tree(promised(workshop(product(), bom("BIKE", ("FRAME", 1)), stock("FRAME", 5)), 5))
	(child,) = root.children
	text = [line for block in tree_blocks("Needs", [child]) for line in plain(block, None)]
	assert text[-1].split()[:2] == ["FRAME", "5"]
