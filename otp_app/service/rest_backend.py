"""Answers over a remote ERPNext: facts from there, decided here; what is written is written there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from otp_app.engine.problems import Problem, RequestRefused
from otp_app.promises.calculate import promise_order
from otp_app.service.backend import Answer, Fields
from otp_app.service.config import Configuration
from otp_app.service.defaults import in_zone, with_defaults
from otp_app.service.procurement import suggestions
from otp_app.service.remote_apply import apply_to_draft
from otp_app.service.remote_orders import lines_of, list_orders, open_orders, order_in_full, read_order
from otp_app.service.stock import item_stock
from otp_app.sources.rest import Client, Connection, RestSource
from otp_app.sources.rest.answers import Refused, wrong_shape
from otp_app.sources.rest.with_app import is_not_there

# The service's own limit of time comes after that of ERPNext: its caller is told who did not answer.
SHARE_OF_TIME = 0.8
STATES = {"closed": 0, "half-open": 1, "open": 2}
SIGNED_IN = "frappe.auth.get_logged_user"


class RestBackend:
	"""The Backend over a RestSource. Calls that only the site's own otp_app can answer are forwarded to it, if it has one."""

	name = "rest"
	waits = True

	def __init__(self, source: RestSource, configuration: Configuration) -> None:
		self._rest = source
		self._client = source.client
		self._source = with_defaults(source, configuration)
		self._config = configuration

	def promise(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend."""
		asked = in_zone(asked, self._config.timezone)
		return promise_order(self._source, asked, now=self._now(), request_id=request_id).as_dict()

	def apply(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend; without the app, the dates of a draft Sales Order."""
		try:
			answer = self._forwarded("otp_app.api.promise.apply", asked, request_id)
			if answer is None:
				# Only here: rules that are sent to the app would take the place of those that the order was promised by.
				asked = in_zone(asked, self._config.timezone)
				answer = apply_to_draft(self._client, self._source, asked, self._now(), request_id)
			return answer
		finally:
			self._rest.forget()

	def procurement_suggest(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend."""
		method = "otp_app.api.procurement.procurement_suggest"
		answer = self._forwarded(method, asked, request_id)
		if answer is None:
			asked = in_zone(asked, self._config.timezone)
			name = asked.get("sales_order")
			orders = open_orders(self._client, name.strip() if isinstance(name, str) else "")
			answer = suggestions(self._source, lambda: orders, asked, self._now(), request_id)
		return answer

	def sales_orders(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend; without the app, nothing is known of promises."""
		answer = self._forwarded("otp_app.api.orders.sales_orders", asked, request_id)
		return list_orders(self._client, asked) | {"request_id": request_id} if answer is None else answer

	def sales_order(self, name: str, request_id: str) -> Answer:
		"""See Backend."""
		answer = self._forwarded("otp_app.api.orders.sales_order", {"sales_order": name}, request_id)
		return order_in_full(self._client, name) | {"request_id": request_id} if answer is None else answer

	def item_stock(self, asked: Fields, request_id: str) -> Answer:
		"""See Backend; about an order or quotation the site's own app knows more."""
		if asked.get("sales_order") or asked.get("quotation"):
			answer = self._forwarded("otp_app.api.stock.item_stock", asked, request_id)
			if answer is not None:
				return answer
		now = self._now()
		items = item_stock(self._source, asked, now, self._items_of)
		return {"items": items, "request_id": request_id, "calculated_at": now.isoformat()}

	def check(self) -> None:
		"""See Backend: the key is good, and the facts may be read."""
		self._client.method(SIGNED_IN, {})
		self._rest.snapshot(())

	def facts_age(self) -> float | None:
		"""See Backend: of the facts that are kept and will be promised from again."""
		return self._rest.facts_age()

	def circuits(self) -> Mapping[str, int]:
		"""See Backend."""
		return {"erpnext": STATES[self._client.breaker.current_state]}

	def close(self) -> None:
		"""See Backend."""
		self._rest.close()

	def _now(self) -> datetime:
		return datetime.now(ZoneInfo(self._rest.timezone))

	def _items_of(self, order: str) -> list[str]:
		"""The items of a Sales Order, in the order of its rows."""
		rows = lines_of(read_order(self._client, order))
		return list(dict.fromkeys(str(row["item_code"]) for row in rows if row.get("item_code")))

	def _forwarded(self, method: str, asked: Fields, request_id: str) -> Answer | None:
		"""What the site's own otp_app answers, under the caller's request id; None where it has none.

		A call is sent again after no answer: what it applies is applied once for a request id. Only drafts that it is to create
		would be made again. Raises RequestRefused with the app's own problems.
		"""
		if not self._rest.has_app:
			return None
		try:
			answer = self._client.method(
				method, asked, request_id=request_id, repeatable=not asked.get("create")
			)
		except Refused as refused:
			if "error" in refused.body:
				raise _as_told(refused) from refused
			if is_not_there(method, refused):
				self._rest.note_no_app()
				return None
			raise
		if not isinstance(answer, dict):
			raise wrong_shape(f"{method} is no object")
		return answer


def rest_backend(configuration: Configuration) -> RestBackend:
	"""The Backend for the site that the configuration names."""
	connection = Connection(
		base_url=configuration.erpnext_url or "",
		api_key=configuration.erpnext_key or "",
		api_secret=configuration.erpnext_secret or "",
		site_name=configuration.erpnext_site,
		timeout=configuration.timeout * SHARE_OF_TIME,
	)
	return RestBackend(
		RestSource(Client(connection), cache_seconds=configuration.cache_seconds), configuration
	)


def _as_told(refused: Refused) -> RequestRefused:
	"""The app's refusal as one of ours. Raises the refusal itself where it is none, or is about the API user."""
	error = refused.body["error"]
	if not isinstance(error, Mapping) or refused.status == 401:
		raise refused
	problems = error.get("problems") or [error]
	try:
		return RequestRefused(
			[
				Problem(str(one["code"]), str(one["message"]), one.get("field"), refused.status)
				for one in problems
			]
		)
	except (KeyError, TypeError, AttributeError) as wrong:
		raise wrong_shape("its error has no code and message") from wrong
