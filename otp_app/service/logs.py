"""Where the service's log lines go."""

from __future__ import annotations

import logging
import sys

from otp_app.telemetry.json_logs import JsonFormatter


def log_to_stderr(level: str) -> None:
	"""One JSON object a line on stderr, uvicorn's own lines too; of other libraries, warnings."""
	handler = logging.StreamHandler(sys.stderr)
	handler.setFormatter(JsonFormatter())
	root = logging.getLogger()
	root.handlers[:] = [handler]
	root.setLevel(logging.WARNING)
	for name in ("otp_app", "uvicorn"):
		logging.getLogger(name).setLevel(level)
