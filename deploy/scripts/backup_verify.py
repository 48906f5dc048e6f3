#!/usr/bin/env python3
"""Restore a backup into a scratch site, compare it with the site it was made of, and drop the scratch site.

	backup_verify.py --bench ~/frappe-bench /var/backups/shop              # the newest in that folder
	backup_verify.py --bench ~/frappe-bench /var/backups/shop/20260504T020000Z
	backup_verify.py --quick --max-age 26 /var/backups/shop                # without restoring: files, age, size
	backup_verify.py --keep --bench ~/frappe-bench /var/backups/shop       # keeps the scratch site to look at

Compared are: checksums of the files, every table by rows and checksum, sequences, attached files, settings, stored
passwords (can they be decrypted?), the oracle of otp-reconcile, and promises of the same orders at the same moment.
The scratch site has a folder, a database, and a Redis of its own: no worker, scheduler or mail of the bench knows it.
The root login of MariaDB: FRAPPE_DB_ROOT_USER and FRAPPE_DB_ROOT_PASSWORD, else the bench's configuration.

Exit codes: 0 it can be restored, and is the same; 1 it cannot, or differs, and in what; 2 called wrongly.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from backup import look
from backups import (
	CONFIG,
	DATABASE,
	MANIFEST,
	PRIVATE,
	PUBLIC,
	Backup,
	all_backups,
	damage,
	differences,
	newest,
	suspicions,
)
from shared import (
	BAD,
	SCRIPTS,
	WELL,
	Bench,
	Failed,
	ended,
	parser,
	root_login,
	scratch_folder,
	start_redis,
	step,
	table,
)

SITE = "restored.test"


def main() -> int:
	options = parse()
	start = time.monotonic()
	backup = chosen(options.backup.expanduser().absolute())
	found = damage(backup)
	earlier = [other for other in all_backups(backup.folder.parent) if other.taken < backup.taken]
	max_age = timedelta(hours=options.max_age)
	now = datetime.now(timezone.utc)
	if not found:
		found = suspicions(backup, earlier[-1] if earlier else None, now=now, max_age=max_age)
	if not found and not options.quick:
		found = restored_and_compared(Path(options.bench).expanduser().absolute(), backup, keep=options.keep)
	if found:
		print(f"{backup.folder} is not good:")
		for difference in found:
			print(f"  {difference}")
		return BAD
	how = "its files are whole" if options.quick else "it was restored, and is the same"
	print(f"{backup.folder} is good: {how} ({time.monotonic() - start:.0f} s).")
	return WELL


def parse() -> argparse.Namespace:
	options = parser(__doc__ or "")
	options.add_argument(
		"backup", type=Path, help="a backup, or the folder of a site's backups: the newest one"
	)
	options.add_argument("--bench", default="~/frappe-bench", help="bench with the site's apps (%(default)s)")
	options.add_argument("--max-age", type=float, default=24 * 365, help="hours (default: a year)")
	options.add_argument("--quick", action="store_true", help="do not restore it")
	options.add_argument("--keep", action="store_true", help="keep the scratch site, and say where it is")
	return options.parse_args()


def chosen(path: Path) -> Backup:
	return Backup(path) if (path / MANIFEST).exists() else newest(path)


def restored_and_compared(bench_folder: Path, backup: Backup, *, keep: bool) -> list[str]:
	"""What the restored site has otherwise; a backup that cannot be restored is a difference, too."""
	manifest = backup.manifest()
	try:
		with scratch_site(bench_folder, backup, keep=keep) as scratch:
			with step("restore"):
				restore(scratch, backup)
			with step("compare"):
				like = scratch.sites / "before.json"
				like.write_text(json.dumps(manifest["before"]))
				restored = look(scratch, scratch.sites / "restored.json", like=like)
	except Failed as failure:
		return [f"it cannot be restored: {failure}"]
	print(summary(manifest["before"], restored))
	return differences(manifest["before"], manifest["after"], restored)


def restore(scratch: Bench, backup: Backup) -> None:
	"""As an operator does it, with `bench restore`."""
	scratch.command(
		"restore",
		str(backup.folder / DATABASE),
		*("--with-public-files", str(backup.folder / PUBLIC)),
		*("--with-private-files", str(backup.folder / PRIVATE)),
		*("--admin-password", secrets.token_hex(16)),
	)


@contextmanager
def scratch_site(bench_folder: Path, backup: Backup, *, keep: bool) -> Iterator[Bench]:
	"""A site without tables in a folder of its own, on the bench's MariaDB; dropped in the end."""
	real = Bench(bench_folder, SITE, bench_folder / "sites")
	with ExitStack() as cleanup:
		folder = (
			Path(mkdtemp(prefix="otp-verify-")) if keep else cleanup.enter_context(scratch_folder("verify"))
		)
		for part in (f"sites/{SITE}", "logs"):
			(folder / part).mkdir(parents=True)
		scratch = Bench(bench_folder, SITE, folder / "sites")
		login = configure(real, scratch, backup, start_redis(folder, cleanup))
		if keep:
			print(f"The scratch site is kept in {scratch.sites}; its database is {login['db_name']}.")
		else:
			cleanup.callback(drop, scratch)
		yield scratch


