"""All clients send the same for every call, and give and raise the same. With `-s` the comparison is a table."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from otp_app.molam_sandbox import Sandbox
from otp_app.molam_sdk import MolamAsyncClient, MolamClient, MolamError, MolamSyncClient
from otp_app.molam_sdk._calls import CALLS

from .between import Between, Seen, between
from .conftest import KINDS

INTENT = {
	"amount": "100.10",
	"currency": "usd",
	"capture": True,
	"metadata": {"order": "SO-1", "weight": 0.5},
}
PAYOUT = {"amount": 12.5, "currency": "EUR", "beneficiary": "b", "origin_module": "m", "origin_entity": "e"}
MERCHANT = {
	"business_name": "Atelier",
	"business_type": "company",
	"country": "SN",
	"currency": "XOF",
	"email": "a@example.com",
}

Done = list[tuple[str, Any]]  # what was called, and what it came to


def every_call(client: Any, kind: str) -> Done:
	"""Every call of the API, those that fail included, in an order in which they make sense."""
	done: Done = []

	def call(title: str, name: str, *args: Any, **kwargs: Any) -> Any:
		try:
			came = getattr(client, name)(*args, **kwargs)
		except MolamError as error:
			came = error
		done.append((title, came))
		return came

	def own(step: str) -> dict[str, str]:
		return {"idempotency_key": f"{kind}-{step}"}

	paid = call("create_payment_intent", "create_payment_intent", INTENT, **own("create"))
	call("create, other body: 409", "create_payment_intent", INTENT | {"amount": 7}, **own("create"))
	call("create, bad currency: 4xx", "create_payment_intent", INTENT | {"currency": "ZZZ"}, **own("zzz"))
	call("retrieve_payment_intent", "retrieve_payment_intent", paid.id)
	call("retrieve, no such: 404", "retrieve_payment_intent", "pi_none/../x")
	call("confirm_payment_intent", "confirm_payment_intent", paid.id, **own("confirm"))
	declined = call(
		"create, to be declined", "create_payment_intent", INTENT | {"amount": "5.02"}, **own("5.02")
	)
	call("confirm, declined: 402", "confirm_payment_intent", declined.id, **own("declined"))
	other = call("create, keyword arguments", "create_payment_intent", **INTENT, **own("other"))
	call("cancel_payment_intent", "cancel_payment_intent", other.id, **own("cancel"))
	call("list_payment_intents", "list_payment_intents", limit=2, metadata={"order": "SO-1"})
	refund = call("create_refund", "create_refund", payment_id=paid.id, amount=10.5, **own("refund"))
	call("create_refund, too much: 4xx", "create_refund", payment_id=paid.id, amount=1000, **own("much"))
	call("retrieve_refund", "retrieve_refund", refund.id)
	payout = call("create_payout", "create_payout", PAYOUT, **own("payout"))
	call("retrieve_payout", "retrieve_payout", payout.id)
	call("create_merchant_onboarding", "create_merchant_onboarding", MERCHANT, **own("merchant"))
	call("health", "health")
	call("get", "get", "/v1/connect/payment_intents", params={"limit": 1})
	call("post", "post", "/v1/connect/payouts", PAYOUT, **own("post"))
	return done


class Neutral:
	"""Takes out what differs from run to run: ids, times and the client's own names."""

	def __init__(self, kind: str) -> None:
		self.kind = kind
		self.ids: dict[str, str] = {}

	def of(self, value: Any) -> Any:
		if isinstance(value, MolamError):
			told = (value.status_code, value.message, value.code, value.body)  # type: ignore[attr-defined]
			return type(value).__name__, self.of(told)
		if hasattr(value, "model_dump"):
			return type(value).__name__, self.of(value.model_dump())
		if isinstance(value, dict):
			return {name: self.of(inner) for name, inner in value.items() if not name.endswith("_at")}
		if isinstance(value, list | tuple):
			return [self.of(inner) for inner in value]
		return self.text(value) if isinstance(value, str) else value

	def text(self, text: str) -> str:
		text = text.replace(self.kind, "CLIENT")
		for name, neutral in self.ids.items():
			text = text.replace(name, neutral)
		return text

	def learn(self, done: Done) -> None:
		for _, came in done:
			for each in came if isinstance(came, list) else [came]:
				if name := getattr(each, "id", None) or (isinstance(each, dict) and each.get("id")):
					self.ids.setdefault(name, f"id{len(self.ids)}")


def wire(request: Seen, neutral: Neutral) -> dict[str, Any]:
	"""A request without what belongs to the connection and not to the call."""
	hop = {"host", "connection", "accept-encoding", "content-length"}
	headers = {name.lower(): neutral.text(value) for name, value in request.headers.items()}
	return {
		"method": request.method,
		"path": neutral.text(request.path),
		"headers": {name: value for name, value in headers.items() if name not in hop},
		"body": neutral.text(request.body.decode()),
	}


def test_all_clients_send_and_answer_the_same(sandbox: Sandbox, open_client: Callable[..., Any]):
	with between(sandbox.url) as server:
		runs = {kind: one_run(kind, server, open_client) for kind in KINDS}
	first = runs[KINDS[0]]
	called = {name for _, _, _, name in first}
	assert {call.name for call in CALLS} <= called
	print(f"\n{'call':33}" + "".join(f"{kind:18}" for kind in KINDS))
	for row, (title, request, result, _) in enumerate(first):
		same = [runs[kind][row][1:3] == (request, result) for kind in KINDS]
		print(f"{title:33}" + "".join(f"{'same' if each else 'DIFFERS':18}" for each in same))
		for kind in KINDS:
			assert runs[kind][row][1:3] == (request, result), (title, kind)


def one_run(
	kind: str, server: Between, open_client: Callable[..., Any]
) -> list[tuple[str, dict[str, Any], Any, str]]:
	"""Each call: its title, what went over the wire, what came of it, and its name."""
	server.seen.clear()
	done = every_call(open_client(kind, server.url), kind)
	neutral = Neutral(kind)
	neutral.learn(done)
	assert len(server.seen) == len(done)
	names = [title.split(",")[0].split(":")[0] for title, _ in done]
	return [
		(title, wire(request, neutral), neutral.of(came), name)
		for (title, came), request, name in zip(done, server.seen, names, strict=True)
	]


@pytest.mark.parametrize("name", [*(call.name for call in CALLS), "get", "post"])
def test_the_clients_have_the_same_methods_with_the_same_signatures_and_docstrings(name: str):
	blocking, awaited = getattr(MolamClient, name), getattr(MolamAsyncClient, name)
	assert inspect.signature(blocking) == inspect.signature(awaited)
	assert blocking.__doc__ and blocking.__doc__ == awaited.__doc__
	assert inspect.iscoroutinefunction(inspect.unwrap(awaited))
	assert getattr(MolamSyncClient, name) is blocking


def test_no_client_has_a_call_of_its_own():
	def calls(kind: type) -> set[str]:
		return {name for name in dir(kind) if not name.startswith("_")} - {"cb", "client"}

	assert calls(MolamClient) == calls(MolamSyncClient) == calls(MolamAsyncClient)
