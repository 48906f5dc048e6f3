"""Shows how the engine's answers differ from those expected, and writes them with --write."""

from __future__ import annotations

import argparse
import sys
from difflib import unified_diff

from tests.golden.scenario import FOLDER, answer, names, written


def main() -> int:
	"""The number of scenarios that differ."""
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("scenario", nargs="*", help="the scenarios to look at (default: all)")
	parser.add_argument("--write", action="store_true", help="write what the engine answers")
	asked = parser.parse_args()
	changed = 0
	for name in asked.scenario or names():
		path = FOLDER / name / "expected.json"
		old = path.read_text(encoding="utf-8") if path.exists() else ""
		new = written(answer(name))
		if old == new:
			continue
		changed += 1
		lines = unified_diff(
			old.splitlines(True), new.splitlines(True), f"{name} expected", f"{name} answered"
		)
		sys.stdout.writelines(lines)
		if asked.write:
			path.write_text(new, encoding="utf-8")
	print(
		f"{changed} of {len(asked.scenario or names())} scenarios {'written' if asked.write else 'differ'}."
	)
	return changed


if __name__ == "__main__":
	sys.exit(1 if main() else 0)
