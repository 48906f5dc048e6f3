"""Plain pytest on the site named by OTP_TEST_SITE, in whose sites folder it runs; each test is rolled back.

Without that variable nothing here is collected, so a plain `pytest` needs no ERPNext.
"""

import os

import pytest

SITE = os.environ.get("OTP_TEST_SITE")

if not SITE:
	collect_ignore_glob = ["*"]
else:
	import frappe
	from frappe.cache_manager import user_cache_keys

	from otp_app.sources.site.world import MARK_KEY
	from tests.erpnext import company
	from tests.erpnext.secrets import WATCH, in_error_log, in_log_files, log_files
	from tests.factories.base import new_request


def pytest_configure(config: pytest.Config) -> None:
	if not SITE:
		return
	frappe.init(site=SITE)
	if not frappe.conf.allow_tests:
		pytest.exit(f"Site {SITE} has no allow_tests in its configuration: tests write to it.", returncode=2)
	frappe.connect()
	frappe.flags.in_test = True
	company.ensure()


def pytest_unconfigure(config: pytest.Config) -> None:
	if SITE:
		frappe.destroy()


@pytest.fixture(autouse=True)
def rolled_back():
	"""Everything a test does to the site, undone: its rows, the cached documents, the user."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	forget_documents()
	frappe.db.begin()
	yield
	assert not in_error_log()
	frappe.db.rollback()
	frappe.set_user("Administrator")
	forget_documents()


@pytest.fixture(scope="session", autouse=True)
def no_secret_is_told():
	"""No log line of the whole run shows a key or secret."""
	with WATCH.watching():
		yield
	assert not in_log_files()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
	if SITE:
		files, found = len(log_files()), len(WATCH.found) + len(in_log_files()) + len(in_error_log())
		searched = f"{WATCH.lines} log lines, {files} log files and the Error Log after each test"
		terminalreporter.write_line(f"Secrets: searched {searched}; found {found}")


def forget_documents() -> None:
	"""Drop cached documents, settings and permissions, not the DocTypes (`frappe.clear_cache` costs a second)."""
	frappe.cache.delete_keys("document_cache::")
	frappe.cache.delete_value(MARK_KEY)
	for key in (*user_cache_keys, "system_settings", "time_zone"):
		frappe.cache.delete_key(key)
	frappe.local.cache.clear()
	frappe.local.role_permissions.clear()
	frappe.db.value_cache.clear()
	new_request()
	frappe.clear_messages()


@pytest.fixture
def asked_under_an_id(monkeypatch):
	"""Requests carry this id of the caller's own."""
	request_id = frappe.generate_hash(length=12)
	monkeypatch.setattr("otp_app.api.http.frappe.get_request_header", lambda *args: request_id)
	monkeypatch.setattr(frappe.local, "request", frappe._dict(headers={}), raising=False)
	monkeypatch.setattr(frappe.local, "form_dict", frappe._dict())


@pytest.fixture
def sandbox(monkeypatch):
	"""A Molam sandbox, through which the company takes payments."""
	from tests.erpnext.paying import connected  # ERPNext's modules need a site when they are imported

	with connected(monkeypatch) as server:
		yield server
