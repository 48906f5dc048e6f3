"""A browser of this machine on a server of this site. Without one, or without built assets, its tests are skipped.

What the browser is to see is committed by the test, and stays: the site is thrown away.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

import frappe
from frappe.utils import get_system_timezone
from frappe.utils.password import update_password

from tests.erpnext import serving
from tests.erpnext.browser.desk import Desk

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
APPLICATION = "frappe.app:application_with_statics()"
OpenDesk = Callable[..., Desk]
# A machine that tests is busy: what a person sees at once may take it a while.
PATIENCE = 30_000  # milliseconds
expect.set_options(timeout=PATIENCE)


def find_browser() -> str | None:
	"""The browser named by CHROMIUM, else one on the PATH; never one that playwright brought."""
	names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
	return next(filter(None, map(shutil.which, names)), None)


def why_no_browser() -> str | None:
	if not Path("assets/assets.json").exists():  # in the sites folder
		return "the bench has no built assets: run `bench build` there"
	if not find_browser():
		return "there is no Chromium: install one, or name it in CHROMIUM"
	return None


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
	"""A browser to whom the site's name is this machine."""
	if reason := why_no_browser():
		pytest.skip(f"No browser tests: {reason}")
	rules = f"--host-resolver-rules=MAP {frappe.local.site} 127.0.0.1"
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(
			executable_path=find_browser(), args=["--no-sandbox", "--disable-dev-shm-usage", rules]
		)
		yield browser
		browser.close()


@pytest.fixture(scope="package")
def base(browser: Browser) -> Iterator[str]:
	"""The address of the site."""
	with serving.server(APPLICATION, "--workers=2", "--threads=4") as port:
		yield f"http://{frappe.local.site}:{port}"


@pytest.fixture
def open_desk(browser: Browser, base: str) -> Iterator[OpenDesk]:
	"""`open_desk("Sales User", ...)` logs a new user with these roles in; the test fails if a page complains."""
	desks: list[Desk] = []

	def opened(*roles: str) -> Desk:
		user, password = serving.new_user(*roles), frappe.generate_hash(length=20)
		update_password(user, password)
		frappe.db.commit()
		desk = Desk(browser.new_context(timezone_id=get_system_timezone(), locale="en-GB"), base)
		desks.append(desk)
		desk.log_in(user, password)
		return desk

	yield opened
	for desk in desks:
		desk.page.context.close()
	assert [error for desk in desks for error in desk.errors] == []


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
	"""Desk of somebody who takes orders, and sees purchases."""
	return open_desk("Sales User", "Purchase User")
