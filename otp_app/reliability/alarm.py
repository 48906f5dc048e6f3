"""Watching whether probabilities that were told still hold, and saying so when they do not."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import add_days, getdate, now_datetime, nowdate
from frappe.utils.user import get_users_with_role

from otp_app.promises.names import DOCTYPE
from otp_app.reports.outcomes import drift_in_words, drift_of

ROLES = ("Sales Manager", "Purchase Manager")
REPORT = "Promise Accuracy"
# As long as it lasts, it is said once in so many days.
REPEAT_AFTER_DAYS = 30


def watch() -> None:
	"""Tells those who plan of each company whose promises are kept more or less often than they were told to be.

	A scheduled job.
	"""
	today = getdate(nowdate())
	for company in frappe.get_all("Company", pluck="name"):
		if sentence := drift_in_words(drift_of(company, today)):
			_tell(company, sentence)


def _tell(company: str, sentence: str) -> None:
	subject = _("{0}: promises are not kept as they were told").format(frappe.bold(company))
	told = {
		"document_type": DOCTYPE,
		"subject": subject,
		"creation": (">", add_days(now_datetime(), -REPEAT_AFTER_DAYS)),
	}
	if frappe.db.exists("Notification Log", told):
		return
	users = sorted({user for role in ROLES for user in get_users_with_role(role)})
	alert = frappe._dict(
		type="Alert",
		document_type=DOCTYPE,
		subject=subject,
		email_content=sentence,
		from_user="Administrator",
		link=f"/app/query-report/{REPORT}?group_by=Probability",
	)
	make_notification_logs(alert, users)
