"""The real program on a real terminal, and piped: colour, width, speed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of POSIX")

OTP = [sys.executable, "-m", "otp_app.cli"]
WITHOUT_RICH = [
	sys.executable,
	"-c",
	"from otp_app.cli import paint; paint.has_rich = lambda: False\nfrom otp_app.cli.main import main; main()",
]


def environment(**more: str) -> dict[str, str]:
	plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
	return plain | {"TERM": "xterm-256color", "COLUMNS": "80", **more}


def on_terminal(bikes: Path, *arguments: str, program: list[str] = OTP, **more: str) -> str:
	"""What the program writes to a terminal of 80 columns."""
	main, terminal = pty.openpty()
	command = [*program, *arguments, "--snapshot", str(bikes)]
	with subprocess.Popen(command, stdout=terminal, stderr=terminal, env=environment(**more)) as running:
		os.close(terminal)
		written = b""
		while True:
			try:
				part = os.read(main, 65536)
			except OSError:  # Linux tells the end of a terminal like this
				break
			if not part:
				break
			written += part
		os.close(main)
		assert running.wait() in (0, 1)
	return written.decode().replace("\r\n", "\n")


def piped(bikes: Path, *arguments: str, **more: str) -> str:
	command = [*OTP, *arguments, "--snapshot", str(bikes)]
	return subprocess.run(command, capture_output=True, text=True, env=environment(**more)).stdout


def test_there_is_colour_on_a_terminal(bikes: Path):
	assert "\x1b[1;32mPromised for " in on_terminal(bikes, "promise", "--item", "CITY-BIKE=5")


@pytest.mark.parametrize("command", [("promise", "--item", "LOCK=50"), ("explain", "HELMET")])
def test_there_is_no_escape_code_without_colour(bikes: Path, command: tuple[str, ...]):
	assert "\x1b" not in on_terminal(bikes, *command, NO_COLOR="1")
	assert "\x1b" not in on_terminal(bikes, *command, program=WITHOUT_RICH)
	assert "\x1b" not in on_terminal(bikes, *command, TERM="dumb")
	assert "\x1b" not in piped(bikes, *command)
	assert "\x1b" not in piped(bikes, *command, FORCE_COLOR="1")


@pytest.mark.parametrize("command", [("promise", "--item", "COMMUTER-SET=5"), ("explain", "LOCK")])
def test_nothing_is_wider_than_the_terminal(bikes: Path, command: tuple[str, ...]):
	lines = on_terminal(bikes, *command, NO_COLOR="1").splitlines()
	assert max(map(len, lines)) <= 80


def test_what_is_piped_is_one_line_a_reason(bikes: Path):
	lines = piped(bikes, "promise", "--item", "LOCK=2").splitlines()
	assert "  - 0 of the 12 Nos of LOCK on hand in Stores - RS are free; the rest is owed to others." in lines


def test_sentences_are_wrapped_on_a_terminal_without_rich(bikes: Path):
	out = on_terminal(bikes, "promise", "--item", "LOCK=2", program=WITHOUT_RICH)
	reasons = out[out.index("Why") :].splitlines()
	assert max(map(len, reasons)) <= 80
	assert any(line.startswith("    ") for line in reasons)


def test_a_reader_that_goes_away_is_no_crash(bikes: Path):
	command = shlex.join([*OTP, "promise", "--item", "LOCK=2", "--snapshot", str(bikes)]) + " | head -1"
	ran = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment())
	assert ran.stdout.startswith("Promised for ")
	assert "Traceback" not in ran.stderr


def test_an_ascii_locale_is_no_crash(bikes: Path):
	out = piped(bikes, "promise", "--item", "LOCK=2", "--customer", "Cycles du Rhône", LC_ALL="C")
	assert out.startswith("Promised for ")


def test_help_loads_neither_the_engine_nor_rich():
	program = (
		"import sys; import otp_app.cli.main\n"
		"print(sorted({'pydantic', 'rich', 'otp_app.engine.request', 'otp_app.engine.planner'} & set(sys.modules)))"
	)
	ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
	assert ran.stdout == "[]\n"
