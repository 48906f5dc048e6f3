"""From a request, or a document, to a promise: read a snapshot and decide. calculate.py and names.py need no frappe."""
