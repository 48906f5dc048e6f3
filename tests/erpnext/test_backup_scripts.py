"""A backup of the site is restored into a scratch site, and is the same; one that is broken is refused by name."""

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest

import frappe

from tests.erpnext.running_scripts import an_order, bench, manifest, script

__all__ = ["an_order"]


@pytest.fixture(scope="module")
def backup(an_order: str, tmp_path_factory) -> Path:
	"""A backup of the site."""
	folder = tmp_path_factory.mktemp("backups")
	done = script("backup.py", "--bench", bench(), "--site", frappe.local.site, "--to", folder)
	assert done.returncode == 0, done.stdout + done.stderr
	(made,) = folder.iterdir()
	return made


@pytest.fixture
def copy(backup: Path, tmp_path: Path) -> Path:
	"""The backup once more, to be broken."""
	return Path(shutil.copytree(backup, tmp_path / backup.name))


def verify(backup: Path):
	return script("backup_verify.py", "--bench", bench(), backup)


def scratch_databases() -> list[str]:
	return frappe.db.sql_list("show databases like %s", (r"\_otp\_verify\_%",))


def test_a_backup_is_restored_and_the_same(backup: Path, an_order: str):
	before = set(scratch_databases())
	done = verify(backup)
	assert done.returncode == 0, done.stdout + done.stderr
	assert "it was restored, and is the same" in done.stdout
	assert an_order in manifest(backup)["before"]["promises"]
	assert set(scratch_databases()) <= before
	assert backup.stat().st_mode & 0o077 == 0


def test_a_backup_that_was_cut_off_or_changed_is_refused(copy: Path):
	database = copy / "database.sql.gz"
	content = database.read_bytes()
	for broken in (
		content[: len(content) // 2],
		bytes([*content[:5000], content[5000] ^ 1, *content[5001:]]),
	):
		database.write_bytes(broken)
		done = verify(copy)
		assert done.returncode == 1
		assert "database.sql.gz is not what was written" in done.stdout


def test_a_dump_without_a_table_is_refused_by_name(copy: Path):
	"""As though the dump itself had been made without it: the checksums are right."""
	sql = gzip.decompress((copy / "database.sql.gz").read_bytes())
	without, found = re.subn(
		rb"DROP TABLE IF EXISTS `tabOrder Promise Line`;.*?(?=DROP TABLE IF EXISTS|\Z)",
		b"",
		sql,
		flags=re.DOTALL,
	)
	assert found == 1
	rewrite(copy, without)
	done = verify(copy)
	assert done.returncode == 1
	assert "table tabOrder Promise Line is missing" in done.stdout or "cannot be restored" in done.stdout


def test_a_dump_in_which_a_value_is_another_is_refused_by_its_table(copy: Path, an_order: str):
	sql = gzip.decompress((copy / "database.sql.gz").read_bytes())
	customer = frappe.db.get_value("Sales Order", an_order, "customer_name").encode()
	assert sql.count(customer)
	rewrite(copy, sql.replace(customer, customer[::-1]))
	done = verify(copy)
	assert done.returncode == 1
	assert "table tabSales Order has" in done.stdout


def rewrite(backup: Path, sql: bytes) -> None:
	"""Another dump, with a manifest that agrees."""
	from backups import checksums  # on the path once tests.deploy_scripts is imported

	(backup / "database.sql.gz").write_bytes(gzip.compress(sql, 1))
	found = manifest(backup) | {"sha256": checksums(backup)}
	(backup / "manifest.json").write_text(json.dumps(found))
