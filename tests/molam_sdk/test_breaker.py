"""The circuit breaker: what opens it, who may probe, and who shares its state."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from prometheus_client import REGISTRY

from otp_app.molam_sandbox import Sandbox
from otp_app.molam_sdk import (
	APIError,
	CircuitBreakerError,
	MolamAsyncClient,
	MolamSyncClient,
	MolamTimeoutError,
	create_circuit_breaker,
)

from .between import Canned, between
from .conftest import config_for

GUARDED = ("MolamSyncClient", "MolamAsyncClient")
INTENT = {"amount": 5, "currency": "USD"}
THREADS = 20
# In Redis the moment of opening is kept in whole seconds: a pause of 2 s may be over after little more than 1.

Open = Callable[..., Any]


def requests_at(sandbox: Sandbox) -> int:
	return len(sandbox.state()["requests"])


def changes(name: str) -> dict[tuple[str, str], float]:
	"""How often the breaker changed from which state to which, by its metric."""
	return {
		(sample.labels["from_state"], sample.labels["to_state"]): sample.value
		for metric in REGISTRY.collect()
		for sample in metric.samples
		if sample.name == "circuit_breaker_state_changes_total" and sample.labels["name"] == name
	}


@pytest.mark.parametrize("kind", GUARDED)
def test_five_time_outs_open_it_and_then_nothing_is_sent(kind: str, sandbox: Sandbox, open_client: Open):
	sandbox.fault("latency", match="GET /health", times=None, seconds=0.6)
	client = open_client(kind, sandbox.url, {"cb_name": f"{kind}-five"}, timeout_read=0.05, max_retries=0)
	for number in range(5):
		assert client.cb.current_state == "closed", number
		with pytest.raises(MolamTimeoutError):
			client.health()
	assert client.cb.current_state == "open"
	sandbox.clear_faults()
	before = requests_at(sandbox)
	with pytest.raises(CircuitBreakerError, match=f"{kind}-five is open"):
		client.health()
	assert requests_at(sandbox) == before
	assert changes(f"{kind}-five") == {("closed", "open"): 1}
	assert REGISTRY.get_sample_value("circuit_breaker_state", {"name": f"{kind}-five"}) == 2


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize("code", [400, 402, 409, 429])
def test_refusals_never_open_it(kind: str, code: int, sandbox: Sandbox, open_client: Open):
	client = open_client(kind, sandbox.url, max_retries=0)
	sandbox.fault("status", times=30, code=code)
	for _ in range(30):
		with pytest.raises(APIError):
			client.create_payment_intent(INTENT)
	assert client.cb.current_state == "closed" and client.cb.fail_counter == 0


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize(
	"fault", [{"kind": "status", "code": 500}, {"kind": "drop_before"}, {"kind": "truncated"}]
)
def test_failures_of_the_service_count_attempt_by_attempt(
	kind: str, fault: dict[str, Any], sandbox: Sandbox, open_client: Open, key: str
):
	"""It opens within the retries of one call: the call stops there and raises what really happened."""
	sandbox.fault(times=None, **fault)
	client = open_client(kind, sandbox.url, {"cb_fail_max": 3}, max_retries=10)
	with pytest.raises(Exception) as caught:
		client.create_payment_intent(INTENT, idempotency_key=key)
	assert type(caught.value).__name__ in {"APIError", "NetworkError"}
	assert [each["idempotency_key"] for each in sandbox.state()["requests"]].count(key) == 3


@pytest.mark.parametrize("kind", GUARDED)
def test_an_answer_starts_the_count_again(kind: str, sandbox: Sandbox, open_client: Open):
	client = open_client(kind, sandbox.url, {"cb_fail_max": 3}, max_retries=0)
	for _ in range(3):
		sandbox.fault("status", match="GET /health", times=2, code=500)
		for _ in range(2):
			with pytest.raises(APIError):
				client.health()
		client.health()
	assert client.cb.current_state == "closed"


def opened(open_client: Open, url: str, kind: str = "MolamSyncClient", **breaker: Any) -> Any:
	"""A client whose circuit is open, and may be probed very soon."""
	client = open_client(kind, url, {"cb_reset_timeout": 0.05, **breaker}, max_retries=0)
	client.cb.open()
	time.sleep(0.06)
	return client


@pytest.mark.parametrize("kind", GUARDED)
def test_after_its_pause_one_answer_closes_it(kind: str, sandbox: Sandbox, open_client: Open):
	client = opened(open_client, sandbox.url, kind, cb_name=f"{kind}-closes")
	client.health()
	assert client.cb.current_state == "closed"
	assert changes(f"{kind}-closes") == {
		("closed", "open"): 1,
		("open", "half-open"): 1,
		("half-open", "closed"): 1,
	}


@pytest.mark.parametrize("kind", GUARDED)
def test_after_its_pause_one_failure_opens_it_again(kind: str, sandbox: Sandbox, open_client: Open):
	client = opened(open_client, sandbox.url, kind)
	client.cb.reset_timeout = 60
	client.cb.half_open()
	sandbox.fault("status", match="GET /health", times=1, code=500)
	with pytest.raises(APIError):
		client.health()
	assert client.cb.current_state == "open"
	with pytest.raises(CircuitBreakerError):
		client.health()


def in_threads(call: Callable[[], object]) -> Counter[str]:
	"""What became of THREADS calls at the same time."""
	gate, came = threading.Barrier(THREADS), Counter[str]()

	def one() -> None:
		gate.wait()
		try:
			call()
			came["answered"] += 1
		except Exception as error:
			came[type(error).__name__] += 1

	threads = [threading.Thread(target=one) for _ in range(THREADS)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	return came


@pytest.mark.parametrize("code", [None, 500])
def test_half_open_one_of_20_threads_probes(code: int | None, sandbox: Sandbox):
	with between(sandbox.url) as server, MolamSyncClient(config_for(server.url, max_retries=0)) as client:
		if code:
			server.answers = [Canned(code)]
		else:
			sandbox.fault("latency", match="GET /health", times=1, seconds=0.3)
		client.cb.half_open()
		came = in_threads(client.health)
		assert len(server.seen) == 1
	assert came == {"APIError" if code else "answered": 1, "CircuitBreakerError": THREADS - 1}


def test_half_open_one_of_20_tasks_probes(sandbox: Sandbox):
	sandbox.fault("latency", match="GET /health", times=1, seconds=0.3)

	async def main() -> list[object]:
		async with MolamAsyncClient(config_for(sandbox.url), cb_reset_timeout=0.05) as client:
			client.cb.open()
			await asyncio.sleep(0.06)
			return await asyncio.gather(*(client.health() for _ in range(20)), return_exceptions=True)

	before = requests_at(sandbox)
	came = Counter(type(each).__name__ for each in asyncio.run(main()))
	assert requests_at(sandbox) - before == 1
	assert came == {"dict": 1, "CircuitBreakerError": 19}


def test_a_probe_that_is_cancelled_makes_room_for_the_next(sandbox: Sandbox):
	sandbox.fault("latency", match="GET /health", times=1, seconds=0.5)

	async def main() -> None:
		async with MolamAsyncClient(config_for(sandbox.url), cb_reset_timeout=0.05) as client:
			client.cb.open()
			await asyncio.sleep(0.06)
			with pytest.raises(asyncio.TimeoutError):
				await asyncio.wait_for(client.health(), 0.1)
			assert client.cb.current_state == "half-open"
			await client.health()
			assert client.cb.current_state == "closed"

	asyncio.run(main())


def test_calls_run_side_by_side_behind_the_breaker(sandbox: Sandbox, open_client: Open):
	"""pybreaker's own `call` would let one thread in at a time."""
	sandbox.fault("latency", match="GET /health", times=THREADS, seconds=0.3)
	client = open_client("MolamSyncClient", sandbox.url)
	start = time.monotonic()
	assert in_threads(client.health) == {"answered": THREADS}
	assert time.monotonic() - start < 2


