"""Taking the app off a site: nothing stays but the documents that users made."""

import frappe

from otp_app.operations.keys import remove_keys
from otp_app.payments.gateway import unregister_all
from otp_app.promises.keeping.record import drop_numbers
from otp_app.setup.fields import remove_fields
from otp_app.setup.indexes import remove_indexes
from otp_app.setup.remains import find_again, remove_remains, remove_traces


def before_uninstall() -> None:
	"""What Frappe does not take away itself: see each step. May be repeated after a failure."""
	find_again()
	unregister_all()
	remove_remains()
	remove_fields()
	remove_indexes()
	drop_numbers()
	frappe.db.delete("Series", {"name": ("in", ("MOLAM-", "BACKORDER-"))})


def after_uninstall() -> None:
	"""What Frappe leaves of what it has taken away."""
	remove_traces()
	remove_keys()
	frappe.db.commit()  # nobody else does after this
