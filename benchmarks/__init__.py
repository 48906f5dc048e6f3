"""What `make bench` measures: the engine alone, a promise inside a site, and calls over HTTP against frappe.ping."""
