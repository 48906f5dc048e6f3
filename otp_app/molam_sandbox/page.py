"""The page on which a customer pays or declines; it needs no JavaScript."""

from __future__ import annotations

import re
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template
from typing import Any, TypeGuard

from aiohttp import web

from otp_app.molam_sandbox.payments import Payments
from otp_app.molam_sandbox.problems import Refused
from otp_app.molam_sandbox.store import Store
from otp_app.molam_sandbox.webhooks import Webhooks
from otp_app.molam_sdk.money import currency_decimals

PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
CHOICE = (
	'<form method="post"><button name="action" value="pay">Pay</button>'
	'<button name="action" value="decline">Decline</button></form>'
)
HEADERS = {
	"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
	"Cache-Control": "no-store",
}
WEB = re.compile("https?://[!-~]+", re.IGNORECASE)
TOLD = {
	"processing": "The payment is being processed.",
	"succeeded": "Paid. Thank you.",
	"failed": "The payment failed.",
	"canceled": "This payment was canceled.",
}


class Page:
	"""/pay/{id}."""

	def __init__(self, store: Store, payments: Payments, webhooks: Webhooks) -> None:
		self._store = store
		self._payments = payments
		self._webhooks = webhooks

	def routes(self) -> list[web.RouteDef]:
		"""Look at the page, and use its buttons."""
		return [web.get("/pay/{id}", self._show), web.post("/pay/{id}", self._act)]

	async def _show(self, request: web.Request) -> web.Response:
		return _page(self._payments.intent(request.match_info["id"]))

	async def _act(self, request: web.Request) -> web.Response:
		"""Pay or decline, then go back to the shop. Twice is the same as once."""
		form = await request.post()
		name = request.match_info["id"]
		intent = self._payments.intent(name)
		if intent["status"] == "requires_confirmation":
			intent = self._chosen(name, form.get("action"))
		back: str | None = intent[
			"cancel_url" if intent["status"] in ("failed", "canceled") else "return_url"
		]
		if _is_web(back):
			return web.Response(status=303, headers={"Location": back, **HEADERS})
		return _page(intent)

	def _chosen(self, name: str, action: object) -> dict[str, Any]:
		with self._store.transaction():
			if action == "pay":
				self._payments.confirm(name)
			elif action == "decline":
				self._payments.decline(name)
			else:
				raise Refused(400, "invalid_request", "action: pay or decline.")
		self._webhooks.wake()
		return self._payments.intent(name)


def _is_web(url: str | None) -> TypeGuard[str]:
	"""Whether to send a browser there: nowhere but to http and https."""
	return url is not None and WEB.fullmatch(url) is not None


def _page(intent: dict[str, Any]) -> web.Response:
	status = intent["status"]
	shown = {
		"title": status.replace("_", " "),
		"amount": amount(intent["amount"], intent["currency"]),
		"description": escape(intent["description"] or ""),
		"choice": CHOICE if status == "requires_confirmation" else f"<p><strong>{TOLD[status]}</strong></p>",
		"id": intent["id"],
	}
	return web.Response(text=PAGE.substitute(shown), content_type="text/html", headers=HEADERS)


def amount(value: Decimal, currency: str) -> str:
	"""An amount with all decimals of its currency, such as 1,250.00 EUR."""
	return f"{value:,.{currency_decimals(currency)}f} {currency}"
