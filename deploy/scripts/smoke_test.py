#!/usr/bin/env python3
"""After a deployment: ask a service, a site, or both, what they are asked all day, and look at the answers.

	smoke_test.py --service http://127.0.0.1:8001
	OTP_SMOKE_KEY=... smoke_test.py --service https://otp.example.com
	OTP_SMOKE_SITE_KEY=KEY:SECRET smoke_test.py --site https://shop.example.com
	smoke_test.py --site http://127.0.0.1:8000 --host shop.example.com --item CITY-28 --slow-ms 500

Nothing is written. The item of the promise is that of the first open Sales Order, unless --item names one. Keys come from
the environment: OTP_SMOKE_KEY (service), OTP_SMOKE_SITE_KEY (KEY:SECRET of a user who may create Sales Orders), and
OTP_METRICS_TOKEN for /metrics (of both).

Exit codes: 0 every check passed; 1 one did not; 2 called wrongly.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from http_calls import Answer, Caller
from shared import BAD, WELL, ended, parser, table

STATUSES = ("OK", "CANNOT_FULFILL", "CANNOT_PROMISE_RELIABLY")
ROUNDS = 20  # promises of which the latency is looked at
REQUEST_ID = "smoke-test"


class Wrong(Exception):
	"""A check did not pass; the message says what was seen."""


@dataclass
class Home:
	"""A service or a site, and what the checks have found out about it so far."""

	name: str
	caller: Caller
	metrics: str
	item: str | None
	slow_ms: float
	in_site: bool = False

	def get(self, path: str) -> Any:
		"""The JSON of a path that has to answer 200. Raises Wrong."""
		return expect(self.caller.call("GET", path), 200)

	def promise(self, item: str) -> Answer:
		body = {"items": [{"item_code": item, "qty": 1}]}
		return self.caller.call("POST", "/otp/promise", body, **{"X-Request-Id": REQUEST_ID})


def main() -> int:
	options = parse()
	rows = []
	for home in homes(options):
		rows += [(home.name, *row) for row in checked(home)]
	print(table(rows, ("where", "check", "", "what was seen")))
	failed = sum(row[2] != "passed" for row in rows)
	print(f"\n{len(rows) - failed} passed, {failed} failed.")
	return BAD if failed else WELL


def parse() -> argparse.Namespace:
	options = parser(__doc__ or "")
	options.add_argument("--service", metavar="URL", help="address of a service (`otp serve`)")
	options.add_argument("--site", metavar="URL", help="address of a site")
	options.add_argument("--host", help="name of the site, where its address is another")
	options.add_argument("--item", help="item to promise one of")
	options.add_argument("--slow-ms", type=float, default=500, help="p95 of a promise allowed (%(default)s)")
	options.add_argument(
		"--timeout", type=float, default=15, help="seconds to wait for an answer (%(default)s)"
	)
	found = options.parse_args()
	if not (found.service or found.site):
		options.error("say what to ask: --service URL, --site URL, or both")
	return found


def homes(options: argparse.Namespace) -> Iterator[Home]:
	"""What is to be asked, with its keys."""
	token = os.environ.get("OTP_METRICS_TOKEN")
	for name, url, key, scheme, host in (
		("service", options.service, os.environ.get("OTP_SMOKE_KEY"), "Bearer", None),
		("site", options.site, os.environ.get("OTP_SMOKE_SITE_KEY"), "token", options.host),
	):
		if url:
			caller = Caller(url, f"{scheme} {key}" if key else None, host, options.timeout)
			metrics = f"Bearer {token}" if token else caller.authorization or ""
			yield Home(name, caller, metrics, options.item, options.slow_ms, in_site=name == "site")


def checked(home: Home) -> Iterator[tuple[str, str, str]]:
	"""(check, passed or FAILED, what was seen) of each check; one that fails stops none that follows."""
	for title, check in CHECKS.items():
		try:
			yield title, "passed", check(home)
		except Wrong as wrong:
			yield title, "FAILED", str(wrong)


def alive(home: Home) -> str:
	return f"{milliseconds(expected(home.caller.call('GET', '/health', sign=False), 200))} ms"


def ready(home: Home) -> str:
	return f"{milliseconds(expected(home.caller.call('GET', '/ready', sign=False), 200))} ms"


def metrics(home: Home) -> str:
	"""Prometheus' text, with the metrics that alerts look at."""
	headers = {"Authorization": home.metrics} if home.metrics else {}
	answer = home.caller.call("GET", "/metrics", sign=False, **headers)
	text = expected(answer, 200).body.decode(errors="replace")
	wanted = ("http_requests_total", "otp_promise_duration_seconds", "erpnext_connection_status")
	missing = [name for name in wanted if f"# TYPE {name} " not in text]
	if missing:
		raise Wrong(f"without {', '.join(missing)}")
	samples = sum(bool(line) and not line.startswith("#") for line in text.splitlines())
	return f"{samples} samples"


