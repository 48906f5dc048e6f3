"""What pip-audit knows of packages. A package that it could not look up is not one without weaknesses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec


@dataclass(frozen=True)
class Audit:
	"""How many packages could be looked up, how many could not, and the ids of the weaknesses of those that have some."""

	known: int = 0
	unknown: int = 0
	weak: Mapping[str, Sequence[str]] = field(default_factory=dict)


def audited(*arguments: str) -> Audit:
	"""Asks pip-audit of this Python; nothing is known where it is missing, or has no network."""
	if not find_spec("pip_audit"):
		return Audit()
	command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off", "--timeout=10"]
	done = subprocess.run([*command, *arguments], capture_output=True, text=True)
	return read(done.stdout)


def read(output: str) -> Audit:
	"""What pip-audit wrote as JSON; it writes none when it fails."""
	try:
		found = json.loads(output)["dependencies"]
	except (ValueError, KeyError):
		return Audit()
	known = [each for each in found if "skip_reason" not in each]
	weak = {each["name"].lower(): [one["id"] for one in each["vulns"]] for each in known if each["vulns"]}
	return Audit(len(known), len(found) - len(known), weak)
