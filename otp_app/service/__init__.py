"""The stand-alone service, `otp serve`: the engine over HTTP, on a snapshot or a remote ERPNext. No frappe.

FastAPI and uvicorn are the extra `service`; nothing outside of this package imports them.
"""
