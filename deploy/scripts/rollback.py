#!/usr/bin/env python3
"""Take a site back to an earlier version of the app, or forward again: backup, schema, code, migration.

	rollback.py --site shop.example.com --to 0.1.0 --backups /var/backups/shop --dry-run
	rollback.py --site shop.example.com --to 0.1.0 --backups /var/backups/shop
	rollback.py --site shop.example.com --to 0.1.0 --backups /var/backups/shop --no-code    # the code comes with an image
	rollback.py --site shop.example.com --forward /var/backups/shop/newer-0.1.0.jsonl.gz     # after the upgrade

Back: a backup is made, maintenance mode goes on, what the older version does not know is written to a file beside the
backups and taken away (bench otp-migrate-down), the tag v0.1.0 is checked out in the bench's apps/otp_app, and bench
migrate runs with it. Settings and the fields of documents that both versions have stay. Other sites of the bench run the
same code: take each of them down (--no-code) before the code. Forward: once the newer code is there and migrated, the
file is put back. Restart the bench's processes after either (supervisorctl, systemctl, or a new image).

Exit codes: 0 done; 1 a step failed, and what to do then is said; 2 called wrongly.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from shared import SCRIPTS, WELL, Bench, Failed, add_site, ended, parser, run, step


def main() -> int:
	options = parse()
	bench = Bench.of(options.bench, options.site)
	if options.forward:
		print(bench.command("otp-migrate-up", str(options.forward.expanduser().absolute())), end="")
		return WELL
	if options.dry_run:
		print(bench.command("otp-migrate-down", options.to, "--dry-run"), end="")
		return WELL
	tag = f"v{options.to}"
	if not options.no_code:
		check_tag(bench, tag)
	with step("back the site up"):
		where = ["--bench", str(bench.folder), "--site", bench.site, "--to", str(options.backups)]
		where += ["--keep", str(sys.maxsize)]  # an emergency is no time to delete older ones
		run([sys.executable, str(SCRIPTS / "backup.py"), *where])
	file = options.backups.expanduser().absolute() / f"newer-{options.to}.jsonl.gz"
	if file.exists():
		raise Failed(
			f"{file} is there from an earlier rollback: move it away, it has data that may be wanted."
		)
	go_back(bench, options, tag, file)
	print(
		f"{bench.site} is at version {options.to}. What is newer is in {file}. Restart the bench's processes."
	)
	return WELL


def parse() -> argparse.Namespace:
	options = parser(__doc__ or "")
	add_site(options)
	where = options.add_mutually_exclusive_group(required=True)
	where.add_argument("--to", metavar="VERSION", help="the earlier version")
	where.add_argument("--forward", type=Path, metavar="FILE", help="put back what an earlier rollback wrote")
	options.add_argument("--backups", type=Path, help="folder of the site's backups (see backup.py)")
	options.add_argument("--no-code", action="store_true", help="leave code and migration to others")
	options.add_argument("--dry-run", action="store_true", help="only say what would be taken away")
	found = options.parse_args()
	if found.to and not (found.dry_run or found.backups):
		options.error("--backups names the folder for the backup that is made first")
	return found


def app_folder(bench: Bench) -> Path:
	return bench.folder / "apps/otp_app"


def check_tag(bench: Bench, tag: str) -> None:
	"""Nothing is begun that cannot be ended."""
	git = ["git", "-C", str(app_folder(bench))]
	try:
		run([*git, "rev-parse", "--verify", f"{tag}^{{commit}}"])
	except Failed as failure:
		raise Failed(
			f"{app_folder(bench)} has no tag {tag}: fetch it (git fetch --tags), or use --no-code."
		) from failure
	if changed := run([*git, "status", "--porcelain", "--untracked-files=no"]):
		raise Failed(f"{app_folder(bench)} has changes of its own; put them away first:\n{changed}")


def go_back(bench: Bench, options: argparse.Namespace, tag: str, file: Path) -> None:
	"""Nobody works on the site meanwhile; it stays closed where a step fails."""
	bench.command("set-maintenance-mode", "on")
	try:
		with step("take away what is newer"):
			print(bench.command("otp-migrate-down", options.to, "--export", str(file)))
		if not options.no_code:
			with step(f"check {tag} out, and migrate"):
				run(["git", "-C", str(app_folder(bench)), "checkout", "-q", tag])
				bench.run("-m", "pip", "install", "-q", "--editable", str(app_folder(bench)))
				bench.command("migrate", "--skip-search-index")
	except Failed:
		print(
			"The site is in maintenance mode. Run the step that failed again, or restore the backup that was made"
			" (docs/backup.md); then: bench --site SITE set-maintenance-mode off",
			file=sys.stderr,
		)
		raise
	bench.command("set-maintenance-mode", "off")


if __name__ == "__main__":
	sys.exit(ended(main))
