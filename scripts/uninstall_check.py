#!/usr/bin/env python3
"""Install the app on a throw-away site, use it, uninstall it, and see row for row what is left.

	python3 scripts/uninstall_check.py

Exit code 1: something of the app's is left, or uninstalling or installing again fails.
"""

import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_services import Failed
from scratch import APP, CHECKOUT, Scratch, bare_site, find_bench, why_not_a_bench

# What Frappe writes whenever any app comes or goes: tables, or rows of them.
NOISE = {
	"tabSeries": "numbers of users' documents",
	"tabSingles Installed Applications modified": "saved when apps come and go",
	"tabSingles Log Settings modified": "saved by who looks at it",
	"tabSingles Portal Settings modified": "saved when apps come and go",
	"tabSingles System Settings modified": "saved when apps come and go",
}
# Frappe's own doctypes in which people keep documents of their own; their references to ours are gone.
PEOPLE = {
	"tabCommunication": "letters",
	"tabCommunication Link": "letters",
	"tabEmail Queue": "letters, kept 30 days",
	"tabEmail Queue Recipient": "letters, kept 30 days",
	"tabEvent": "appointments",
	"tabLogs To Clear": "what Log Settings say of other documents",
	"tabTag": "words that may be in use elsewhere",
}
# Where words of the app stay in what is a user's own: the history of orders, and the books.
HISTORY = (
	"tabGL Entry",
	"tabPayment Entry",
	"tabPayment Ledger Entry",
	"tabPayment Request",
	"tabComment",
	"tabVersion",
	"tabDeleted Document",
	"tabCommunication",
	"tabEvent",
	"tabEmail Queue",
)


@dataclass
class Difference:
	"""What became of a table's rows."""

	table: str
	before: int
	added: dict[str, list[Any]] = field(default_factory=dict)
	removed: dict[str, list[Any]] = field(default_factory=dict)
	changed: dict[str, list[Any]] = field(default_factory=dict)


def main() -> int:
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"Uninstalling was not checked: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return 0
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
	try:
		with bare_site(bench, "erpnext") as scratch:
			return check(scratch)
	except Failed as failure:
		print(f"Uninstalling: FAILED: {failure}", file=sys.stderr)
	except KeyboardInterrupt:
		print("Uninstalling: interrupted; the site was dropped.", file=sys.stderr)
	return 1


def check(scratch: Scratch) -> int:
	"""The whole story; the exit code."""
	scratch.command("set up a company", "-m", "tests.erpnext.company", scratch.site)
	before, files = look(scratch, "before"), uploads(scratch)
	scratch.bench_command("install-app", APP)
	scratch.command("use the app", "-m", "tests.erpnext.using", scratch.site)
	uninstall(scratch)
	after = look(scratch, "after")
	left = list(report(before, after, erpnext_tables(scratch.bench)))
	left += [f"file {name}" for name in sorted(uploads(scratch) - files)]
	left += again(scratch, before)
	print(
		f"\nUninstalling: {len(left)} things of the app are left"
		if left
		else "\nUninstalling: nothing is left."
	)
	for thing in left:
		print(f"  {thing}")
	return 1 if left else 0


def uninstall(scratch: Scratch, *more: str) -> None:
	scratch.bench_command("uninstall-app", APP, "--yes", "--no-backup", *more)


def again(scratch: Scratch, before: dict[str, Any]) -> list[str]:
	"""Installing once more works, and so does uninstalling what is partly gone, and what is gone; what is left."""
	scratch.bench_command("install-app", APP)
	scratch.command("take some of it away", "-m", "tests.erpnext.damage", scratch.site)
	uninstall(scratch)
	left = [f"once it was partly gone: {thing}" for thing in structure(before, look(scratch, "again"))]
	uninstall(scratch, "--force")
	scratch.bench_command("install-app", APP)
	uninstall(scratch)
	return left + [f"the third time: {thing}" for thing in structure(before, look(scratch, "in the end"))]


