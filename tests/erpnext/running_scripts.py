"""The operators' scripts on the test site, as an operator runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import frappe

from otp_app.promises.watching import judging
from tests.deploy_scripts import SCRIPTS
from tests.erpnext.stories.telling import cancel
from tests.erpnext.watched import bought, committed


def bench() -> Path:
	"""The folder laid out like a bench that the tests run in: its sites folder is the working directory."""
	return Path.cwd().parent


def script(name: str, *arguments: object, **environment: str):
	"""The finished process of a script."""
	return subprocess.run(
		[sys.executable, str(SCRIPTS / name), *map(str, arguments)],
		env={**os.environ, **environment},
		capture_output=True,
		text=True,
	)


def bench_command(*arguments: str) -> str:
	"""`bench --site SITE arguments` in a process of its own; what it printed."""
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", frappe.local.site]
	done = subprocess.run([*command, *arguments], capture_output=True, text=True)
	assert done.returncode == 0, done.stdout + done.stderr
	return done.stdout


@pytest.fixture(scope="module")
def an_order() -> Iterator[str]:
	"""A promised Sales Order that other processes can see; cancelled in the end."""
	item, purchase = bought(qty=10)
	order = committed(item)
	frappe.db.commit()
	yield order.name
	frappe.db.rollback()
	frappe.set_user("Administrator")
	for doc in (order, purchase):
		cancel(doc)
	frappe.db.commit()
	judging.judge_what_moved(linger=0)


def manifest(backup: Path) -> dict:
	return json.loads((backup / "manifest.json").read_text())
