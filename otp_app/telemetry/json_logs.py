"""Log lines as JSON, one object a line, each with the id of the request that it belongs to."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any

# The id of the request that is being answered; None outside of one.
REQUEST_ID: ContextVar[str | None] = ContextVar("otp_request_id", default=None)
# What a record may bring with `extra=`, in this order, after the fields that every line has.
FIELDS = (
	"customer",
	"status",
	"promise_date",
	"confidence",
	"duration_ms",
	"method",
	"path",
	"http_status",
	"queries",
	"statements",
	"site",
)


class JsonFormatter(logging.Formatter):
	"""`{timestamp, level, logger, message, request_id, ...FIELDS that the record has, exception?}`; the timestamp is UTC."""

	def format(self, record: logging.LogRecord) -> str:
		"""The line, without its end."""
		moment = datetime.fromtimestamp(record.created, tz=timezone.utc)
		line: dict[str, Any] = {
			"timestamp": moment.isoformat(timespec="milliseconds"),
			"level": record.levelname,
			"logger": record.name,
			"message": record.getMessage(),
			"request_id": getattr(record, "request_id", None) or REQUEST_ID.get(),
		}
		line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
		if record.exc_info:
			line["exception"] = self.formatException(record.exc_info)
		return json.dumps(line, default=str, ensure_ascii=False)
