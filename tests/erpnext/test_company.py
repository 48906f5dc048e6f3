"""The tests' site: where it is morning when they start."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_system_timezone, now_datetime

from tests.erpnext.company import ZONE, morning_zone


def test_at_every_hour_there_is_a_zone_where_it_is_morning():
	midnight = datetime(2026, 7, 1, tzinfo=timezone.utc)
	moments = [
		midnight + timedelta(days=days, minutes=minutes) for days in (0, 184) for minutes in range(1440)
	]
	assert {now.astimezone(ZoneInfo(morning_zone(now))).hour for now in moments} == {8, 9, 10}


def test_the_site_is_in_the_zone_of_this_run():
	assert get_system_timezone() == ZONE
	assert frappe.get_system_settings("time_zone") == ZONE
	here = datetime.now(ZoneInfo(ZONE)).replace(tzinfo=None)
	assert abs(now_datetime() - here) < timedelta(seconds=5)
