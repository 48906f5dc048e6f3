"""The plain paths under /otp: over HTTP as a program sees them, and in process what becomes of errors."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest

import frappe
from frappe.core.doctype.user.user import generate_keys
from frappe.utils import set_request
from frappe.utils.password import update_password

from otp_app.api import paths
from otp_app.api.paths import PATHS, Path, answer, asked_path, find, is_ours, lead
from otp_app.engine.problems import RequestRefused
from tests.erpnext import serving
from tests.erpnext.company import STORES
from tests.factories.base import days
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

STAND_IN = "tests.stand_in"
PASSWORD = frappe.generate_hash(length=20)


@dataclass
class Answer:
	"""What came back; `body` is the JSON, or the text where it is none."""

	status: int
	body: Any
	headers: dict[str, str]

	@property
	def code(self) -> str:
		"""The error's code."""
		return self.body["error"]["code"]


@dataclass
class Server:
	"""A running site and what was put on it."""

	site: str
	port: int
	item: str
	order: str
	draft: str
	buyer: str
	seller: str

	def ask(
		self, method: str, path: str, body: Any = None, *, key: str | None = "seller", **headers: str
	) -> Answer:
		"""A request with the API key of the seller, or of `key`; headers have _ for -."""
		data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
		sent = {"X-Frappe-Site-Name": self.site}
		if data is not None:
			sent["Content-Type"] = "application/json"
		if key:
			sent["Authorization"] = f"token {getattr(self, key, key)}"
		sent |= {name.replace("_", "-"): value for name, value in headers.items()}
		url = f"http://127.0.0.1:{self.port}{urllib.parse.quote(path, safe='/?&=%')}"
		request = urllib.request.Request(url, data=data, headers=sent, method=method)
		try:
			with urllib.request.urlopen(request, timeout=60) as answer:
				return _answer(answer.status, answer.read(), answer.headers)
		except urllib.error.HTTPError as error:
			return _answer(error.code, error.read(), error.headers)

	def get(self, path: str, **options: Any) -> Answer:
		return self.ask("GET", path, **options)

	def post(self, path: str, body: Any, **options: Any) -> Answer:
		return self.ask("POST", path, body, **options)


def _answer(status: int, content: bytes, headers: Any) -> Answer:
	is_json = (headers.get("Content-Type") or "").startswith("application/json")
	body = json.loads(content) if is_json and content else content.decode()
	return Answer(status, body, dict(headers))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
	"""What is here is committed, because the server is another process; the site is thrown away after the tests."""
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=1000)
	order = SalesOrderFactory(item_code=item, qty=5).name
	draft = SalesOrderFactory(item_code=ItemFactory().name, qty=5, submit=False).name
	roles = (("Sales User", "Purchase User", "Stock User"), ("Sales User",))
	keys = [_key_of(serving.new_user(*some)) for some in roles]
	frappe.db.commit()
	with serving.server("frappe.app:application", "-w", "4") as port:
		yield Server(frappe.local.site, port, item, order, draft, *keys)


def _key_of(user: str) -> str:
	secret = generate_keys(user)["api_secret"]
	return f"{frappe.db.get_value('User', user, 'api_key')}:{secret}"


def test_a_promise_comes_without_an_envelope_and_is_not_kept_by_caches(server: Server):
	body = {"items": [{"item_code": server.item, "qty": 5, "warehouse": STORES}]}
	answer = server.post("/otp/promise", body, X_Request_Id="desk-17")
	assert (answer.status, answer.body["status"]) == (200, "OK")
	assert answer.headers["Content-Type"].startswith("application/json")
	assert answer.headers["Cache-Control"] == "no-store"
	assert answer.headers["X-Request-Id"] == answer.body["request_id"] == "desk-17"


def test_an_id_is_made_for_a_request_without_one(server: Server):
	answer = server.get("/otp/sales-orders?limit=1")
	assert len(answer.headers["X-Request-Id"]) == 32
	assert answer.headers["X-Request-Id"] == answer.body["request_id"]


