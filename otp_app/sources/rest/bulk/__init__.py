"""Bulk reads of a site without otp_app: `frappe.client.get_list` by item, as many calls for a hundred lines as for one."""
