#!/usr/bin/env python3
"""Before a release: every check that there is, with coverage, and a table of what it saw.

	pre_deploy.py                                       # everything; the ERPNext tests where there is a bench
	pre_deploy.py --skip erpnext image
	pre_deploy.py --only ruff mypy bandit
	pre_deploy.py --erpnext=--keep --erpnext=-q --erpnext=tests/erpnext/test_oracle.py    # of the site's tests only these

Parts: versions, ruff, format, mypy, bandit, pip-audit, unit, erpnext, coverage, image. A part that cannot run here (no
bench, no network, no container engine, a tool that is not installed) says so and fails nothing, unless --strict. Coverage
is that of the unit and the ERPNext tests together, at least 80 % of the lines. Run it with the Python of the development
environment; coverage, bandit and pip-audit have to be installed there: pip install coverage 'bandit[toml]' pip-audit.

Exit codes: 0 nothing failed; 1 something did (with --strict: or did not run); 2 called wrongly.
"""

from __future__ import annotations

import argparse
import sys
import time

from parts import FAILED, LEAST_COVERAGE, NOT_RUN, PARTS, Work, chosen
from shared import BAD, WELL, ended, parser, scratch_folder, table


def main() -> int:
	options = parse()
	names = chosen(options.only, options.skip)
	rows = []
	with scratch_folder("coverage") as folder:
		work = Work(folder, least=options.least_coverage, erpnext_tests=options.erpnext)
		for name in names:
			print(f"--- {name}", flush=True)
			start = time.monotonic()
			outcome = PARTS[name](work)
			rows.append((name, outcome.state, f"{time.monotonic() - start:.0f} s", outcome.seen))
	rows += [(name, NOT_RUN, "", "left out") for name in PARTS if name not in names]
	print(f"\n{table(rows, ('part', '', 'took', 'what was seen'))}")
	bad = (FAILED, NOT_RUN) if options.strict else (FAILED,)
	return BAD if any(state in bad for _, state, *_ in rows) else WELL


def parse() -> argparse.Namespace:
	options = parser(__doc__ or "")
	options.add_argument("--only", nargs="+", default=[], metavar="PART", help="only these parts")
	options.add_argument("--skip", nargs="+", default=[], metavar="PART", help="all but these parts")
	options.add_argument(
		"--least-coverage", type=float, default=LEAST_COVERAGE, help="per cent (%(default)s)"
	)
	options.add_argument(
		"--erpnext", action="append", default=[], metavar="ARG", help="for scripts/erpnext_tests.py"
	)
	options.add_argument("--strict", action="store_true", help="a part that did not run fails")
	return options.parse_args()


if __name__ == "__main__":
	sys.exit(ended(main))
