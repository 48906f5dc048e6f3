"""From a request, or a document, to a promise: read a snapshot and decide. Only site.py and documents.py need frappe."""
