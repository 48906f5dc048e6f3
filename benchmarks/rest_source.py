"""Promises over a remote ERPNext: calls and milliseconds of 1, 5 and 100 lines, with the site's otp_app and without it.

	ERPNEXT_BASE_URL=... ERPNEXT_API_KEY=... ERPNEXT_API_SECRET=... python -m benchmarks.rest_source [ROUNDS]

Only reads. Nothing is kept between two promises but what seldom changes.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone

from otp_app.promises.calculate import promise_order
from otp_app.sources import Source
from otp_app.sources.rest import Client, Connection
from otp_app.sources.rest.with_app import WithApp
from otp_app.sources.rest.without_app import WithoutApp

LINES = (1, 5, 100)
ROUNDS = 20


def main() -> None:
	"""Prints one row for each way and number of lines; the reason where a way cannot promise."""
	rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
	client = Client(_connection())
	codes = _items(client)
	without = WithoutApp(client)
	ways: dict[str, Source] = {"with the app": WithApp(client), "without it": without}
	print(f"{'facts':<14}{'lines':>6}{'calls':>7}{'p50 ms':>9}{'p95 ms':>9}{'bytes':>9}")
	for name, source in ways.items():
		for lines in LINES:
			print(f"{name:<14}{lines:>6}" + _measured(client, source, codes[:lines], lines, rounds))
	without.close()
	client.close()


def _connection() -> Connection:
	environ = os.environ
	return Connection(
		environ["ERPNEXT_BASE_URL"],
		environ["ERPNEXT_API_KEY"],
		environ["ERPNEXT_API_SECRET"],
		environ.get("ERPNEXT_SITE_NAME"),
		timeout=60.0,
	)


def _items(client: Client) -> list[str]:
	rows = client.rows(
		"Item",
		fields=["name"],
		filters=[
			["is_sales_item", "=", 1],
			["disabled", "=", 0],
			["has_variants", "=", 0],
			["is_stock_item", "=", 1],
		],
		order_by="name",
		limit_page_length=max(LINES),
	)
	return [row["name"] for row in rows]


def _measured(client: Client, source: Source, codes: list[str], lines: int, rounds: int) -> str:
	asked = {"items": [{"item_code": codes[at % len(codes)], "qty": 1} for at in range(lines)]}

	def promise() -> str:
		now = datetime.now(timezone.utc)
		answer = promise_order(source, asked, now=now, request_id="bench", with_options=False)
		blockers = answer.as_dict()["blockers"]
		return next((b["message"] for b in blockers if b["code"] == "SOURCE_UNAVAILABLE"), "")

	if unavailable := promise():
		return f"  {unavailable}"
	sent, received = client.sent, client.received
	times = sorted(_milliseconds(promise) for _ in range(rounds))
	calls, size = (client.sent - sent) / rounds, (client.received - received) // rounds
	p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
	return f"{calls:>7.0f}{statistics.median(times):>9.1f}{p95:>9.1f}{size:>9}"


def _milliseconds(call: Callable[[], object]) -> float:
	start = time.perf_counter()
	call()
	return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
	main()
