"""Talking to Molam for a company: one client a process, one circuit breaker for all workers of the site."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from pybreaker import CircuitBreakerError

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.rename_doc import rename_doc
from frappe.utils import cint

from otp_app.molam_sdk import (
	APIError,
	ClientConfig,
	ConfigurationError,
	MolamSyncClient,
	MolamTimeoutError,
	NetworkError,
	create_circuit_breaker,
)
from otp_app.operations.molam import add_what_is_new

SETTINGS = "Molam Settings"
COMPANIES = "otp_molam_companies"  # a key in Redis
ADDRESSES = {
	"Sandbox": "https://sandbox.api.molam.io",
	"Staging": "https://staging.api.molam.io",
	"Live": "https://api.molam.io",
}
# Seconds. Somebody waits at a form: what Molam has not said by then, a job asks for later.
CONNECT, READ, IN_ALL, RETRIES = 2.0, 5.0, 12.0, 2
# The statuses that say nothing about what was asked: the service, or the key, must be seen to first.
UNSURE = (401, 403, 408, 425, 429)
SERVER_ERROR = 500

Answer = TypeVar("Answer")
# By process, site and company: a worker that was forked makes its own.
_clients: dict[tuple[int, str, str], tuple[str, MolamSyncClient]] = {}


class MolamUnsure(Exception):
	"""Molam has not said what became of the request: it may have been carried out. Its text is for the order desk.

	`passing`: Molam is unreachable, and there is nothing to do but to wait.
	"""

	def __init__(self, message: str, *, passing: bool = False) -> None:
		self.passing = passing
		super().__init__(message)


class MolamRefused(Exception):
	"""Molam will not do it, now or later. Its text is for the order desk."""

	def __init__(self, message: str, status_code: int) -> None:
		self.status_code = status_code
		super().__init__(message)


def companies() -> list[str]:
	"""The companies that take payments through Molam; cached, for every order asks."""
	return frappe.cache.get_value(COMPANIES, _companies)


def _companies() -> list[str]:
	return frappe.get_all(SETTINGS, {"enabled": 1}, pluck="name", order_by="name")


def forget_companies() -> None:
	"""To be called when a Molam Settings has changed; until that is committed, another worker may read it as it was."""
	frappe.cache.delete_value(COMPANIES)
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(COMPANIES))


def follow_company(old: str, new: str) -> None:
	"""Gives the Molam Settings the name that their company has now."""
	if frappe.db.exists(SETTINGS, old) and not frappe.db.exists(SETTINGS, new):
		rename_doc(SETTINGS, old, new, force=True, ignore_permissions=True, show_alert=False)
		forget_companies()


def settings_of(company: str) -> Document:
	"""The Molam Settings of a company. Raises frappe.ValidationError where it takes no payments."""
	if company not in companies():
		frappe.throw(_takes_none(company))
	return frappe.get_cached_doc(SETTINGS, company)


def _takes_none(company: str) -> str:
	return _("{0} takes no payments through Molam: enable its Molam Settings.").format(company)


def _check_settings(payment: Document) -> None:
	"""Raises MolamUnsure for a payment that the present settings are not for."""
	company = payment.company
	if company not in companies():
		raise MolamUnsure(_takes_none(company))
	now = frappe.get_cached_value(SETTINGS, company, "environment")
	if payment.environment != now:
		message = _("It was made in {0}, and Molam Settings of {1} are {2} now.")
		raise MolamUnsure(message.format(_(payment.environment), company, _(now)))


def ask(payment: Document, question: Callable[[MolamSyncClient], Answer]) -> Answer:
	"""What Molam answers about a payment. Raises MolamUnsure or MolamRefused. No database lock waits for Molam: the
	caller has committed."""
	_check_settings(payment)
	try:
		return question(_client(payment.company))
	except CircuitBreakerError as error:
		raise MolamUnsure(
			_("Molam did not answer several times; calls pause for a moment."), passing=True
		) from error
	except (MolamTimeoutError, NetworkError) as error:
		raise MolamUnsure(_("Molam cannot be reached."), passing=True) from error
	except APIError as error:
		if error.status_code in (401, 403):
			raise MolamUnsure(
				_("Molam does not accept the API key: check Molam Settings of {0}.").format(payment.company)
			) from error
		if error.status_code in UNSURE or error.status_code >= SERVER_ERROR:
			raise MolamUnsure(_("Molam has a problem (HTTP {0}).").format(error.status_code)) from error
		raise MolamRefused(str(error.message or error), error.status_code) from error
	except (ConfigurationError, ValueError) as error:
		raise MolamUnsure(
			_("Molam Settings of {0} cannot be used: {1}").format(payment.company, error)
		) from error
	finally:
		add_what_is_new()


def _client(company: str) -> MolamSyncClient:
	settings = frappe.get_cached_doc(SETTINGS, company)
	key, version = (os.getpid(), frappe.local.site, company), str(settings.modified)
	known = _clients.get(key)
	if known and known[0] == version:
		return known[1]
	breaker = create_circuit_breaker(
		circuit_name(settings),
		cint(settings.failures_to_open) or 5,
		cint(settings.seconds_open) or 60,
		redis=frappe.cache,
	)
	client = MolamSyncClient(_config(settings), breaker=breaker)
	_clients[key] = (version, client)
	if known:
		with suppress(Exception):
			known[1].close()
	return client


def circuits() -> Iterator[tuple[str, str]]:
	"""Name and state (closed, half-open or open) of the breaker of each company that takes payments, as all workers see it."""
	for company in companies():
		try:
			breaker = _client(company).cb
		except (ConfigurationError, ValueError):
			continue  # said when something is to be paid
		yield breaker.name, breaker.current_state


def circuit_name(settings: Document) -> str:
	"""What the workers of this site know the breaker by."""
	return f"{frappe.local.site}:{settings.name}:{settings.environment}"


def _config(settings: Document) -> ClientConfig:
	return ClientConfig(
		api_key=settings.get_password("api_key", raise_exception=False),
		base_url=address_of(settings),
		region=settings.region if settings.environment == "Live" else None,
		timeout_connect=CONNECT,
		timeout_read=READ,
		timeout_total=IN_ALL,
		max_retries=RETRIES,
	)


def address_of(settings: Document) -> str:
	"""Where the calls of a company go; only those of the sandbox go where somebody has typed."""
	own = settings.environment == "Sandbox" and (settings.base_url or "").strip().rstrip("/")
	return own or ADDRESSES[settings.environment]