def test_a_failure_that_comes_in_late_does_not_touch_an_open_circuit():
	breaker = create_circuit_breaker("late", fail_max=1, reset_timeout=60)
	early, late = breaker.admit(1), breaker.admit(1)
	assert early is not None and late is not None
	breaker.failed(early, TimeoutError())
	opened_at = breaker._state_storage.opened_at
	breaker.failed(late, TimeoutError())
	breaker.succeeded(late)
	assert (breaker.current_state, breaker._state_storage.opened_at) == ("open", opened_at)


def test_one_breaker_may_guard_synchronous_and_asynchronous_clients(sandbox: Sandbox, open_client: Open):
	breaker = create_circuit_breaker("both", fail_max=5, reset_timeout=60)
	clients = [open_client(kind, sandbox.url, {"breaker": breaker}) for kind in GUARDED]
	breaker.open()
	for client in clients:
		with pytest.raises(CircuitBreakerError):
			client.health()


def test_a_breaker_on_its_own_keeps_pybreakers_way():
	breaker = create_circuit_breaker("alone", fail_max=3, reset_timeout=1)
	assert (breaker.name, breaker.fail_max, breaker.reset_timeout) == ("alone", 3, 1)

	def fails() -> None:
		raise ValueError("fail")

	def refused() -> None:
		raise APIError(400, "no")

	for _ in range(5):
		with pytest.raises(APIError):
			breaker.call(refused)
	for _ in range(2):
		with pytest.raises(ValueError, match="fail"):
			breaker.call(fails)
	with pytest.raises(CircuitBreakerError) as caught:
		breaker.call(fails)
	assert isinstance(caught.value.__cause__, ValueError)
	assert breaker.current_state == "open"


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
	"""A Redis of our own; skipped where there is no redis-server."""
	binary = shutil.which("redis-server")
	if not binary:
		pytest.skip("redis-server is not installed")
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	folder = str(tmp_path_factory.mktemp("redis"))
	options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
	process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
	client = redis.Redis(port=port)
	try:
		for _ in range(100):
			try:
				client.ping()
				break
			except redis.ConnectionError:
				time.sleep(0.05)
		yield client
	finally:
		client.close()
		process.terminate()
		process.wait(10)


