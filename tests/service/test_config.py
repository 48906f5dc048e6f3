"""What the environment may say, and how what it may not is told."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from otp_app.service.config import DEMO_SNAPSHOT, VARIABLES, BadConfiguration, from_environment


def problems(**environ: str) -> tuple[str, ...]:
	with pytest.raises(BadConfiguration) as raised:
		from_environment(environ)
	return raised.value.problems


def test_without_anything_the_demo_is_served_on_loopback():
	found = from_environment({})
	assert (found.snapshot, found.host, found.port, found.workers) == (DEMO_SNAPSHOT, "127.0.0.1", 8001, 1)
	assert found.loopback
	assert found.promises_from == "the demo company"


def test_an_empty_variable_is_one_that_is_not_set():
	assert from_environment({variable.name: " " for variable in VARIABLES}) == from_environment({})


def test_values_are_read():
	found = from_environment(
		{
			"CUTOFF_TIME": "15:30",
			"TIMEZONE": "Europe/Paris",
			"NO_WEEKENDS": "No",
			"LEAD_TIME_BUFFER_DAYS": "2",
			"OTP_API_KEYS": "one-key-of-a-caller, another-key-of-one",
			"OTP_SERVICE_HOST": "0.0.0.0",
			"LOG_LEVEL": "warning",
		}
	)
	assert (found.cutoff_time, found.timezone, found.no_weekends) == (time(15, 30), "Europe/Paris", False)
	assert found.api_keys == ("one-key-of-a-caller", "another-key-of-one")
	assert (found.buffer_days, found.log_level, found.loopback) == (2, "WARNING", False)


def test_all_that_is_wrong_is_told_at_once():
	told = problems(
		OTP_SERVICE_PORT="eight",
		OTP_WORKERS="0",
		CUTOFF_TIME="25:00",
		TIMEZONE="Mars",
		OTP_SNAPSHOT="/nowhere",
	)
	assert [sentence.split(" ")[0] for sentence in told] == [
		"OTP_SNAPSHOT",
		"OTP_SERVICE_PORT",
		"OTP_WORKERS",
		"CUTOFF_TIME",
		"TIMEZONE",
	]
	assert told[1] == "OTP_SERVICE_PORT is 'eight': give a whole number from 0 to 65535."


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.com"])
def test_others_reach_it_only_with_keys(host: str):
	(told,) = problems(OTP_SERVICE_HOST=host)
	assert "set OTP_API_KEYS" in told


def test_a_secret_is_not_shown():
	told = problems(OTP_API_KEYS="short", OTP_METRICS_TOKEN="with a blank in it and more")
	assert len(told) == 2
	assert not any("short" in sentence or "blank" in sentence for sentence in told)
	assert "0123456789abcdef" not in repr(from_environment({"OTP_API_KEYS": "0123456789abcdef"}))


def test_a_remote_erpnext_needs_its_key_and_no_snapshot():
	told = problems(ERPNEXT_BASE_URL="https://erp.example.com/", OTP_SNAPSHOT=str(DEMO_SNAPSHOT))
	assert len(told) == 3
	assert "OTP_SNAPSHOT and ERPNEXT_BASE_URL are both set" in told[0]


@pytest.mark.parametrize(
	"url", ["erp.example.com", "ftp://x", "https://u:p@erp.example.com", "http://x:99999"]
)
def test_an_address_that_is_none_is_refused(url: str):
	(told,) = problems(ERPNEXT_BASE_URL=url)
	assert "give the address of the site" in told
	assert "u:p" not in told


def test_the_page_lists_every_variable():
	page = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
	assert [variable.name for variable in VARIABLES if f"| `{variable.name}` |" not in page] == []