def test_a_body_is_json_whatever_type_it_says_it_has(server: Server):
	body = {"items": [{"item_code": server.item, "qty": 1, "warehouse": STORES}]}
	answer = server.post("/otp/promise", body, Content_Type="application/x-www-form-urlencoded")
	assert (answer.status, answer.body["status"]) == (200, "OK")


def test_orders_are_listed_and_shown(server: Server):
	listed = server.get("/otp/sales-orders?status=Draft&status=To Deliver and Bill&limit=500")
	assert listed.status == 200
	assert {server.order, server.draft} <= {order["name"] for order in listed.body["sales_orders"]}
	shown = server.get(f"/otp/sales-orders/{server.order}")
	assert (shown.status, shown.body["name"]) == (200, server.order)
	missing = server.get("/otp/sales-orders/No/Such.html")
	assert (missing.status, missing.code) == (404, "UNKNOWN_SALES_ORDER")
	assert missing.body["error"]["message"] == "There is no Sales Order No/Such.html."


def test_stock_is_told_for_one_item_or_several(server: Server):
	other = frappe.db.get_value("Sales Order Item", {"parent": server.draft}, "item_code")
	for query in (f"item_code={server.item}&item_code={other}", f"item_code={server.item},{other}"):
		answer = server.get(f"/otp/items/stock?{query}&documents=1")
		assert answer.status == 200
		assert [item["item_code"] for item in answer.body["items"]] == [server.item, other]
	assert answer.body["items"][0]["warehouses"][0]["events"]


def test_what_is_posted_is_kept_and_what_is_got_changes_nothing(server: Server):
	held = server.post("/otp/hold", {"sales_order": server.draft})
	assert (held.status, held.code) == (409, "NOT_AVAILABLE")
	draft = SalesOrderFactory(item_code=server.item, qty=1, submit=False)
	frappe.db.commit()
	held = server.post("/otp/hold", {"sales_order": draft.name, "hold_minutes": 5})
	assert held.status == 200
	assert server.get(f"/otp/sales-orders/{draft.name}").body["promise"] == held.body["promise"]
	longer = server.post("/otp/extend", {"promise": held.body["promise"], "hold_minutes": 30})
	assert longer.body["held_until"] > held.body["held_until"]
	assert server.post("/otp/release", {"promise": held.body["promise"]}).status == 200
	applied = server.post("/otp/apply", {"sales_order": draft.name})
	assert (applied.status, applied.body["status"]) == (200, "Draft")
	assert applied.body["promise_date"] >= str(days(0))


def test_four_at_once_ask_for_the_same_purchase_and_one_is_made(server: Server):
	order = SalesOrderFactory(item_code=ItemFactory().name, qty=5)
	frappe.db.commit()
	body = {"sales_order": order.name, "create": "Material Request"}
	with ThreadPoolExecutor(4) as pool:
		asked = [pool.submit(server.post, "/otp/procurement-suggest", body, key="buyer") for _ in range(4)]
	answers = [future.result() for future in asked]
	assert {answer.status for answer in answers} == {200}, answers
	assert sorted(len(answer.body["created"]) for answer in answers) == [0, 0, 0, 1]
	frappe.db.rollback()
	assert frappe.db.count("Material Request Item", {"sales_order": order.name}) == 1