def look(scratch: Scratch, name: str) -> dict[str, Any]:
	"""All rows of the site; see tests/erpnext/rows.py."""
	path = scratch.folder / f"{name}.json"
	scratch.command(f"read all rows ({name})", "-m", "tests.erpnext.rows", scratch.site, str(path))
	return json.loads(path.read_text())


def uploads(scratch: Scratch) -> set[str]:
	"""What people have attached to documents."""
	site = scratch.sites / scratch.site
	return {
		str(file.relative_to(site))
		for folder in ("public", "private")
		for file in (site / folder / "files").rglob("*")
	}


def erpnext_tables(bench: Path) -> set[str]:
	"""The tables of ERPNext's doctypes: their rows are the users' documents, and what ERPNext writes with them."""
	files = (bench / "apps/erpnext/erpnext").glob("*/doctype/*/*.json")
	return {
		f"tab{json.loads(file.read_text()).get('name')}" for file in files if file.stem == file.parent.name
	}


def report(before: dict[str, Any], after: dict[str, Any], erpnext: set[str]) -> Iterator[str]:
	"""Prints the table; what is left of the app."""
	yield from structure(before, after)
	lines = []
	for name in sorted(before.keys() & after.keys()):
		difference = compare(name, before[name]["rows"], after[name]["rows"])
		if difference.added or difference.removed or difference.changed:
			whose, left = judge(difference, erpnext)
			lines.append((name, difference, whose))
			yield from left
	print()
	width = max(len(name) for name, *_ in lines)
	print(f"{'table':<{width}}  before  added  removed  changed  whose")
	for name, found, whose in lines:
		counts = f"{found.before:>6}  {len(found.added):>5}  {len(found.removed):>7}  {len(found.changed):>7}"
		print(f"{name:<{width}}  {counts}  {whose}")


def compare(name: str, before: dict[str, Any], after: dict[str, Any]) -> Difference:
	return Difference(
		name,
		len(before),
		{key: after[key] for key in after.keys() - before.keys()},
		{key: before[key] for key in before.keys() - after.keys()},
		{key: after[key] for key in after.keys() & before.keys() if after[key][0] != before[key][0]},
	)


def judge(found: Difference, erpnext: set[str]) -> tuple[str, list[str]]:
	"""Whose rows these are, and those that should not be there, or not be gone."""
	left, owners = [f"{found.table} {key}: was taken along" for key in found.removed], set()
	for key, (_, about, speaks) in {**found.added, **found.changed}.items():
		if speaks and found.table not in HISTORY:
			left.append(f"{found.table} {key}: speaks of the app")
		elif owner := whose(found.table, key, about, erpnext):
			owners.add(owner)
		else:
			left.append(f"{found.table} {key}: about {about or 'nobody knows what'}")
	return ", ".join([*(["LEFT"] if left else []), *sorted(owners)]), left


def whose(table: str, key: str, about: str, erpnext: set[str]) -> str | None:
	"""Who answers for a row, if not the app."""
	if table in erpnext:
		return "users' documents"
	if f"tab{about}" in erpnext:
		return f"about {about}"
	if table in PEOPLE:
		return f"people's own: {PEOPLE[table]}"
	noise = NOISE.get(table) or NOISE.get(f"{table} {key}")
	return noise and f"Frappe's: {noise}"


def structure(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
	"""Tables, sequences, columns and indexes that were not there, or are not there any more."""
	yield from (f"{after[name]['type'].lower()} {name}" for name in sorted(after.keys() - before.keys()))
	yield from (
		f"{before[name]['type'].lower()} {name} is gone" for name in sorted(before.keys() - after.keys())
	)
	for name in sorted(before.keys() & after.keys()):
		for part in ("columns", "indexes"):
			was, now = before[name][part], after[name][part]
			for key in sorted(was.keys() | now.keys()):
				if was.get(key) != now.get(key):
					yield f"{part} of {name}: {key} was {was.get(key)} and is {now.get(key)}"


if __name__ == "__main__":
	sys.path.insert(0, str(CHECKOUT))
	sys.exit(main())
