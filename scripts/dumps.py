"""A site's database written to a file, and read back from it."""

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

from bench_services import Failed, root_login, step
from scratch import Scratch


def dump(scratch: Scratch, path: Path) -> None:
	"""All tables of the site into `path`, compressed."""
	tool = shutil.which("mariadb-dump") or shutil.which("mysqldump")
	if tool is None:
		raise Failed(
			"mariadb-dump is not installed: install it (package mariadb-client), then run this again"
		)
	partial = path.with_suffix(".partial")
	with step(f"keep a copy of the site ({path.name})"), gzip.open(partial, "wb", compresslevel=1) as file:
		command = [tool, *login(scratch), "--single-transaction", "--quick", database(scratch)]
		with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(scratch)) as process:
			shutil.copyfileobj(process.stdout, file, 1 << 20)
	if process.returncode:
		raise Failed(f"{tool} ended with exit code {process.returncode}")
	partial.rename(path)


def restore(scratch: Scratch, path: Path) -> None:
	"""Puts the site's tables back as they were; what only this run's Redis knew is gone with it."""
	tool = shutil.which("mariadb") or shutil.which("mysql")
	if tool is None:
		raise Failed("mariadb is not installed: install it (package mariadb-client), then run this again")
	with step(f"restore the site ({path.name})"), gzip.open(path, "rb") as file:
		command = [tool, *login(scratch), database(scratch)]
		with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment(scratch)) as process:
			shutil.copyfileobj(file, process.stdin, 1 << 20)
	if process.returncode:
		raise Failed(f"{tool} ended with exit code {process.returncode}")


def database(scratch: Scratch) -> str:
	config = json.loads((scratch.sites / scratch.site / "site_config.json").read_text())
	return config["db_name"]


def login(scratch: Scratch) -> list[str]:
	config = json.loads((scratch.sites / "common_site_config.json").read_text())
	host, port = config.get("db_host") or "127.0.0.1", config.get("db_port") or 3306
	return [f"--host={host}", f"--port={port}", f"--user={root_login(config)[0]}"]


def environment(scratch: Scratch) -> dict[str, str]:
	"""The password goes by the environment: a command line can be read by others."""
	config = json.loads((scratch.sites / "common_site_config.json").read_text())
	return {**os.environ, "MYSQL_PWD": root_login(config)[1]}
