"""Small stories of documents on a site, one function each; tests/erpnext/busy_site.py tells them all."""
