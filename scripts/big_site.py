#!/usr/bin/env python3
"""Make a site with 20,000 items and 100,000 open order lines, and keep it for measurements; needs a bench.

	python scripts/big_site.py [--items N ...]                     make it, or bring it back as it was made
	python scripts/big_site.py --run benchmarks.against_projected  run a module on it as it was left
	python scripts/big_site.py --drop                              remove it

The site is made anew when its sizes, the day or what makes it have changed; else it is restored from a copy beside it.
"""

import argparse
import contextlib
import datetime
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench_services import Failed
from dumps import dump, restore
from scratch import BIG, CHECKOUT, Scratch, drop_kept_site, find_bench, scratch_site, why_not_a_bench

sys.path.insert(0, str(CHECKOUT))

from benchmarks.big import sizes


def main() -> int:
	parser = sizes.parser(__doc__.splitlines()[0])
	parser.add_argument("--drop", action="store_true", help="only remove the site")
	parser.add_argument(
		"--run",
		nargs=argparse.REMAINDER,
		metavar="MODULE",
		help="run a module on the site; what follows are its own arguments",
	)
	options = vars(parser.parse_args())
	drop, run = options.pop("drop"), options.pop("run")
	if run == []:
		parser.error("--run wants the name of a module")
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"No big site: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return 0
	try:
		if drop:
			drop_kept_site(bench, BIG)
			return 0
		with big_site(bench, sizes.Sizes(**options), as_made=not run) as scratch:
			if run:
				return run_module(scratch, run)
	except Failed as failure:
		print(f"FAILED: {failure}", file=sys.stderr)
		return 1
	return 0


@contextlib.contextmanager
def big_site(bench: Path, wanted: "sizes.Sizes", *, as_made: bool = True) -> Iterator[Scratch]:
	"""The site as it was made, whatever was measured on it before; or, without `as_made`, as it was left."""
	with scratch_site(bench, keep=True, purpose=BIG) as scratch:
		made, copy, bare = (scratch.folder / name for name in ("made.json", "big.sql.gz", "bare.sql.gz"))
		known = json.loads(made.read_text()) if made.exists() and copy.exists() else {}
		if known.get("recipe") == recipe(wanted):
			if as_made:
				bring_back(scratch, copy)
		else:
			made.unlink(missing_ok=True)  # until it is whole again
			if bare.exists():
				bring_back(scratch, bare)
			else:
				dump(scratch, bare)
			report = scratch.folder / "big.json"
			arguments = [f"--{name.replace('_', '-')}={value}" for name, value in sizes.told(wanted).items()]
			scratch.command(
				"fill it, and reconcile", "-m", "benchmarks.big_site", scratch.site, str(report), *arguments
			)
			dump(scratch, copy)
			known = {"recipe": recipe(wanted), **json.loads(report.read_text())}
			made.write_text(json.dumps(known, indent=1))
		show(scratch, known)
		yield scratch


def bring_back(scratch: Scratch, copy: Path) -> None:
	"""Restores a copy; the app may have changed since it was made."""
	restore(scratch, copy)
	scratch.bench_command("migrate", "--skip-search-index")


def recipe(wanted: "sizes.Sizes") -> str:
	"""Changes with all that a site is made from; its dates count from the day on which it is made."""
	text = [json.dumps(sizes.told(wanted)), datetime.date.today().isoformat()]
	paths = [CHECKOUT / "benchmarks/big_site.py", *sorted((CHECKOUT / "benchmarks/big").glob("*.py"))]
	return hashlib.sha256("".join([*text, *(path.read_text() for path in paths)]).encode()).hexdigest()


def show(scratch: Scratch, known: dict) -> None:
	print(f"\nSite {scratch.site} in {scratch.sites}")
	for doctype, count in known["rows"].items():
		print(f"  {count:>9,}  {doctype}")
	print(f"Oracle: {known['bins']:,} Bins, differences: {known['differences']}")
	print(f"ERPNext's own functions: {known['sample']} Bins of a sample, differences: {len(known['stale'])}")
	for line in known["stale"][:5]:
		print(f"  {line}")


def run_module(scratch: Scratch, run: list[str]) -> int:
	command = [str(scratch.python), "-m", run[0], scratch.site, *run[1:]]
	return subprocess.run(command, cwd=scratch.sites, env=scratch.environment()).returncode


if __name__ == "__main__":
	sys.exit(main())
