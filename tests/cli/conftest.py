"""Runs `otp` in this process, on a snapshot of the bicycle maker of tests/values.py."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from otp_app.cli.main import main
from otp_app.sources.snapshot import write_snapshot
from tests.values import bike_company


@dataclass(frozen=True)
class Ran:
	code: int
	out: str
	err: str

	@property
	def answer(self) -> Any:
		return json.loads(self.out)

	@property
	def errors(self) -> list[str]:
		return self.err.splitlines()


Otp = Callable[..., Ran]


@pytest.fixture(scope="session")
def bikes(tmp_path_factory) -> Path:
	path = tmp_path_factory.mktemp("cli") / "bikes.sqlite"
	write_snapshot(bike_company(), path, customers=True)
	return path


@pytest.fixture
def bare_otp(capsys, monkeypatch) -> Otp:
	"""`otp` with exactly these arguments."""

	def run(*arguments: str, stdin: str = "") -> Ran:
		monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
		with pytest.raises(SystemExit) as ended:
			main(list(arguments), prog_name="otp")
		printed = capsys.readouterr()
		return Ran(int(ended.value.code or 0), printed.out, printed.err)

	return run


@pytest.fixture
def otp(bare_otp: Otp, bikes: Path) -> Otp:
	"""`otp` on the bicycle maker's snapshot."""
	return lambda *arguments, **more: bare_otp(*arguments, "--snapshot", str(bikes), **more)
