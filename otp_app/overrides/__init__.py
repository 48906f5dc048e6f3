"""What happens to promises when documents of ERPNext change: one module a doctype, one handler an event."""
