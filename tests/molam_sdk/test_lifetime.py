"""Clients in threads and tasks, metrics of their calls, and nothing left open after them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from otp_app.molam_sandbox import Sandbox
from otp_app.molam_sdk import APIError, MolamAsyncClient, MolamSyncClient, NetworkError, metrics_request

from .between import between
from .conftest import KEY, KINDS, config_for

INTENT = {"amount": 5, "currency": "USD"}


def metric(name: str, **labels: str) -> float:
	return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_every_request_is_counted_by_the_name_of_its_call(
	kind: str, sandbox: Sandbox, open_client: Callable[..., Any]
):
	def counts() -> dict[str, float]:
		codes = ("200", "201", "404", "503", "599")
		found = {
			f"{name} {code}": metric("molam_sdk_requests_total", endpoint=name, code=code)
			for code in codes
			for name in ("create_payment_intent", "retrieve_payment_intent")
		}
		seconds = "molam_sdk_request_latency_seconds_count"
		return found | {"latencies": metric(seconds, endpoint="create_payment_intent")}

	before = counts()
	client = open_client(kind, sandbox.url, max_retries=1)
	sandbox.fault("status", times=1, code=503)
	intent = client.create_payment_intent(INTENT)
	client.retrieve_payment_intent(intent.id)
	with pytest.raises(APIError):
		client.retrieve_payment_intent("pi_none")
	sandbox.fault("drop_before", times=2)
	with pytest.raises(NetworkError):
		client.create_payment_intent(INTENT)
	more = {name: after - before[name] for name, after in counts().items() if after != before[name]}
	assert more == {
		"create_payment_intent 201": 1,
		"create_payment_intent 503": 1,
		"create_payment_intent 599": 2,
		"retrieve_payment_intent 200": 1,
		"retrieve_payment_intent 404": 1,
		"latencies": 4,
	}


def test_an_application_may_count_requests_of_its_own():
	metrics_request("own_call", 200, 0.25)
	assert metric("molam_sdk_requests_total", endpoint="own_call", code="200") == 1
	assert metric("molam_sdk_request_latency_seconds_sum", endpoint="own_call") == 0.25


def test_threads_share_a_client_and_its_key_and_region_may_change_meanwhile(sandbox: Sandbox):
	with between(sandbox.url) as server, MolamSyncClient(config_for(server.url)) as client:
		ids: Counter[str] = Counter()
		failed: list[BaseException] = []

		def work() -> None:
			try:
				for _ in range(10):
					ids[client.create_payment_intent(INTENT).id] += 1
			except BaseException as error:
				failed.append(error)

		threads = [threading.Thread(target=work) for _ in range(10)]
		for thread in threads:
			thread.start()
		while any(thread.is_alive() for thread in threads):
			for key in ("sk_test_other", KEY):
				client.set_api_key(key)
				time.sleep(0.002)
		for thread in threads:
			thread.join()
		assert not failed
		assert len(ids) == 100 and set(ids.values()) == {1}
		assert "Idempotency-Key" not in client.headers
		keys = {each.headers["Authorization"] for each in server.seen}
		assert keys <= {f"Bearer {KEY}", "Bearer sk_test_other"}


def test_a_call_keeps_its_key_on_its_retries(sandbox: Sandbox):
	"""Idempotency keys belong to an API key: a retry with another one would be another payment."""
	sandbox.fault("status", times=2, code=503, retry_after=0.3)
	with between(sandbox.url) as server, MolamSyncClient(config_for(server.url)) as client:
		running = threading.Thread(target=client.create_payment_intent, args=(INTENT,))
		running.start()
		while not server.seen:
			time.sleep(0.002)
		client.set_api_key("sk_test_other")
		running.join()
		client.health()
		assert [each.headers["Authorization"] for each in server.seen] == [f"Bearer {KEY}"] * 3 + [
			"Bearer sk_test_other"
		]


def test_tasks_share_an_asynchronous_client(sandbox: Sandbox):
	async def main() -> set[str]:
		async with MolamAsyncClient(config_for(sandbox.url)) as client:
			intents = await asyncio.gather(*(client.create_payment_intent(INTENT) for _ in range(100)))
			return {intent.id for intent in intents}

	assert len(asyncio.run(main())) == 100


def test_closing_twice_is_closing_once(sandbox: Sandbox):
	client = MolamSyncClient(config_for(sandbox.url))
	client.health()
	client.close()
	client.close()

	async def main() -> None:
		async with MolamAsyncClient(config_for(sandbox.url)) as client:
			await client.health()
			await client.close()
			await client.close()

	asyncio.run(main())


NOTHING_LEFT = """
import asyncio, gc, os, sys
from otp_app.molam_sdk import APIError, ClientConfig, MolamClient, MolamSyncClient, MolamAsyncClient
config = ClientConfig(api_key="sk_test_1", base_url=sys.argv[1], max_retries=0, timeout_read=0.2)

