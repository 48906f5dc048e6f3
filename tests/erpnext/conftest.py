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
	frappe.db.rollback()
	frappe.set_user("Administrator")
	forget_documents()


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