OTHER_PROCESS = """
import json, sys, redis
from otp_app.molam_sdk import ClientConfig, MolamSyncClient, create_circuit_breaker, CircuitBreakerError
name, port, url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
breaker = create_circuit_breaker(name, reset_timeout=2, redis=redis.Redis(port=port))
with MolamSyncClient(ClientConfig(api_key="sk_test_1", base_url=url, max_retries=0), breaker=breaker) as client:
	print("ready", flush=True)
	sys.stdin.readline()
	try:
		client.health()
		came = "answered"
	except CircuitBreakerError as error:
		came = "CircuitBreakerError"
	print(json.dumps([came, breaker.current_state]), flush=True)
"""


def start_other(name: str, server: redis.Redis, url: str) -> subprocess.Popen[str]:
	port = str(server.connection_pool.connection_kwargs["port"])
	command = [sys.executable, "-c", OTHER_PROCESS, name, port, url]
	process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
	assert process.stdout and process.stdout.readline() == "ready\n"
	return process


def ask_other(process: subprocess.Popen[str]) -> list[str]:
	out, _ = process.communicate("go\n", timeout=20)
	found: list[str] = json.loads(out)
	return found


def test_with_redis_a_second_process_sees_the_open_circuit(
	redis_server: redis.Redis, sandbox: Sandbox, open_client: Open
):
	"""The asynchronous client opens it, the other process has a synchronous one."""
	other = start_other("shared", redis_server, sandbox.url)
	breaker = create_circuit_breaker("shared", fail_max=5, reset_timeout=2, redis=redis_server)
	client = open_client("MolamAsyncClient", sandbox.url, {"breaker": breaker}, max_retries=0)
	sandbox.fault("status", match="GET /health", times=5, code=503)
	for _ in range(5):
		with pytest.raises(APIError):
			client.health()
	before = requests_at(sandbox)
	assert ask_other(other) == ["CircuitBreakerError", "open"]
	assert requests_at(sandbox) == before
	time.sleep(2.1)
	client.health()
	assert breaker.current_state == "closed"