def orders(home: Home) -> str:
	"""The open orders; the first one in full tells an item to promise."""
	listed = home.get("/otp/sales-orders?limit=5")
	found = need(listed, "sales_orders", list)
	need(listed, "request_id", str)
	if found:
		name = need(found[0], "name", str)
		order = home.get(f"/otp/sales-orders/{quote(name, safe='')}")
		lines = order.get("items") or order.get("lines") or []
		if not home.item and lines:
			home.item = need(lines[0], "item_code", str)
	return f"{listed.get('total', len(found))} open"


def stock(home: Home) -> str:
	listed = home.get(f"/otp/items/stock?item_code={quote(item_of(home), safe='')}")
	found = need(listed, "items", list)
	if not found:
		raise Wrong("the answer has no item")
	places = need(found[0], "warehouses", list)
	return f"{item_of(home)} in {len(places)} warehouses"


def promise(home: Home) -> str:
	"""A promise of one, with every field that programs rely on, and the id that it was asked with."""
	answer = home.promise(item_of(home))
	body = expect(answer, 200)
	status = need(body, "status", str)
	if status not in STATUSES:
		raise Wrong(f"status is {status!r}")
	for field, kind in (
		("plan", list),
		("reasons", list),
		("blockers", list),
		("options", list),
		("request_id", str),
	):
		need(body, field, kind)
	if status == "OK" and not body.get("promise_date"):
		raise Wrong("status is OK, and promise_date is empty")
	if body["request_id"] != REQUEST_ID:
		raise Wrong(f"request_id is {body['request_id']!r}, not the one that was sent")
	return f"{status}, {body.get('promise_date') or 'no date'}, confidence {body.get('confidence')}"


def unknown_item(home: Home) -> str:
	"""An item that is not there: 404 or 422, named, as JSON."""
	return told(home.promise("No such item: smoke test"), (404, 422))


def malformed(home: Home) -> str:
	return told(home.caller.call("POST", "/otp/promise", {"items": "none"}), (400, 422))


def unknown_path(home: Home) -> str:
	return told(home.caller.call("GET", "/otp/no-such-path"), (404,))


def stranger(home: Home) -> str:
	"""Without a key: refused, unless the service is open to this machine only."""
	answer = home.caller.call("GET", "/otp/sales-orders?limit=1", sign=False)
	if answer.status == 200 and not home.in_site and not home.caller.authorization:
		return "open: for a service on loopback only"
	return told(answer, (401, 403))


def latency(home: Home) -> str:
	"""p95 of some promises, one after the other."""
	answers = [home.promise(item_of(home)) for _ in range(ROUNDS)]
	if failed := [answer for answer in answers if answer.status != 200]:
		raise Wrong(f"{len(failed)} of {ROUNDS} failed: {describe(failed[0])}")
	times = [answer.seconds * 1000 for answer in answers]
	text = f"p50 {percentile(times, 50):.0f} ms, p95 {percentile(times, 95):.0f} ms of {ROUNDS}"
	if percentile(times, 95) > home.slow_ms:
		raise Wrong(f"{text}; allowed are {home.slow_ms:.0f} ms")
	return text


CHECKS: dict[str, Callable[[Home], str]] = {
	"/health": alive,
	"/ready": ready,
	"/metrics": metrics,
	"sales orders": orders,
	"stock": stock,
	"promise": promise,
	"unknown item": unknown_item,
	"malformed request": malformed,
	"unknown path": unknown_path,
	"without a key": stranger,
	"latency": latency,
}


def item_of(home: Home) -> str:
	if not home.item:
		raise Wrong("there is no open Sales Order to take an item from: give --item")
	return home.item


def expected(answer: Answer, status: int) -> Answer:
	if answer.status != status:
		raise Wrong(describe(answer))
	return answer


def expect(answer: Answer, status: int) -> dict[str, Any]:
	"""The JSON object of an answer with that status. Raises Wrong."""
	body = expected(answer, status).json()
	if not isinstance(body, dict):
		raise Wrong(f"no JSON object: {describe(answer)}")
	return body


def need(body: Any, field: str, kind: type) -> Any:
	"""A field of an answer. Raises Wrong where it is missing, or of another kind."""
	value = body.get(field) if isinstance(body, dict) else None
	if not isinstance(value, kind):
		raise Wrong(f"{field} is {value!r}, not a {kind.__name__}")
	return value


def told(answer: Answer, statuses: Sequence[int]) -> str:
	"""An error as every error has to look: JSON with code, message and request_id."""
	if answer.status not in statuses:
		raise Wrong(describe(answer))
	body = answer.json()
	error = need(body, "error", dict)
	need(error, "message", str)
	need(body, "request_id", str)
	return f"{answer.status} {need(error, 'code', str)}"


def describe(answer: Answer) -> str:
	"""An answer that was not expected, in one line."""
	text = " ".join(answer.body[:200].decode(errors="replace").split())
	return f"HTTP {answer.status}: {text}" if answer.status else f"no answer: {text}"


def milliseconds(answer: Answer) -> str:
	return f"{answer.seconds * 1000:.0f}"


def percentile(values: Sequence[float], share: float) -> float:
	"""The smallest value that so many per cent of them do not exceed."""
	return sorted(values)[max(math.ceil(len(values) * share / 100) - 1, 0)]


if __name__ == "__main__":
	sys.exit(ended(main))
