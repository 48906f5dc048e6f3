"""`otp demo`: the first thing that anybody sees, so all that it prints must be true."""

from __future__ import annotations

import shlex
import sys

from otp_app.cli.demo import program
from tests.cli.conftest import Otp


def test_the_demo_promises_an_order_and_says_why(bare_otp: Otp):
	ran = bare_otp("demo")
	assert (ran.code, ran.err) == (0, "")
	assert "\nPromised for " in ran.out
	assert "\nWhy: " in ran.out
	assert "\nTry next:\n" in ran.out


def test_every_command_that_the_demo_prints_works(bare_otp: Otp, monkeypatch):
	monkeypatch.setattr("otp_app.cli.demo.program", lambda: "otp")
	printed = [line.strip() for line in bare_otp("demo").out.splitlines() if line.startswith("  otp ")]
	assert len(printed) >= 5
	for command in printed:
		ran = bare_otp(*shlex.split(command)[1:])
		assert ran.code in (0, 1), f"{command}: {ran.err}"
		assert ran.out, command
		assert not ran.err, command


def test_commands_are_printed_as_they_can_be_typed_here(monkeypatch, tmp_path):
	script = tmp_path / "bin" / "otp"
	script.parent.mkdir()
	script.touch(mode=0o755)
	monkeypatch.setattr(sys, "argv", [str(script)])
	monkeypatch.setenv("PATH", "/nowhere")
	monkeypatch.chdir(tmp_path)
	assert program() == "bin/otp"
	monkeypatch.setenv("PATH", str(script.parent))
	assert program() == "otp"
	monkeypatch.setattr(sys, "argv", ["otp_app/cli/__main__.py"])
	assert program().endswith(" -m otp_app.cli")
