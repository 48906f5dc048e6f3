"""The site's log: JSON lines in `logs/otp_app.log` of the bench, or on stderr where FRAPPE_STREAM_LOGGING is set.

Files rotate as Frappe's do. A folder that cannot be written, or a full disk, loses lines and stops nobody.
"""

from __future__ import annotations

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

import frappe
from frappe.utils.logger import stream_logging

from otp_app.operations.tracing import request_id
from otp_app.telemetry.json_logs import JsonFormatter

NAME = "otp_app"
MAX_BYTES, FILES = 10_000_000, 20
LEVEL = "otp_log_level"  # of site_config.json
DEFAULT_LEVEL = "INFO"
# Seconds until a file that could not be opened is tried again.
AGAIN_AFTER = 60.0

# One for all sites of a process: each line says which.
_logger = logging.getLogger("otp_app.site")
_tried_at: float | None = None


def logger() -> logging.Logger:
	"""The log of this site, at the level of `otp_log_level`."""
	if not _logger.handlers or _is_mute():
		_open()
	level = logging.getLevelName(str(frappe.conf.get(LEVEL) or DEFAULT_LEVEL).upper())
	level = level if isinstance(level, int) else logging.INFO
	if _logger.level != level:  # setting it makes every logger of the process look for its level anew
		_logger.setLevel(level)
	return _logger


def log_file() -> Path:
	"""Where the lines go, seen from the sites folder as all of Frappe's logs are."""
	return Path(frappe.local.sites_path) / ".." / "logs" / f"{NAME}.log"


def _is_mute() -> bool:
	return (
		isinstance(_logger.handlers[0], logging.NullHandler)
		and _tried_at is not None
		and time.monotonic() - _tried_at > AGAIN_AFTER
	)


def _open() -> None:
	global _tried_at
	_tried_at = time.monotonic()
	handler = _handler()
	handler.setFormatter(JsonFormatter())
	handler.addFilter(_about_the_site)
	# A line that cannot be written is lost: telling on stderr would be the next thing that cannot be.
	handler.handleError = lambda record: None  # type: ignore[method-assign]
	_logger.handlers = [handler]
	_logger.propagate = False


def _handler() -> logging.Handler:
	if stream_logging:
		return logging.StreamHandler()
	try:
		return RotatingFileHandler(log_file(), maxBytes=MAX_BYTES, backupCount=FILES)
	except OSError:
		return logging.NullHandler()


def _about_the_site(record: logging.LogRecord) -> bool:
	record.name = NAME
	record.site = getattr(frappe.local, "site", None)
	if not hasattr(record, "request_id"):
		record.request_id = request_id()
	return True
