"""What a fake ERPNext answers as a site: the demo's facts, orders, and what it was asked to write."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.sources.snapshot import SnapshotFile
from otp_app.sources.snapshot.wire import told
from tests.sources.rest.fake_erpnext import Asked, FakeErpnext, gives

DEMO = SnapshotFile(DEMO_SNAPSHOT)
FACTS = "/api/method/otp_app.api.facts.snapshot"

Answering = Callable[[Asked], tuple[Any, int]]


def no_method(asked: Asked) -> tuple[Any, int]:
	"""As Frappe answers a method that is not there."""
	name = asked.path.removeprefix("/api/method/")
	message = json.dumps(
		{"message": f"Failed to get method for command {name} with No module named 'otp_app'"}
	)
	return {"exc_type": "ValidationError", "_server_messages": json.dumps([message])}, 417


def facts(asked: Asked) -> tuple[Any, int]:
	found = DEMO.snapshot(asked.body["items"], customer=asked.body["customer"])
	return {"message": {**told(found), "request_id": "r"}}, 200


def site(fake: FakeErpnext, **answers: Answering) -> Callable[[BaseHTTPRequestHandler], None]:
	"""Answers paths by the last word of their method or doctype; any other method is not there."""
	known: dict[str, Answering] = {
		"get_logged_user": lambda _: ({"message": "u"}, 200),
		"snapshot": facts,
		**answers,
	}

	def behave(handler: BaseHTTPRequestHandler) -> None:
		asked = fake.asked[-1]
		word = asked.path.split("/")[-1].split(".")[-1]
		body, status = known.get(word, no_method)(asked)
		gives(body, status)(handler)

	return behave
