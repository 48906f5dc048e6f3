"""Worker processes that die."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from otp_app.service.workers import SERVING


def fails(configuration: Any, listening: Any, folder: Path, number: int) -> None:
	"""Ends before it takes connections."""
	sys.exit(3)


def serves_and_dies(configuration: Any, listening: Any, folder: Path, number: int) -> None:
	"""Ends as soon as it takes connections."""
	(folder / SERVING.format(number)).write_text(str(os.getpid()), encoding="ascii")
	sys.exit(3)
