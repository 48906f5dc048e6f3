"""The books: for every Bin of a busy site, what we read equals ERPNext's own projected quantity; and the order book."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import frappe

from otp_app.engine.backorder.rules import Strategy, everything
from otp_app.engine.backorder.run import simulate
from otp_app.engine.facts import Commitment, CommitmentKind, Snapshot, Withheld
from otp_app.sources.site.commitments import read_commitments
from otp_app.sources.site.export import whole_site
from otp_app.sources.site.reconcile import Difference, reconcile
from tests.erpnext.busy_site import busy_site

# Bins of the busy site that ERPNext itself leaves stale, and the part of them that it does not keep up.
LEFT_STALE = {
	# A second Work Order's process loss is not planned away.
	("Grip with loss", "planned_qty"),
	# Purchase and Subcontracting Orders overwrite each other, and only one row of the latter counts.
	("Frame ordered twice", "ordered_qty"),
	("Frame bought, then painted", "ordered_qty"),
	("Frame painted, then bought", "ordered_qty"),
	# "Update Items" takes a bundle off an order and leaves its components reserved.
	("Flag of a set taken away", "reserved_qty"),
	# Work Orders that take planned material from another warehouse do not free the planned one.
	("Tube of Post made from the shop", "reserved_qty_for_production_plan"),
	("Paint of Post made from the shop", "reserved_qty_for_production_plan"),
	# A sub-assembly's reservation is overwritten when the Work Order that needs it is submitted.
	("Wheel sub-assembly 2", "reserved_qty_for_production_plan"),
}


BOOK = (CommitmentKind.SALES_ORDER, CommitmentKind.PACKED_ITEM)


@dataclass(frozen=True)
class Busy:
	"""What was read of a busy site: Bins checked and how they differ, what is owed, and all that a snapshot has."""

	checked: int
	differences: list[Difference]
	owed: list[Commitment]
	whole: Snapshot


@pytest.fixture(scope="module", params=[False, True], ids=["returns owed again", "returns free the order"])
def busy(request: pytest.FixtureRequest) -> Iterator[Busy]:
	"""The busy site, read once for all tests here, and gone again."""
	frappe.db.begin()
	try:
		busy_site(returns_free_the_order=request.param)
		stocked = frappe.get_all("Item", {"is_stock_item": 1}, pluck="name")
		owed = list(read_commitments(stocked, excluding=None, documents=True))
		yield Busy(*reconcile(), owed, whole_site(customers=True))
	finally:
		frappe.db.rollback()


def test_every_bin_of_a_busy_site_reconciles_with_projected_qty(busy: Busy):
	print(
		f"\nOracle: {busy.checked} Bins checked, {len(busy.differences)} differences, all of them stale Bins:"
	)
	for difference in busy.differences:
		print(f"  {difference}")
	assert busy.checked > 140
	assert [difference for difference in busy.differences if not difference.explained] == []
	assert {(d.item_code, field) for d in busy.differences for field, _, _ in d.stale} == LEFT_STALE


def test_every_open_line_of_a_busy_site_adds_up_to_its_commitment(busy: Busy):
	owed: dict[tuple, float] = defaultdict(float)
	for c in busy.owed:
		if c.kind in BOOK and c.withheld in (None, Withheld.UNCONFIRMED):
			due = None if c.withheld else c.due
			owed[c.kind, c.item_code, c.warehouse, due, c.document] += c.qty
	told: dict[tuple, float] = defaultdict(float)
	for line in busy.whole.open_lines:
		told[line.kind, line.item_code, line.warehouse, line.confirmed, line.order] += line.qty

	print(
		f"\nOrder book: {len(busy.whole.open_lines)} open lines, {len(owed)} commitments by document and day"
	)
	assert len(busy.whole.open_lines) > 25
	assert rounded(told) == rounded(owed)
	assert {kind for kind, *_ in told} == set(BOOK)


def rounded(sums: dict[tuple, float]) -> dict[tuple, float]:
	return {key: round(qty, 6) for key, qty in sums.items()}


@pytest.mark.parametrize("strategy", Strategy, ids=lambda strategy: strategy.value)
def test_the_book_of_a_busy_site_is_promised_anew_and_every_late_line_says_why(
	busy: Busy, strategy: Strategy
):
	book = busy.whole
	run = simulate(book, everything(strategy), book.taken_at)
	assert len({(o.line.order, o.line.row) for o in run.outcomes}) == len(run.outcomes)
	assert sum(len(outcome.parts) for outcome in run.outcomes) == len(book.open_lines)
	assert run.explained == 1.0
	print(f"\n{strategy.value}: {len(run.late)} of {len(run.outcomes)} lines late")
