"""What a backup is: a folder with Frappe's own files, and a manifest that says what the site was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from shared import Failed

STAMP = "%Y%m%dT%H%M%SZ"
MANIFEST = "manifest.json"
DATABASE, PUBLIC, PRIVATE, CONFIG = "database.sql.gz", "files.tar", "private-files.tar", "site_config.json"
PARTS = (DATABASE, PUBLIC, PRIVATE, CONFIG)
GZIP = b"\x1f\x8b"
# What Frappe itself writes in a site when it restores it: the scheduler's switch, the Administrator's password.
WRITTEN = ("__Auth", "tabSingles", "tabDefaultValue")


@dataclass(frozen=True)
class Backup:
	"""A finished backup; its folder is named after the moment it was begun (UTC)."""

	folder: Path

	@property
	def taken(self) -> datetime:
		return datetime.strptime(self.folder.name, STAMP).replace(tzinfo=timezone.utc)

	def manifest(self) -> dict[str, Any]:
		"""Raises Failed where there is none that can be read."""
		try:
			return json.loads((self.folder / MANIFEST).read_text())
		except (OSError, ValueError) as error:
			raise Failed(f"{self.folder / MANIFEST} cannot be read: this is no finished backup.") from error

	def size(self) -> int:
		"""Bytes of the database's dump."""
		return (self.folder / DATABASE).stat().st_size


def all_backups(folder: Path) -> list[Backup]:
	"""The finished ones in a folder, the newest last."""
	found = []
	for path in sorted(folder.glob(f"*/{MANIFEST}")):
		backup = Backup(path.parent)
		try:
			backup.taken  # noqa: B018
		except ValueError:  # a folder of somebody else's
			continue
		found.append(backup)
	return found


def newest(folder: Path) -> Backup:
	"""Raises Failed where there is none."""
	found = all_backups(folder)
	if not found:
		raise Failed(f"There is no backup in {folder}: make one with backup.py.")
	return found[-1]


def checksums(folder: Path) -> dict[str, str]:
	"""File -> SHA-256 of the files that a backup consists of."""
	return {name: _digest(folder / name) for name in PARTS}


def damage(backup: Backup) -> list[str]:
	"""Files that are not as they were written: missing, changed, or none that can be restored."""
	told = backup.manifest().get("sha256", {})
	found = []
	for name in PARTS:
		path = backup.folder / name
		if not path.exists():
			found.append(f"{name} is missing")
		elif _digest(path) != told.get(name):
			found.append(f"{name} is not what was written (its SHA-256 differs)")
	if not found and not _starts_with(backup.folder / DATABASE, GZIP):
		found.append(
			f"{DATABASE} is not compressed SQL: backups that Frappe has encrypted cannot be verified"
		)
	return found


def _starts_with(path: Path, mark: bytes) -> bool:
	with path.open("rb") as file:
		return file.read(len(mark)) == mark


def _digest(path: Path) -> str:
	digest = hashlib.sha256()
	with path.open("rb") as file:
		while block := file.read(1 << 20):
			digest.update(block)
	return digest.hexdigest()


def suspicions(backup: Backup, before: Backup | None, *, now: datetime, max_age: timedelta) -> list[str]:
	"""What is odd about a backup from outside: too old, or much smaller than the one before it."""
	found = []
	age = now - backup.taken
	if age > max_age:
		hours = age.total_seconds() / 3600
		found.append(f"it is {hours:.0f} hours old: look why none was made since (allowed: {max_age})")
	if before and backup.size() < before.size() / 2:
		found.append(f"its database is less than half of that of {before.folder.name}: look what is gone")
	return found


def to_remove(backups: Iterable[Backup], *, newest: int, days: int, weeks: int) -> list[Backup]:
	"""Those that no rule keeps: the newest ones, the last of each of so many days, the last of each of so many weeks."""
	ordered = sorted(backups, key=lambda backup: backup.taken, reverse=True)
	kept = {backup.folder for backup in ordered[: max(newest, 1)]}
	for count, period in ((days, "%Y-%m-%d"), (weeks, "%G-%V")):
		last: dict[str, Backup] = {}
		for backup in ordered:
			last.setdefault(backup.taken.strftime(period), backup)
		kept |= {backup.folder for backup in list(last.values())[:count]}
	return [backup for backup in ordered if backup.folder not in kept]


def differences(
	before: Mapping[str, Any], after: Mapping[str, Any], restored: Mapping[str, Any]
) -> list[str]:
	"""What a restored site has otherwise than the site had; `before` and `after` are facts from around its dump.

	What was changing while the dump was made has to lie between the two; what was not has to be the same.
	"""
	return [
		*_tables(before["tables"], after["tables"], restored["tables"]),
		*_same("sequence", before["sequences"], after["sequences"], restored["sequences"]),
		*_same("file", before["files"], after["files"], restored["files"]),
		*_same("promise of", before["promises"], after["promises"], restored["promises"]),
		*_same("", *({"settings": facts["settings"]} for facts in (before, after, restored))),
		*(f"{where}: promises read it otherwise than ERPNext counts it" for where in _new(before, restored)),
		*_secrets(before["secrets"], restored["secrets"]),
	]


def _tables(before: Mapping[str, Any], after: Mapping[str, Any], restored: Mapping[str, Any]) -> list[str]:
	found = [f"table {name} is missing" for name in sorted(before.keys() & after.keys() - restored.keys())]
	found += [
		f"table {name} was not there" for name in sorted(restored.keys() - before.keys() - after.keys())
	]
	for name in sorted(before.keys() & after.keys() & restored.keys()):
		(rows, checksum), (rows_after, checksum_after) = before[name], after[name]
		is_rows, is_checksum = restored[name]
		low, high = sorted((rows, rows_after))
		if not low <= is_rows <= high:
			found.append(
				f"table {name} has {is_rows} rows, and had {rows if low == high else f'{low} to {high}'}"
			)
		elif (
			(rows, checksum) == (rows_after, checksum_after)
			and is_checksum != checksum
			and name not in WRITTEN
		):
			found.append(f"table {name} has {is_rows} rows as before, but not the same ones")
	return found


def _same(
	kind: str, before: Mapping[str, Any], after: Mapping[str, Any], restored: Mapping[str, Any]
) -> list[str]:
	"""What was the same before and after the dump, and is not now."""
	return [
		f"{kind} {name} ".lstrip()
		+ ("is missing" if restored.get(name) is None else f"was {before[name]} and is {restored[name]}")
		for name in sorted(before)
		if before[name] == after.get(name) and restored.get(name) != before[name]
	]


def _new(before: Mapping[str, Any], restored: Mapping[str, Any]) -> list[str]:
	return sorted(set(restored["oracle"]["unexplained"]) - set(before["oracle"]["unexplained"]))


def _secrets(before: Mapping[str, int], restored: Mapping[str, int]) -> list[str]:
	if restored["lost"] <= before["lost"]:
		return []
	return [f"{restored['lost']} stored passwords cannot be decrypted: the encryption key is not the site's"]
