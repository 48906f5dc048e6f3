"""The tests, by where they run: tests/erpnext needs a bench (scripts/erpnext_tests.py), the others do not."""
