"""A log line is one JSON object, whatever is in it."""

import json
import logging
import sys

from otp_app.telemetry.json_logs import REQUEST_ID, JsonFormatter
from otp_app.telemetry.names import METRICS


def told(message: str, *arguments: object, **extra: object) -> dict[str, object]:
	record = logging.LogRecord("otp", logging.INFO, "file.py", 1, message, arguments, None)
	record.__dict__.update(extra)
	line = JsonFormatter().format(record)
	assert "\n" not in line
	return json.loads(line)


def test_a_line_has_the_request_and_only_the_fields_that_are_known():
	token = REQUEST_ID.set("abc")
	try:
		line = told("promised %s", "it", customer="Velo\nNord", duration_ms=1.5, secret="s3cret")
	finally:
		REQUEST_ID.reset(token)
	assert line.pop("timestamp").endswith("+00:00")
	assert line == {
		"level": "INFO",
		"logger": "otp",
		"message": "promised it",
		"request_id": "abc",
		"customer": "Velo\nNord",
		"duration_ms": 1.5,
	}


def test_an_exception_stays_on_the_line():
	try:
		raise ValueError("no\nlines")
	except ValueError:
		assert "ValueError" in str(told("failed", exc_info=sys.exc_info())["exception"])


def test_no_metric_is_named_twice():
	assert len({metric.name for metric in METRICS}) == len(METRICS) > 10
