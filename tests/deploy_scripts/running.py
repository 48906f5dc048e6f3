"""The scripts as an operator runs them."""

import os
import subprocess
import sys
from pathlib import Path

from . import SCRIPTS


def script(name: str, *arguments: object, cwd: Path | None = None, **environment: str):
	"""The finished process of a script."""
	return subprocess.run(
		[sys.executable, str(SCRIPTS / name), *map(str, arguments)],
		cwd=cwd,
		env={**os.environ, **environment},
		capture_output=True,
		text=True,
		timeout=120,
	)
