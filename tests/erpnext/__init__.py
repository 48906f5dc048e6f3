"""Tests on a real ERPNext site; scripts/erpnext_tests.py makes one and runs them there."""
