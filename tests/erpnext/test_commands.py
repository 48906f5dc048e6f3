"""The commands of `bench --site SITE`, run as bench runs them."""

import subprocess
import sys
from pathlib import Path

import frappe

from otp_app.sources.snapshot import SnapshotFile


def bench(*arguments: str) -> subprocess.CompletedProcess:
	command = [sys.executable, "-W", "ignore", "-m", "frappe.utils.bench_helper", "frappe"]
	command += ["--site", frappe.local.site, *arguments]
	return subprocess.run(command, capture_output=True, text=True)


def test_otp_snapshot_writes_a_file_that_can_be_promised_from(tmp_path: Path):
	ran = bench("otp-snapshot", str(tmp_path / "site.sqlite"))
	assert ran.returncode == 0, ran.stderr
	assert "items" in ran.stdout
	snapshot = SnapshotFile(tmp_path / "site.sqlite").snapshot([])
	assert snapshot.customers is None
	assert snapshot.warehouses.keys() == set(frappe.get_all("Warehouse", pluck="name"))


def test_otp_snapshot_names_an_item_that_does_not_exist(tmp_path: Path):
	ran = bench("otp-snapshot", str(tmp_path / "site.sqlite"), "--items", "No Such Item")
	assert (ran.returncode, ran.stderr) == (1, "Error: There is no item No Such Item.\n")
	assert not (tmp_path / "site.sqlite").exists()


def test_otp_snapshot_says_that_a_folder_is_missing(tmp_path: Path):
	ran = bench("otp-snapshot", str(tmp_path / "nowhere" / "site.sqlite"))
	assert ran.returncode == 1
	assert "cannot be written: No such file or directory." in ran.stderr


def test_otp_reconcile_tells_how_many_bins_it_checked():
	ran = bench("otp-reconcile")
	bins = frappe.db.count("Bin")
	assert ran.returncode == 0, ran.stdout + ran.stderr
	assert f"{bins} Bins checked: 0 stale, 0 unexplained." in ran.stdout
