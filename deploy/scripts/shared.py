"""What the operators' scripts share: a bench, steps with their time, tables, and failures with one sentence."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parent
CHECKOUT = SCRIPTS.parent.parent
FRAPPE = ("-m", "frappe.utils.bench_helper", "frappe")
# Exit codes of every script: all is well; something was found or failed; it was called wrongly (argparse's own).
WELL, BAD, USAGE = 0, 1, 2
TAIL = 30  # lines of a failed command that are shown

sys.path.append(str(CHECKOUT / "scripts"))
from bench_services import Failed, root_login, start_redis, step  # noqa: E402

__all__ = ["Failed", "root_login", "start_redis", "step"]


@dataclass(frozen=True)
class Bench:
	"""A folder laid out like a bench, and one of its sites; `sites` may be a scratch folder elsewhere."""

	folder: Path
	site: str
	sites: Path

	@classmethod
	def of(cls, folder: str | Path, site: str) -> Bench:
		"""The bench in a folder. Raises Failed where it is none, or has no such site."""
		folder = Path(folder).expanduser().absolute()
		bench = cls(folder, site, folder / "sites")
		if not bench.python.exists():
			raise Failed(f"{folder} is no bench: there is no env/bin/python in it. --bench names its folder.")
		if not (bench.site_folder / "site_config.json").exists():
			names = ", ".join(sorted(path.parent.name for path in bench.sites.glob("*/site_config.json")))
			raise Failed(f"{folder} has no site {site!r}. Its sites: {names or 'none'}.")
		return bench

	@property
	def python(self) -> Path:
		return self.folder / "env/bin/python"

	@property
	def site_folder(self) -> Path:
		return self.sites / self.site

	def config(self) -> dict[str, Any]:
		"""The site's configuration, over that of all sites."""
		config: dict[str, Any] = {}
		for path in (self.sites / "common_site_config.json", self.site_folder / "site_config.json"):
			if path.exists():
				config |= json.loads(path.read_text())
		return config

	def command(self, *arguments: str) -> str:
		"""`bench --site SITE arguments`; what it printed. Raises Failed with its last lines."""
		return self.run(*FRAPPE, "--site", self.site, *arguments)

	def run(self, *arguments: str) -> str:
		"""Runs the bench's Python in the sites folder."""
		# Not the caller's PYTHONPATH only: a bench that has the app installed needs none.
		return run([str(self.python), *arguments], cwd=self.sites)


class CommandFailed(Failed):
	"""A command ended with an error; `output` is all that it printed."""

	def __init__(self, message: str, output: str) -> None:
		super().__init__(message)
		self.output = output


def run(command: Sequence[str], *, cwd: Path | None = None) -> str:
	"""What a command printed. Raises Failed, CommandFailed with its last lines."""
	try:
		done = subprocess.run(
			command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
		)
	except OSError as error:
		raise Failed(f"{command[0]} cannot be run: {error.strerror}.") from error
	output = done.stdout.decode(errors="replace")
	if done.returncode:
		tail = "\n".join(output.replace("\r", "\n").splitlines()[-TAIL:])
		words = " ".join(Path(word).name if word.startswith("/") else word for word in command[:6])
		raise CommandFailed(f"`{words} ...` ended with exit code {done.returncode}:\n{tail}", output)
	return output


def table(rows: Sequence[Sequence[object]], heading: Sequence[str]) -> str:
	"""Rows in columns that are as wide as they have to be."""
	lines = [[str(cell) for cell in row] for row in (heading, *rows)]
	widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
	lines.insert(1, ["-" * width for width in widths])
	return "\n".join(
		"  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
		for line in lines
	)


def parser(document: str) -> argparse.ArgumentParser:
	"""A parser whose --help is the script's own documentation: its first line, and the rest below the options."""
	first, _, rest = document.partition("\n\n")
	return argparse.ArgumentParser(
		description=first,
		epilog=rest.expandtabs(2),
		formatter_class=argparse.RawDescriptionHelpFormatter,
		allow_abbrev=False,
	)


def add_site(options: argparse.ArgumentParser, *, required: bool = True) -> None:
	"""--bench and --site."""
	bench = os.environ.get("FRAPPE_BENCH") or "~/frappe-bench"
	options.add_argument("--bench", default=bench, help="folder of the bench (FRAPPE_BENCH; %(default)s)")
	options.add_argument("--site", required=required, help="name of the site")


def ended(main: Callable[[], int]) -> int:
	"""Runs a script's main; a failure is one sentence on stderr and exit code 1."""
	try:
		return main()
	except Failed as failure:
		print(f"FAILED: {failure}", file=sys.stderr)
	except KeyboardInterrupt:
		print("Interrupted.", file=sys.stderr)
	return BAD


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
	"""A folder that only the user may read, gone in the end."""
	folder = Path(tempfile.mkdtemp(prefix=f"otp-{purpose}-"))
	try:
		yield folder
	finally:
		shutil.rmtree(folder, ignore_errors=True)