@pytest.mark.parametrize("body", [b"{", b"not json", b"[1]", b"5", b'"text"', b"null"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_no_json_object_is_malformed(server: Server, body: bytes, kind: str):
	answer = server.post("/otp/promise", body, Content_Type=kind, X_Request_Id="broken")
	assert (answer.status, answer.code) == (400, "MALFORMED")
	assert answer.body["request_id"] == answer.headers["X-Request-Id"] == "broken"
	assert "must be a JSON object" in answer.body["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("path", ["/otp", "/otp/", "/otp/promises", "/otp/items", "/otp/promise/x"])
def test_a_path_that_is_not_there_says_so(server: Server, method: str, path: str):
	answer = server.ask(method, path, None if method == "GET" else {})
	assert (answer.status, answer.code) == (404, "UNKNOWN_PATH")


@pytest.mark.parametrize(
	("method", "path", "allow"),
	[
		("GET", "/otp/promise", "POST, OPTIONS"),
		("PUT", "/otp/promise", "POST, OPTIONS"),
		("DELETE", "/otp/sales-orders/X", "GET, HEAD, OPTIONS"),
		("PATCH", "/otp/items/stock", "GET, HEAD, OPTIONS"),
		("POST", "/otp/items/stock", "GET, HEAD, OPTIONS"),
		("POST", "/otp/sales-orders/", "GET, HEAD, OPTIONS"),
	],
)
def test_another_method_is_refused_with_those_that_are_allowed(
	server: Server, method: str, path: str, allow: str
):
	answer = server.ask(method, path, {} if method != "GET" else None)
	assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "WRONG_METHOD", allow)


def test_head_has_no_body_and_options_tells_the_methods(server: Server):
	head = server.ask("HEAD", "/otp/sales-orders?limit=1")
	assert (head.status, head.body) == (200, "")
	options = server.ask("OPTIONS", "/otp/sales-orders")
	assert (options.status, options.headers["Allow"]) == (200, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(("method", "path"), [("POST", "/otp/promise"), ("GET", "/otp/sales-orders")])
@pytest.mark.parametrize("key", [None, "wrong:key", "wrong"])
def test_who_is_not_signed_in_is_told_so(server: Server, method: str, path: str, key: str | None):
	answer = server.ask(method, path, {} if method == "POST" else None, key=key)
	assert (answer.status, answer.code) == (401, "NOT_SIGNED_IN")
	assert answer.headers["WWW-Authenticate"] == "token"
	assert answer.body["error"]["message"].endswith(".")


def test_a_session_needs_its_csrf_token(server: Server):
	user = serving.new_user("Sales User")
	update_password(user, PASSWORD)
	frappe.db.commit()
	signed_in = server.post("/api/method/login", {"usr": user, "pwd": PASSWORD}, key=None)
	cookie = SimpleCookie(signed_in.headers["Set-Cookie"])["sid"].value if signed_in.status == 200 else ""
	session = {"key": None, "Cookie": f"sid={cookie}"}
	kept = frappe.cache.hget("session", cookie)
	# As Desk has one made when it is loaded.
	token = kept["data"]["csrf_token"] = frappe.generate_hash()
	frappe.cache.hset("session", cookie, kept)
	body = {"items": [{"item_code": server.item, "qty": 1, "warehouse": STORES}]}

	refused = server.post("/otp/promise", body, **session)
	assert (refused.status, refused.code) == (400, "CSRF_TOKEN")
	assert server.post("/otp/promise", body, X_Frappe_CSRF_Token=token, **session).status == 200
	assert server.get("/otp/sales-orders", **session).status == 200


def test_permission_is_that_of_the_call(server: Server):
	answer = server.post(
		"/otp/procurement-suggest", {"sales_order": server.draft, "create": "Purchase Order"}
	)
	assert (answer.status, answer.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
	("method", "path", "body", "field"),
	[
		("POST", "/otp/promise", {"itmes": []}, "itmes"),
		("POST", "/otp/hold", {"sales_order": "X", "until": "noon"}, "until"),
		("GET", "/otp/sales-orders?custmer=X", None, "custmer"),
		("GET", "/otp/items/stock?item=X", None, "item"),
	],
)
def test_a_misspelt_field_is_named(server: Server, method: str, path: str, body: Any, field: str):
	answer = server.ask(method, path, body)
	assert (answer.status, answer.code, answer.body["error"]["field"]) == (422, "UNKNOWN_FIELD", field)


def test_a_parameter_that_is_given_twice_is_refused(server: Server):
	answer = server.get("/otp/sales-orders?customer=A&customer=B")
	assert (answer.status, answer.code) == (422, "INVALID_VALUE")


def test_other_pages_stay_as_they_are(server: Server):
	assert "<html" in server.get("/login", key=None).body
	missing = server.get("/otpx", key=None)
	assert (missing.status, "<html" in missing.body) == (404, True)
	wrong = server.get("/login", key="wrong:key")
	assert (wrong.status, "<html" in wrong.body) == (401, True)


def render(function: Any, monkeypatch: pytest.MonkeyPatch, **body: Any) -> tuple[int, dict[str, Any]]:
	"""What a call answers that stands in the place of /otp/promise."""
	monkeypatch.setitem(PATHS, ("POST", "otp/promise"), Path(STAND_IN))
	real = frappe.get_attr
	monkeypatch.setattr(frappe, "get_attr", lambda name: function if name == STAND_IN else real(name))
	monkeypatch.setattr(frappe, "is_whitelisted", lambda method: None)
	monkeypatch.setattr(frappe.local, "response", frappe._dict(docs=[]))
	monkeypatch.setattr(paths, "log_error_snapshot", lambda error: None)
	set_request(method="POST", path="/otp/promise", data=json.dumps(body))
	try:
		response = answer()
	finally:
		frappe.local.request = None
	return response.status_code, json.loads(response.data)


@pytest.mark.parametrize(
	("error", "expected"),
	[
		(frappe.ValidationError("<b>No</b> such luck."), (417, "NOT_VALID", "No such luck.")),
		(frappe.DoesNotExistError("Gone."), (404, "NOT_FOUND", "Gone.")),
		(
			ZeroDivisionError("secret"),
			(500, "FAILED", "The server could not answer: its Error Log says more."),
		),
	],
	ids=["ERPNext refuses", "not there", "a mistake of ours"],
)
def test_an_error_that_no_call_expects_is_json_and_leaves_nothing(
	monkeypatch: pytest.MonkeyPatch, error: Exception, expected: tuple
):
	made: list[str] = []

	def writes_and_fails() -> None:
		made.append(CustomerFactory().name)
		raise error

	status, body = render(writes_and_fails, monkeypatch)
	assert (status, body["error"]["code"], body["error"]["message"]) == expected
	assert not frappe.db.exists("Customer", made[0])


def test_a_refusal_leaves_nothing_either(monkeypatch: pytest.MonkeyPatch):
	made: list[str] = []

	def writes_and_refuses() -> None:
		made.append(CustomerFactory().name)
		frappe.local.response.update({"http_status_code": 409, "error": {"code": "STALE"}, "request_id": "x"})

	status, body = render(writes_and_refuses, monkeypatch)
	assert (status, body) == (409, {"error": {"code": "STALE"}, "request_id": "x"})
	assert not frappe.db.exists("Customer", made[0])


def test_every_path_leads_to_a_whitelisted_call_unless_its_body_is_signed():
	for (method, path), found in PATHS.items():
		function = frappe.get_attr(found.function)
		assert (function in frappe.whitelisted) is not found.signed
		assert find(method, f"{path}X" if path.endswith("/") else path)[0] is found


def test_only_our_paths_are_ours():
	ours = {path: is_ours(path) for path in ("otp", "otp/x", "otpx", "app/otp")}
	assert ours == {"otp": True, "otp/x": True, "otpx": False, "app/otp": False}
	with pytest.raises(RequestRefused, match="There is no path /otp/x"):
		find("GET", "otp/x")


def test_a_request_is_led_and_its_path_is_known_after(monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setattr(frappe.local, "form_dict", frappe._dict(fn="of the body"))
	set_request(method="POST", path="/otp/promise/")
	request = frappe.local.request
	try:
		lead(request)
		assert request.path == request.environ["PATH_INFO"] == "/api/method/otp_app.api.paths.answer"
		assert asked_path(request) == "otp/promise"
		assert frappe.local.form_dict == {}
	finally:
		frappe.local.request = None