def test_with_redis_one_of_several_processes_probes(redis_server: redis.Redis, sandbox: Sandbox):
	others = [start_other("several", redis_server, sandbox.url) for _ in range(4)]
	create_circuit_breaker("several", redis=redis_server).open()
	time.sleep(2.1)
	sandbox.fault("latency", match="GET /health", times=1, seconds=1)
	before = requests_at(sandbox)
	for other in others:
		assert other.stdin
		other.stdin.write("go\n")
		other.stdin.flush()
	came = Counter(json.loads(other.communicate(timeout=20)[0])[0] for other in others)
	assert came == {"answered": 1, "CircuitBreakerError": 3}
	assert requests_at(sandbox) - before == 1


def test_a_redis_client_that_answers_texts_will_do(redis_server: redis.Redis):
	port = redis_server.connection_pool.connection_kwargs["port"]
	with redis.Redis(port=port, decode_responses=True) as client:
		breaker = create_circuit_breaker("texts", redis=client)
		breaker.open()
		assert create_circuit_breaker("texts", redis=client).current_state == "open"


@pytest.mark.parametrize("kind", GUARDED)
def test_without_redis_payments_go_on_with_a_circuit_of_their_own(
	kind: str, sandbox: Sandbox, open_client: Open
):
	with socket.socket() as silent:
		silent.bind(("127.0.0.1", 0))
		silent.listen()  # takes connections, and never answers
		dead = redis.Redis(port=silent.getsockname()[1])
		start = time.monotonic()
		breaker = create_circuit_breaker(f"dead-{kind}", fail_max=2, reset_timeout=2, redis=dead)
		client = open_client(kind, sandbox.url, {"breaker": breaker}, max_retries=0)
		client.health()
		assert time.monotonic() - start < 2
		sandbox.fault("status", match="GET /health", times=2, code=500)
		for _ in range(2):
			with pytest.raises(APIError):
				client.health()
		with pytest.raises(CircuitBreakerError):
			client.health()
		time.sleep(2.1)
		client.health()
		assert breaker.current_state == "closed"


def test_listeners_of_the_application_hear_of_failures_and_successes():
	import pybreaker

	heard: list[str] = []

	class Ear(pybreaker.CircuitBreakerListener):
		def failure(self, cb: Any, exc: BaseException) -> None:
			heard.append(type(exc).__name__)

		def success(self, cb: Any) -> None:
			heard.append("success")

	with between() as server:
		server.answers = [Canned(500), Canned(200, {"status": "ok"})]
		with MolamSyncClient(config_for(server.url)) as client:
			client.cb.add_listener(Ear())
			client.health()
	assert heard == ["APIError", "success"]


def test_a_second_client_leaves_the_gauge_of_an_open_circuit_alone(open_client: Open):
	client = open_client("MolamSyncClient", "http://127.0.0.1:1", {"cb_name": "gauge"})
	client.cb.open()
	open_client("MolamSyncClient", "http://127.0.0.1:1", {"cb_name": "gauge"})
	assert REGISTRY.get_sample_value("circuit_breaker_state", {"name": "gauge"}) == 2


def test_a_probe_keeps_its_place_for_as_long_as_its_attempt_may_last(sandbox: Sandbox, open_client: Open):
	"""The answer comes drop by drop: longer than its read time-out, and within its time in all."""
	with between() as server:
		server.answers = [Canned(200, {"status": "ok" * 10}, drip=0.045), Canned(200, {"status": "ok"})]
		settings = {"timeout_connect": 0.05, "timeout_read": 0.15, "timeout_total": 8, "max_retries": 0}
		client = open_client("MolamSyncClient", server.url, **settings)
		client.cb.half_open()
		probe = threading.Thread(target=client.health)
		probe.start()
		time.sleep(1.3)
		with pytest.raises(CircuitBreakerError):
			client.health()
		probe.join()
		assert client.cb.current_state == "closed"


@pytest.mark.parametrize("state", ["ajar", b"\xff"])
def test_a_state_in_redis_that_nobody_knows_is_closed(
	redis_server: redis.Redis, sandbox: Sandbox, state: Any
):
	breaker = create_circuit_breaker("unknown", redis=redis_server)
	redis_server.set("unknown:pybreaker:state", state)
	with MolamSyncClient(config_for(sandbox.url), breaker=breaker) as client:
		assert client.health()
	assert breaker.current_state == "closed"
	assert create_circuit_breaker("unknown", redis=redis_server).current_state == "closed"
