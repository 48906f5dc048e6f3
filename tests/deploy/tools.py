"""The programs that check the files of deploy/: where they are, and running them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent.parent
DEPLOY = CHECKOUT / "deploy"
RUNBOOK = CHECKOUT / "docs" / "runbook"
SECONDS = 120


def tool(name: str) -> str:
	"""The path of a program: on the PATH, beside this Python, or in the folder OTP_DEPLOY_TOOLS. Skips without it."""
	folders = (os.environ.get("OTP_DEPLOY_TOOLS", ""), str(Path(sys.executable).parent), os.environ["PATH"])
	found = shutil.which(name, path=os.pathsep.join(filter(None, folders)))
	if found is None:
		pytest.skip(f"{name} is not on this machine")
	return found


def run(command: Sequence[str | Path], cwd: Path | None = None, **environment: str) -> str:
	"""What the command prints, on both outputs. Fails with that if it does not exit with 0."""
	done = subprocess.run(
		[str(part) for part in command],
		cwd=cwd,
		env={**os.environ, **environment},
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		timeout=SECONDS,
	)
	assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
	return done.stdout
