"""Payments through Molam in ERPNext: asked for, followed, booked, and tied to what is promised (docs/payments.md)."""
