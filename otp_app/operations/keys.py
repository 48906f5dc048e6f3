"""What the app keeps in Redis, to be taken along when it is uninstalled."""

from __future__ import annotations

import frappe

# Of this site: Frappe puts the name of its database before them.
OWN = ("otp_*", "otp_app:*")
# Of the circuit breakers, which have names of their own (payments/connection.py).
CIRCUITS = ("{site}:*:pybreaker:*", "{site}:*:molam:probe")


def remove_keys() -> None:
	"""Deletes them all."""
	patterns = [frappe.cache.make_key(pattern).decode() for pattern in OWN]
	patterns += [pattern.format(site=frappe.local.site) for pattern in CIRCUITS]
	for pattern in patterns:
		for key in list(frappe.cache.scan_iter(match=pattern, count=1000)):
			frappe.cache.delete(key)
