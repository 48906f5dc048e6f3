#!/usr/bin/env python3
"""Back a site up: database, files, configuration, and a manifest of what the site was made of.

	backup.py --site shop.example.com --to /var/backups/shop
	backup.py --site shop.example.com --to /var/backups/shop --keep 3 --keep-days 7 --keep-weeks 8
	backup.py --site shop.example.com --to /var/backups/shop --dry-run    # what would be made and removed

Frappe's own backup writes the files; the manifest has their SHA-256, and for backup_verify.py the rows and checksums
of each table, the oracle of otp-reconcile, and promises of the newest orders. A site in use may be backed up: what
changes meanwhile is known from two counts. The folder holds passwords and keys: only its owner can read it.

Exit codes: 0 done; 1 no backup was made, or it is much smaller than the one before; 2 called wrongly.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from backups import (
	CONFIG,
	DATABASE,
	MANIFEST,
	PRIVATE,
	PUBLIC,
	STAMP,
	Backup,
	all_backups,
	checksums,
	suspicions,
	to_remove,
)
from shared import BAD, SCRIPTS, WELL, Bench, Failed, add_site, ended, parser, step

# Ends of the names that Frappe gives, the longer first.
NAMES = {
	"-private-files.tar": PRIVATE,
	"-files.tar": PUBLIC,
	"-database.sql.gz": DATABASE,
	"-site_config_backup.json": CONFIG,
}


def main() -> int:
	options = parse()
	bench = Bench.of(options.bench, options.site)
	folder = options.to.expanduser().absolute()
	earlier = all_backups(folder)
	name = datetime.now(timezone.utc).strftime(STAMP)
	kept = {"newest": options.keep, "days": options.keep_days, "weeks": options.keep_weeks}
	old = to_remove([*earlier, Backup(folder / name)], **kept)
	if options.dry_run:
		print(f"Would back {bench.site} up to {folder / name}.")
		for backup in old:
			print(f"Would remove {backup.folder}.")
		return WELL
	backup = make(bench, folder, name)
	odd = suspicions(backup, earlier[-1] if earlier else None, now=backup.taken, max_age=timedelta(days=1))
	for suspicion in odd:
		print(f"Look at {backup.folder}: {suspicion}. Nothing was removed.", file=sys.stderr)
	if odd:
		return BAD
	for backup_ in old:
		shutil.rmtree(backup_.folder)
		print(f"Removed {backup_.folder}.")
	print(
		f"{backup.folder}: {backup.size() / 1e6:.1f} MB of database. Verify it: backup_verify.py {backup.folder}"
	)
	return WELL


def parse() -> argparse.Namespace:
	options = parser(__doc__ or "")
	add_site(options)
	options.add_argument("--to", type=Path, required=True, help="folder of the site's backups")
	options.add_argument("--keep", type=int, default=3, help="keep so many of the newest (%(default)s)")
	options.add_argument(
		"--keep-days", type=int, default=7, help="keep the last of so many days (%(default)s)"
	)
	options.add_argument(
		"--keep-weeks", type=int, default=8, help="keep the last of so many weeks (%(default)s)"
	)
	options.add_argument("--dry-run", action="store_true", help="only say what would be made and removed")
	return options.parse_args()


def make(bench: Bench, folder: Path, name: str) -> Backup:
	"""A backup in a folder of its own, which gets its name when it is whole. Raises Failed."""
	partial = folder / f".{name}.partial"
	partial.mkdir(parents=True, mode=0o700)
	try:
		with step("count what the site is made of"):
			before = look(bench, partial / "before.json")
		with step("dump the database, pack the files"):
			bench.command("backup", "--with-files", "--backup-path", str(partial))
		rename(partial)
		with step("count again"):
			after = look(bench, partial / "after.json", like=partial / "before.json")
		manifest = {"before": before, "after": after, "sha256": checksums(partial)}
		for passing in ("before.json", "after.json"):
			(partial / passing).unlink()
		(partial / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True))
		for path in partial.iterdir():
			path.chmod(0o600)
		return Backup(partial.rename(folder / name))
	except BaseException:
		shutil.rmtree(partial, ignore_errors=True)
		raise


def look(bench: Bench, file: Path, *, like: Path | None = None) -> dict:
	"""The facts of a site; see facts.py."""
	more = ["--like", str(like)] if like else []
	bench.run(str(SCRIPTS / "facts.py"), bench.site, str(file), *more)
	return json.loads(file.read_text())


def rename(folder: Path) -> None:
	"""Gives what Frappe has written names that are the same in every backup. Raises Failed where something is missing."""
	for end, name in NAMES.items():
		found = [path for path in folder.glob(f"*{end}") if path.name not in NAMES.values()]
		if len(found) != 1:
			raise Failed(
				f"Frappe wrote no file that ends with {end}. Are backups encrypted (System Settings)? Turn that"
				" off, and encrypt the folder instead."
			)
		found[0].rename(folder / name)


if __name__ == "__main__":
	sys.exit(ended(main))
