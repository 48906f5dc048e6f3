"""Requests that nobody would send, and what the service answered (scripts/fuzz_service.py)."""
