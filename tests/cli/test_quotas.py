"""Quotas and protected minimums at the desk: what a person reads of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from otp_app.engine.facts import Allocation, Protection, QuotaPeriod
from otp_app.sources.snapshot import write_snapshot
from tests.cli.conftest import Otp
from tests.engine.asking import BARE
from tests.values import STORES, SnapshotFactory, SupplyFactory, day


@pytest.fixture
def site(tmp_path: Path) -> str:
	"""100 bikes; a quota of the web, and 60 bikes for the shop."""
	weeks = [QuotaPeriod(day(7 * week), day(7 * week + 6), 20.0) for week in range(4)]
	path = tmp_path / "site.sqlite"
	snapshot = SnapshotFactory(
		settings=replace(BARE),
		supplies=[SupplyFactory(item_code="BIKE", qty=100.0)],
		allocations=[Allocation("WEB", tuple(weeks), "BIKE", channel="Web")],
		protections=[Protection("OUR SHOP", "BIKE", STORES, day(0), day(30), 60.0, channel="Shop")],
	)
	write_snapshot(snapshot, path)
	return str(path)


def test_the_channel_says_which_quotas_and_protections_count(bare_otp: Otp, site: str):
	of_web = ("promise", "--snapshot", site, "--item", "BIKE=30", "--channel", "Web", "--shipment", "partial")
	ran = bare_otp(*of_web)
	assert ran.code == 0
	assert "30 Nos of BIKE in 2026-03-09 - 2026-03-15: quota WEB has 20 of 20 left." in ran.out
	assert "10 Nos of BIKE wait until 2026-03-16 for a quota that has room." in ran.out
	assert bare_otp("promise", "--snapshot", site, "--item", "BIKE=90", "--channel", "Shop").code == 0
	refused = bare_otp("promise", "--snapshot", site, "--item", "BIKE=90")
	assert refused.code == 1
	assert "60 Nos of BIKE in Stores - RS are protected from 2026-03-09 on for OUR SHOP." in refused.out


def test_explain_shows_what_is_protected_in_the_ledger(bare_otp: Otp, site: str):
	ran = bare_otp("explain", "BIKE", "--warehouse", STORES, "--snapshot", site)
	assert "protected OUR SHOP" in ran.out
	assert "Available to promise, in Nos: 40 today" in ran.out