def configure(real: Bench, scratch: Bench, backup: Backup, redis_port: int) -> dict[str, Any]:
	"""Writes the scratch site's configuration: the bench's, and the backup's own keys; nothing is sent or scheduled."""
	common = json.loads((real.sites / "common_site_config.json").read_text())
	user, password = root_login(common)
	redis = f"redis://127.0.0.1:{redis_port}"
	common |= dict.fromkeys(("redis_cache", "redis_queue", "redis_socketio"), redis)
	common |= {"root_login": user, "root_password": password, "mute_emails": 1, "pause_scheduler": 1}
	common.pop("default_site", None)
	name = f"_otp_verify_{secrets.token_hex(4)}"
	site = json.loads((backup.folder / CONFIG).read_text())
	site |= {"db_name": name, "db_password": secrets.token_hex(16), "pause_scheduler": 1, "mute_emails": 1}
	site |= {key: common[key] for key in ("db_host", "db_port", "db_socket") if key in common}
	for key in ("host_name", "domains", "db_user"):
		site.pop(key, None)
	for path, values in (
		(scratch.sites / "common_site_config.json", common),
		(scratch.site_folder / "site_config.json", site),
	):
		path.touch(mode=0o600)
		path.write_text(json.dumps(values, indent=1))
	(scratch.sites / "apps.txt").write_text((real.sites / "apps.txt").read_text())
	return site


def drop(scratch: Bench) -> None:
	"""Drops the database and its user; says so where it cannot."""
	try:
		scratch.run(str(SCRIPTS / "drop_database.py"), scratch.site)
	except Failed as failure:
		name = scratch.config()["db_name"]
		print(f"The database and user {name} could not be dropped; do it by hand. {failure}", file=sys.stderr)


def summary(before: dict[str, Any], restored: dict[str, Any]) -> str:
	"""The figures of both."""
	rows = [
		("tables", len(before["tables"]), len(restored["tables"])),
		("rows", *(sum(rows for rows, _ in facts["tables"].values()) for facts in (before, restored))),
		("attached files", len(before["files"]), len(restored["files"])),
		("passwords that can be decrypted", *(facts["secrets"]["readable"] for facts in (before, restored))),
		("Bins that were reconciled", *(facts["oracle"]["bins"] for facts in (before, restored))),
		("Bins that differ", *(len(facts["oracle"]["unexplained"]) for facts in (before, restored))),
		("promises compared", len(before["promises"]), len(restored["promises"])),
	]
	return table(rows, ("", "site", "restored"))


if __name__ == "__main__":
	sys.exit(ended(main))
