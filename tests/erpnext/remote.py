"""The site as somebody sees it who has an API key: over HTTP, or (what is not committed) through the same calls in here."""

import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import frappe
from frappe.core.doctype.user.user import generate_keys

from otp_app.sources.rest import Client, Connection
from otp_app.sources.rest.answers import Refused
from otp_app.sources.rest.with_app import WithApp
from otp_app.sources.rest.without_app import WithoutApp
from tests.erpnext.serving import new_user

# What the API user of a site with the app needs, and what it needs more where the site has none (docs/rest-source.md).
ROLES = (
	"Accounts User",
	"Item Manager",
	"Manufacturing Manager",
	"Manufacturing User",
	"Purchase Manager",
	"Purchase User",
	"Sales Manager",
	"Sales User",
	"Stock Manager",
	"Stock User",
)
MORE_ROLES = ("HR Manager", "System Manager")


def key_of(*roles: str) -> tuple[str, str]:
	"""The API key and secret of a new user; not committed."""
	user = new_user(*roles)
	secret = generate_keys(user)["api_secret"]
	return frappe.db.get_value("User", user, "api_key"), secret


def connection(port: int, key: tuple[str, str], timeout: float = 30.0) -> Connection:
	return Connection(f"http://127.0.0.1:{port}", *key, site_name=frappe.local.site, timeout=timeout)


class InHere(Client):
	"""Calls the whitelisted methods as `user` in the open transaction: arguments and answers as JSON, permissions as over HTTP."""

	def __init__(self, user: str) -> None:
		super().__init__(Connection("http://127.0.0.1:1", "key", "secret"))
		self.user = user

	def call(self, verb: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
		self.sent += 1
		before = frappe.session.user
		frappe.set_user(self.user)
		frappe.local.response = frappe._dict()
		try:
			kind, name = path.removeprefix("/api/").split("/", 1)
			if kind == "method":
				found = {"message": frappe.call(frappe.get_attr(name), **json.loads(json.dumps(body or {})))}
			else:
				doctype = name.split("/")[0].replace("%20", " ")
				document = frappe.get_doc(doctype)
				document.check_permission("read")
				found = {"data": document.as_dict()}
		except frappe.PermissionError as error:
			raise Refused(403, str(error), {}) from error
		finally:
			frappe.set_user(before)
		if status := frappe.local.response.get("http_status_code"):
			raise Refused(status, str(frappe.local.response.get("error")), dict(frappe.local.response))
		answer: dict[str, Any] = json.loads(frappe.as_json(found))
		return answer


class AtOnce(Executor):
	"""Runs what it is given in this thread, which has the open transaction."""

	def __init__(self, *args: Any) -> None:
		pass

	def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
		end: Future = Future()
		try:
			end.set_result(call(*args, **kwargs))
		except Exception as error:
			end.set_exception(error)
		return end


def ways(user: str) -> dict[str, WithApp | WithoutApp]:
	"""Both ways of reading the site as a user, in the open transaction."""
	client = InHere(user)
	return {"with the app": WithApp(client), "without the app": WithoutApp(client, executor=AtOnce)}
