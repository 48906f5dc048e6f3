"""Logs: one JSON object a line, and no key, token, card number or secret in any record of the SDK."""

from __future__ import annotations

import json
import logging

from ._masking import mask, mask_text

ROOT = "molam_sdk"
_EXTRAS = ("request_id", "endpoint", "latency")


class MaskingFilter(logging.Filter):
	"""Masks a record before any handler sees it."""

	def filter(self, record: logging.LogRecord) -> bool:
		record.msg, record.args = _message(record), None
		return True


class JsonFormatter(logging.Formatter):
	"""A record as one JSON object: ts (ms since 1970), name, level, msg, and what else there is."""

	def format(self, record: logging.LogRecord) -> str:
		line: dict[str, object] = {
			"ts": int(record.created * 1000),
			"name": record.name,
			"level": record.levelname,
			"msg": _message(record),
		}
		line |= {name: mask(getattr(record, name)) for name in _EXTRAS if hasattr(record, name)}
		if record.exc_info:
			line["exc"] = mask_text(self.formatException(record.exc_info))
		return json.dumps(line, default=str)


def setup_structured_logger(level: int = logging.INFO) -> None:
	"""Write the SDK's log records to stderr, as JSON lines, from `level` up. Calling it again changes the level."""
	handler = logging.StreamHandler()
	handler.setFormatter(JsonFormatter())
	logger = logging.getLogger(ROOT)
	logger.setLevel(level)
	logger.handlers = [handler]
	logger.propagate = False


def get_logger(part: str) -> logging.Logger:
	"""The SDK's logger for one of its parts; what it logs is masked."""
	logger = logging.getLogger(f"{ROOT}.{part}")
	if not any(isinstance(each, MaskingFilter) for each in logger.filters):
		logger.addFilter(MaskingFilter())
	return logger


def _message(record: logging.LogRecord) -> str:
	args = record.args
	if not args:
		return mask_text(str(record.msg))
	masked = logging.makeLogRecord({"msg": record.msg, "args": mask(args)})
	return mask_text(masked.getMessage())


# Without a handler of the application's, a library says nothing.
logging.getLogger(ROOT).addHandler(logging.NullHandler())
