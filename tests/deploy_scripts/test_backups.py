"""What a backup is found to be: whole, damaged, odd, or not the site that it was made of."""

import json
from copy import deepcopy
from datetime import datetime, timedelta, timezone

import pytest
from backups import (
	DATABASE,
	MANIFEST,
	PARTS,
	Backup,
	all_backups,
	checksums,
	damage,
	differences,
	newest,
	suspicions,
	to_remove,
)
from shared import Failed

NOW = datetime(2026, 5, 4, 2, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def a_backup(folder, name="20260504T020000Z", size=1000):
	place = folder / name
	place.mkdir()
	for part in PARTS:
		(place / part).write_bytes(b"\x1f\x8b" + b"x" * size)
	(place / MANIFEST).write_text(json.dumps({"sha256": checksums(place)}))
	return Backup(place)


def test_a_backup_as_it_was_written_is_not_damaged(tmp_path):
	assert damage(a_backup(tmp_path)) == []


@pytest.mark.parametrize("part", PARTS)
def test_one_flipped_byte_is_found(tmp_path, part):
	backup = a_backup(tmp_path)
	content = bytearray((backup.folder / part).read_bytes())
	content[500] ^= 1
	(backup.folder / part).write_bytes(content)
	assert damage(backup) == [f"{part} is not what was written (its SHA-256 differs)"]


def test_a_file_that_is_cut_off_or_missing_is_found(tmp_path):
	backup = a_backup(tmp_path)
	(backup.folder / DATABASE).write_bytes(b"\x1f\x8b")
	(backup.folder / "files.tar").unlink()
	assert damage(backup) == [
		f"{DATABASE} is not what was written (its SHA-256 differs)",
		"files.tar is missing",
	]


def test_a_database_that_is_encrypted_is_refused(tmp_path):
	backup = a_backup(tmp_path)
	(backup.folder / DATABASE).write_bytes(b"\x8c\x0d\x04\x09")
	(backup.folder / MANIFEST).write_text(json.dumps({"sha256": checksums(backup.folder)}))
	assert "encrypted" in damage(backup)[0]


def test_a_backup_without_a_manifest_is_none(tmp_path):
	(tmp_path / "20260504T020000Z").mkdir()
	assert all_backups(tmp_path) == []
	with pytest.raises(Failed, match="There is no backup"):
		newest(tmp_path)


def test_folders_of_others_are_left_alone(tmp_path):
	a_backup(tmp_path, "by-hand")
	mine = a_backup(tmp_path)
	assert all_backups(tmp_path) == [mine]


def test_a_backup_that_is_old_or_suddenly_small_is_odd(tmp_path):
	before, now = a_backup(tmp_path, "20260503T020000Z", 5000), a_backup(tmp_path, size=1000)
	assert suspicions(now, None, now=NOW, max_age=DAY) == []
	(small,) = suspicions(now, before, now=NOW, max_age=DAY)
	assert "less than half of that of 20260503T020000Z" in small
	(old,) = suspicions(before, None, now=NOW + DAY, max_age=DAY)
	assert "48 hours old" in old


def test_the_newest_the_last_of_days_and_the_last_of_weeks_are_kept(tmp_path):
	stamps = [NOW - timedelta(hours=12 * steps) for steps in range(60)]
	backups = [a_backup(tmp_path, stamp.strftime("%Y%m%dT%H%M%SZ"), 1) for stamp in stamps]
	removed = to_remove(backups, newest=2, days=3, weeks=2)
	kept = sorted({backup.folder.name for backup in backups} - {backup.folder.name for backup in removed})
	# Monday at 2:00, and before it a Sunday: the last of its day and of its week.
	assert kept == ["20260502T140000Z", "20260503T140000Z", "20260504T020000Z"]


def test_the_newest_is_never_removed(tmp_path):
	backup = a_backup(tmp_path)
	assert to_remove([backup], newest=0, days=0, weeks=0) == []


FACTS = {
	"tables": {"tabBin": [10, 111], "tabItem": [4, 222], "__Auth": [3, 333]},
	"sequences": {"order_promise_id_seq": 7},
	"files": {"private/files/a.pdf": 90},
	"settings": "digest",
	"secrets": {"readable": 2, "lost": 0},
	"oracle": {"bins": 10, "stale": [], "unexplained": []},
	"promises": {"SAL-ORD-1": "abc"},
}


def changed(**values):
	facts = deepcopy(FACTS)
	for key, value in values.items():
		facts[key] = {**facts[key], **value} if isinstance(value, dict) else value
	return facts


def test_the_same_facts_differ_in_nothing():
	assert differences(FACTS, FACTS, FACTS) == []


@pytest.mark.parametrize(
	("restored", "told"),
	[
		({"tables": {"tabItem": [3, 222]}}, "table tabItem has 3 rows, and had 4"),
		({"tables": {"tabItem": [4, 999]}}, "table tabItem has 4 rows as before, but not the same ones"),
		({"tables": {"tabNew": [1, 1]}}, "table tabNew was not there"),
		({"sequences": {"order_promise_id_seq": 1}}, "sequence order_promise_id_seq was 7 and is 1"),
		({"files": {"private/files/a.pdf": 10}}, "file private/files/a.pdf was 90 and is 10"),
		({"promises": {"SAL-ORD-1": "abd"}}, "promise of SAL-ORD-1 was abc and is abd"),
		({"settings": "other"}, "settings was digest and is other"),
		(
			{"secrets": {"readable": 1, "lost": 1}},
			"1 stored passwords cannot be decrypted: the encryption key is not the site's",
		),
		(
			{"oracle": {"unexplained": ["B in Stores"]}},
			"B in Stores: promises read it otherwise than ERPNext counts it",
		),
	],
)
def test_whatever_is_restored_otherwise_is_named(restored, told):
	assert differences(FACTS, FACTS, changed(**restored)) == [told]


def test_a_table_that_is_missing_is_named():
	restored = deepcopy(FACTS)
	del restored["tables"]["tabBin"]
	assert differences(FACTS, FACTS, restored) == ["table tabBin is missing"]


def test_what_restoring_itself_writes_is_no_difference():
	assert differences(FACTS, FACTS, changed(tables={"__Auth": [3, 444]})) == []


def test_what_was_changing_while_the_dump_was_made_lies_between_the_two_counts():
	after = changed(tables={"tabBin": [12, 112]}, promises={"SAL-ORD-1": "xyz"})
	between = changed(tables={"tabBin": [11, 113]}, promises={"SAL-ORD-1": "abd"})
	assert differences(FACTS, after, between) == []
	outside = changed(tables={"tabBin": [9, 113]})
	assert differences(FACTS, after, outside) == ["table tabBin has 9 rows, and had 10 to 12"]
