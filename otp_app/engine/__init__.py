"""The promise engine: pure Python that takes a snapshot, a request and `now`, and returns a promise.

No frappe, no I/O and no clock in this folder (a test enforces it): the same input gives the same bytes.
"""