def sockets():
	gc.collect()
	folder = "/proc/self/fd"
	paths = [f"{folder}/{fd}" for fd in os.listdir(folder)]
	return sum(os.readlink(path).startswith("socket") for path in paths if os.path.islink(path))

def calls(client):
	client.health()
	for wrong in ("pi_none",):
		try:
			client.retrieve_payment_intent(wrong)
		except APIError:
			pass

async def main():
	async with MolamAsyncClient(config) as client:
		await client.health()
		try:
			await client.retrieve_payment_intent("pi_none")
		except APIError:
			pass

for _ in range(3):
	with MolamSyncClient(config) as client:
		calls(client)
	asyncio.run(main())
	dropped = MolamClient(config)
	calls(dropped)
	del dropped
print(sockets())
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to count sockets")
def test_no_socket_is_left_open_and_nothing_warns(sandbox: Sandbox):
	ran = subprocess.run(
		[sys.executable, "-X", "dev", "-W", "error", "-c", NOTHING_LEFT, sandbox.url],
		capture_output=True,
		text=True,
	)
	assert (ran.stdout, ran.stderr) == ("0\n", "")


def test_an_asynchronous_client_may_be_used_in_a_second_event_loop(sandbox: Sandbox):
	client = MolamAsyncClient(config_for(sandbox.url, max_retries=0))

	async def twice() -> None:
		await asyncio.gather(client.health(), client.health())

	asyncio.run(twice())
	asyncio.run(twice())
	assert len(client._sessions) == 1
	asyncio.run(client.close())


FORKED = """
import os, sys, threading, time
from otp_app.molam_sdk import ClientConfig, MolamSyncClient, MolamAsyncClient
client = MolamSyncClient(ClientConfig(api_key="sk_test_1", base_url=sys.argv[1], max_retries=0))
client.health()
ready, done = threading.Event(), threading.Event()

def holding():
	with client.cb._lock, client.cb._slot._lock, client._changing:
		ready.set()
		done.wait()

threading.Thread(target=holding).start()
ready.wait()
child = os.fork()
if not child:
	client.cb.half_open()
	client.set_api_key("sk_test_2")
	client.health()
	os._exit(0 if client.cb.current_state == "closed" else 1)
done.set()
until = time.monotonic() + 5
while not (ended := os.waitpid(child, os.WNOHANG))[0]:
	if time.monotonic() > until:
		os.kill(child, 9)
		ended = os.waitpid(child, 0)
		break
	time.sleep(0.01)
client.health()
client.close()
print(ended[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_is_forked_has_connections_and_locks_of_its_own(sandbox: Sandbox):
	"""While a thread holds all locks; with one connection for both, the two would read each other's answers."""
	with between(sandbox.url) as server:
		ran = subprocess.run(
			[sys.executable, "-c", FORKED, server.url], capture_output=True, text=True, timeout=20
		)
		assert (ran.stdout, ran.stderr) == ("0\n", "")
		mine, forked, again = server.ports
		assert mine == again != forked
