"""Desk in a browser, as somebody who has logged in sees it."""

import os
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

IMAGES = Path(__file__).parents[3] / "docs/images"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOAD_SECONDS = 30
# Calls of one page follow each other with short gaps: it has settled when nothing went on for half a second.
QUIET_CHECKS, CHECK_MILLISECONDS = 5, 100
SETTLED = """([wait, checks]) => {
	const shown = () => {
		if (!window.frappe?.boot || !frappe.get_route || frappe.request.ajax_count) return false;
		const [view, doctype, name] = frappe.get_route() || [];
		if (view === "Form") return window.cur_frm?.doctype === doctype && cur_frm.docname === name;
		if (view === "List") return window.cur_list?.doctype === doctype;
		return true;
	};
	if (window.otp_wait !== wait) [window.otp_wait, window.otp_quiet] = [wait, 0];
	window.otp_quiet = shown() ? window.otp_quiet + 1 : 0;
	return window.otp_quiet >= checks;
}"""
WIDER_THAN_THE_WINDOW = """() => [...document.querySelectorAll(".modal.show *")]
	.filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
	.map((part) => part.outerHTML.slice(0, 80))"""
LOG_IN = """([usr, pwd]) => fetch("/api/method/login", {
	method: "POST",
	headers: {"Content-Type": "application/json"},
	body: JSON.stringify({usr, pwd}),
}).then((answer) => answer.status)"""


class Desk:
	"""One browser window; `errors` is what the page complained about, and must be empty when a test ends.

	A test that provokes an error takes it out of `errors`.
	"""

	def __init__(self, context: BrowserContext, base: str):
		self.base = base
		self.user = "Guest"
		self.errors: list[str] = []
		self._waits = 0
		self.page: Page = context.new_page()
		self.page.set_default_timeout(LOAD_SECONDS * 1000)
		self.page.on("console", self._heard)
		self.page.on("pageerror", lambda error: self.errors.append(f"{error.name}: {error.message}"))
		self.wide()

	def _heard(self, message: ConsoleMessage) -> None:
		source = message.location.get("url", "")
		# No server of realtime events runs here.
		if message.type == "error" and "socket.io" not in f"{source} {message.text}":
			self.errors.append(f"{message.text} ({source})")

	def log_in(self, user: str, password: str) -> None:
		self.page.goto(f"{self.base}/login")
		assert self.page.evaluate(LOG_IN, [user, password]) == 200
		self.user = user

	def open(self, path: str) -> None:
		"""Go to a path such as /app/sales-order/NAME, and wait until the form or list is there."""
		self.page.goto(self.base + path)
		self.settle()

	def settle(self) -> None:
		"""Wait until nothing is going on any more, after a click too."""
		self._waits += 1
		arguments = [self._waits, QUIET_CHECKS]
		self.page.wait_for_function(SETTLED, arg=arguments, polling=CHECK_MILLISECONDS)

	def button(self, label: str) -> Locator:
		"""The visible button of exactly this label: the form's, or that of a dialog in front of it."""
		return self.page.get_by_role("button", name=label, exact=True).locator("visible=true")

	def press(self, label: str, group: str | None = None) -> None:
		"""Press a form's own button, wherever Desk has put it, and wait until what it does is done.

		Below a group (`Create`) it is in a dropdown; in a narrow window it is in the menu of the three dots.
		"""
		head = self.page.locator(".page-head:visible")
		if self.is_narrow:
			head.locator(".menu-btn-group > button").click()
			entry = f"{group} > {label}" if group else label
			head.locator(".menu-btn-group").get_by_text(entry, exact=True).click()
		elif group:
			head.get_by_role("button", name=group, exact=True).click()
			head.locator(".inner-group-button.show").get_by_text(label, exact=True).click()
		else:
			self.button(label).click()
		self.settle()

	def wide(self) -> None:
		self.page.set_viewport_size(WIDE)

	def narrow(self) -> None:
		"""As wide as a telephone; open a page after it, because Desk lays some things out only once."""
		self.page.set_viewport_size(NARROW)

	@property
	def is_narrow(self) -> bool:
		return self.page.viewport_size == NARROW

	def too_wide(self) -> list[str]:
		"""What sticks out of the window, of the dialogs that are shown."""
		found: list[str] = self.page.evaluate(WIDER_THAN_THE_WINDOW)
		return found

	def screenshot(self, name: str, of: Locator | None = None) -> None:
		"""The window, or a part of it, as docs/images/NAME.png; only with OTP_WRITE_SCREENSHOTS in the environment."""
		if not os.environ.get("OTP_WRITE_SCREENSHOTS"):
			return
		IMAGES.mkdir(parents=True, exist_ok=True)
		(of or self.page).screenshot(path=IMAGES / f"{name}.png", animations="disabled")
