"""Clocks and time zones: a promise begins today, and today ends at the cutoff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import frappe

from otp_app.operations.doctor.finding import Finding, error, note, warning

MAX_SECONDS = 5.0


def look() -> Iterator[Finding]:
	"""The database's clock against this machine's, the site's time zone, and users who sit in another one."""
	yield from _clocks()
	zone = frappe.db.get_single_value("System Settings", "time_zone", cache=False)
	if not zone:
		set_it = "Desk: System Settings > Time Zone"
		yield warning("NO_TIME_ZONE", "The site has no time zone: dates are those of India.", set_it)
		return
	try:
		ZoneInfo(zone)
	except (ZoneInfoNotFoundError, ValueError):
		told = f"{zone} is no time zone that this machine knows."
		yield error("UNKNOWN_TIME_ZONE", told, "Desk: System Settings > Time Zone")
		return
	elsewhere = frappe.get_all(
		"User", {"enabled": 1, "time_zone": ("not in", (zone, "")), "user_type": "System User"}, pluck="name"
	)
	if elsewhere:
		told = (
			f"{len(elsewhere)} users have another time zone than {zone}, by which dates and cutoff are told."
		)
		yield note("OTHER_TIME_ZONES", told, "Desk: User > Time Zone, or a time zone in the Warehouse Rules")


def _clocks() -> Iterator[Finding]:
	(theirs,) = frappe.db.sql("select utc_timestamp(3)")[0]
	ours = datetime.now(timezone.utc).replace(tzinfo=None)
	if abs((theirs - ours).total_seconds()) > MAX_SECONDS:
		seconds = f"{(theirs - ours).total_seconds():+.0f}"
		told = f"The database's clock differs from this machine's by {seconds} seconds."
		yield error("CLOCKS_DIFFER", told, "timedatectl set-ntp true, on both machines")
