"""Holiday List: days on which nothing is picked, received or delivered."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.calendars import changed_holidays
from otp_app.promises.watching.noting import note


def on_update(holidays: Document, method: str | None = None) -> None:
	"""Days were added or taken away."""
	note(changed_holidays(holidays))
