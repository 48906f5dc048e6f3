"""A Python environment that is brought up to date in a copy beside it, and swapped for it when the copy has proved good."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared import SCRIPTS, Failed, run

# They belong to the bench: only their own releases say what they may use.
FRAMEWORK = ("frappe", "erpnext")


@dataclass(frozen=True)
class Environment:
	"""A virtual environment in a folder."""

	folder: Path

	@property
	def python(self) -> str:
		return str(self.folder / "bin/python")

	@property
	def copy(self) -> Path:
		return self.folder.with_name(f"{self.folder.name}.next")

	@property
	def previous(self) -> Path:
		return self.folder.with_name(f"{self.folder.name}.previous")

	def packages(self) -> dict[str, Any]:
		"""See packages.py."""
		return json.loads(run([self.python, str(SCRIPTS / "packages.py")]))

	def pip(self, *arguments: str) -> str:
		return run([self.python, "-m", "pip", "--disable-pip-version-check", *arguments])

	def outdated(self) -> dict[str, str]:
		"""Package -> its newest version, for what the registry has newer."""
		listed = self.pip("list", "--outdated", "--format=json")
		return {
			row["name"].lower().replace("_", "-"): row["latest_version"] for row in json.loads(_json(listed))
		}

	def make_copy(self) -> Environment:
		"""The same again, beside it."""
		shutil.rmtree(self.copy, ignore_errors=True)
		shutil.copytree(self.folder, self.copy, symlinks=True)
		return Environment(self.copy)

	def swap(self) -> None:
		"""The copy takes the place of the environment, which is kept beside it."""
		shutil.rmtree(self.previous, ignore_errors=True)
		for script in (self.copy / "bin").iterdir():
			_rename_in(script, str(self.copy), str(self.folder))
		self.folder.rename(self.previous)
		self.copy.rename(self.folder)

	def swap_back(self) -> None:
		"""As it was."""
		shutil.rmtree(self.copy, ignore_errors=True)
		self.folder.rename(self.copy)
		self.previous.rename(self.folder)


def _json(text: str) -> str:
	"""The list in what pip says; it may warn before."""
	return next((line for line in text.splitlines() if line.startswith("[")), "[]")


def _rename_in(script: Path, old: str, new: str) -> None:
	"""Programs that pip has written name their Python by its path."""
	if script.is_symlink() or not script.is_file():
		return
	try:
		text = script.read_text()
	except UnicodeDecodeError:  # a program of its own, not a script
		return
	if old in text:
		script.write_text(text.replace(old, new))


def held_back(packages: Mapping[str, Any]) -> set[str]:
	"""Packages that are never upgraded here: those that Frappe or ERPNext ask for, and checkouts."""
	return {
		name
		for name, package in packages.items()
		if package["editable"] or name in FRAMEWORK or set(package["wanted_by"]) & set(FRAMEWORK)
	}


def constraints(packages: Mapping[str, Any], upgraded: Iterable[str]) -> str:
	"""A constraints file for pip: what is upgraded stays in the ranges that others ask for, all else stays as it is."""
	upgraded, lines = set(upgraded), []
	for name, package in sorted(packages.items()):
		if name not in upgraded:
			if not package["editable"]:
				lines.append(f"{name}=={package['version']}")
			continue
		ranges = sorted({wanted for wanted in package["wanted_by"].values() if wanted})
		if ranges:
			lines.append(f"{name}{','.join(ranges)}")
	return "\n".join(lines) + "\n"


def upgrade(environment: Environment, packages: Mapping[str, Any], names: list[str]) -> None:
	"""Upgrades these packages, and nothing else. Raises Failed, also where packages do not fit together any more."""
	before = broken(environment)
	file = environment.folder / "otp-constraints.txt"
	file.write_text(constraints(packages, names))
	try:
		environment.pip("install", "--upgrade", "--constraint", str(file), *names)
	finally:
		file.unlink()
	if more := sorted(broken(environment) - before):
		raise Failed("pip check complains: " + "; ".join(more))


def broken(environment: Environment) -> set[str]:
	"""What `pip check` complains of."""
	try:
		environment.pip("check")
	except Failed as failure:
		return {line for line in str(failure).splitlines()[1:] if line.strip()}
	return set()
