"""`otp molam-sandbox`, `molam-smoke`, `molam-check-key` and `molam-circuit`."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from otp_app.molam_sandbox import Sandbox
from otp_app.molam_sdk import ClientConfig, MolamSyncClient, NetworkError, create_circuit_breaker
from tests.cli.conftest import Otp
from tests.molam_sandbox.conftest import INTENTS, Caller, wait_until

OTP = (sys.executable, "-m", "otp_app.cli")
STEPS = ["import", "key format", "client", "health", "create", "confirm", "refund", "webhook signature"]
# A module that is not there, whatever is installed.
WITHOUT = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == {module!r} else found(name, *rest)
from otp_app.cli.main import main
main({arguments!r})
"""


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
	monkeypatch.delenv("MOLAM_API_KEY", raising=False)


def steps(out: str) -> list[str]:
	return re.findall(r"^(.+?) +\d+\.\d ms$", out, re.MULTILINE)


def listens(port: int) -> bool:
	with socket.socket() as connection:
		return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory) -> Iterator[str]:
	server = shutil.which("redis-server")
	if not server:
		pytest.skip("no redis-server on this machine")
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
	scratch = tmp_path_factory.mktemp("redis")
	process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=scratch)
	wait_until(lambda: listens(port))
	yield f"redis://127.0.0.1:{port}"
	process.terminate()
	process.wait(10)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_says_how_to_use_it_and_ends_cleanly(ending: signal.Signals):
	command = [*OTP, "molam-sandbox", "--port", "0", "--log"]
	process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
	url = process.stdout.readline().split()[-1]
	told = "".join(process.stdout.readline() for _ in range(6))
	(key,) = re.findall(r"sk_\w+", told)
	headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k"}
	body = {"amount": 1, "currency": "USD"}
	assert requests.post(f"{url}{INTENTS}", json=body, headers=headers, timeout=5).status_code == 201
	assert requests.get(f"{url}/sandbox/state", timeout=5).status_code == 200
	process.send_signal(ending)
	rest, log = process.communicate(timeout=10)
	assert (process.returncode, rest) == (0, "")
	assert re.fullmatch(r"POST /v1/connect/payment_intents 201 .+ ms\nGET /sandbox/state 200 .+ ms\n", log)


def test_a_file_that_is_no_state_is_told(bare_otp: Otp, tmp_path):
	wrong = tmp_path / "order.json"
	wrong.write_text("{}" * 1000)
	ran = bare_otp("molam-sandbox", "--port", "0", "--state", str(wrong))
	assert (ran.code, ran.out) == (1, "")
	assert (
		ran.err
		== f"Error: Cannot keep the state in {wrong}: file is not a database. Choose another file with --state.\n"
	)


@pytest.mark.parametrize(
	("module", "arguments", "package"),
	[
		("aiohttp", ["molam-sandbox"], "otp_app[molam]"),
		("aiohttp", ["molam-smoke"], "otp_app[molam]"),
		("redis", ["molam-circuit"], "redis"),
	],
)
def test_what_is_to_be_installed_is_told_in_one_line(module: str, arguments: list[str], package: str):
	program = WITHOUT.format(module=module, arguments=arguments)
	ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
	assert ran.returncode == 1
	assert ran.stderr == f"Error: This needs {module}: pip install '{package}'.\n"


def test_the_smoke_test_passes_on_a_sandbox_of_its_own():
	ran = subprocess.run([*OTP, "molam-smoke"], capture_output=True, text=True, timeout=30)
	assert (ran.returncode, ran.stderr) == (0, "")
	assert steps(ran.stdout) == STEPS
	assert ran.stdout.endswith("\nAll well.\n")


def test_the_smoke_test_pays_and_refunds_on_the_server_that_is_named(
	bare_otp: Otp, sandbox: Sandbox, monkeypatch
):
	monkeypatch.setenv("MOLAM_API_KEY", "sk_test_env")
	ran = bare_otp("molam-smoke", "--url", sandbox.url)
	assert ran.code == 0, ran.err
	state = sandbox.state()
	assert [intent["status"] for intent in state["intents"]] == ["succeeded"]
	assert [refund["amount"] for refund in state["refunds"]] == [1.1]
	assert "sk_test_env" not in ran.out + ran.err


@pytest.mark.parametrize(
	("fault", "match", "failed", "told"),
	[
		("status", "GET /health", "health", "[403]"),
		("html", f"POST {INTENTS}$", "create", "[404]"),
		("status", f"POST {INTENTS}/*/confirm", "confirm", "[403]"),
		("status", "POST /v1/connect/refunds", "refund", "[403]"),
	],
)
def test_the_smoke_test_ends_at_the_first_step_that_fails(
	bare_otp: Otp, sandbox: Sandbox, fault: str, match: str, failed: str, told: str
):
	sandbox.fault(fault, match, code=403, status=404)
	ran = bare_otp("molam-smoke", "--url", sandbox.url, "--key", "sk_test_secret")
	assert ran.code == 1
	assert steps(ran.out) == STEPS[: STEPS.index(failed)]
	assert re.search(rf"^{failed} +failed$", ran.out, re.MULTILINE)
	*_, last = ran.err.splitlines()
	assert last.startswith("Failed at this step: ")
	assert told in last
	assert "sk_test_secret" not in ran.out + ran.err


def test_the_smoke_test_refuses_a_wrong_key_without_telling_it(bare_otp: Otp):
	ran = bare_otp("molam-smoke", "--key", "pk_live_secret")
	assert (ran.code, steps(ran.out)) == (1, ["import"])
	assert "must start with 'sk_' or 'jwt_'" in ran.err
	assert "pk_live_secret" not in ran.out + ran.err


@pytest.mark.parametrize(
	"url",
	[
		"https://api.molam.io",
		"https://api-eu-west.molam.io/",
		"https://API.Molam.io:443/v1",
		"https://user@api-moon.molam.io.",
	],
)
def test_the_smoke_test_takes_no_money(bare_otp: Otp, url: str):
	ran = bare_otp("molam-smoke", "--url", url)
	assert (ran.code, steps(ran.out)) == (2, ["import"])
	assert "This would take money" in ran.err


def test_the_smoke_test_names_a_key_that_is_missing(bare_otp: Otp):
	ran = bare_otp("molam-smoke", "--key", "")
	assert (ran.code, steps(ran.out)) == (1, ["import"])
	assert ran.err.endswith("No API key: set one that starts with 'sk_' or 'jwt_'\n")


@pytest.mark.parametrize(
	("key", "code", "told"),
	[
		("sk_abc", 0, "The key has the format of a secret key.\n"),
		("jwt_a.b.c", 0, "The key has the format of a service JWT.\n"),
		("pk_abc", 2, "Error: API key must start with 'sk_' or 'jwt_'\n"),
		("sk_", 2, "Error: The secret key is cut off, or has characters that no key has\n"),
		("sk_abc ", 2, "Error: The secret key is cut off, or has characters that no key has\n"),
	],
)
def test_the_format_of_a_key_is_told(bare_otp: Otp, key: str, code: int, told: str, monkeypatch):
	monkeypatch.setenv("MOLAM_API_KEY", key)
	ran = bare_otp("molam-check-key")
	assert (ran.code, ran.out + ran.err) == (code, told)


def test_the_circuit_of_a_site_can_be_seen_and_closed(bare_otp: Otp, redis_url: str, sandbox: Sandbox):
	from redis import Redis

	with Redis.from_url(redis_url) as redis:
		breaker = create_circuit_breaker("molam_api_cb", fail_max=2, redis=redis)
		config = ClientConfig(api_key="sk_x", base_url="http://127.0.0.1:1", max_retries=0)
		with MolamSyncClient(config, breaker=breaker) as client:
			for _ in range(2):
				with pytest.raises(NetworkError):
					client.health()
		assert (
			bare_otp("molam-circuit", "--redis", redis_url).out == "molam_api_cb: open, 2 failures in a row\n"
		)
		closed = bare_otp("molam-circuit", "--redis", redis_url, "--reset")
		assert closed.out == "molam_api_cb: closed, 0 failures in a row\n"
		assert breaker.current_state == "closed"


def test_looking_for_a_circuit_that_is_not_there_makes_none(bare_otp: Otp, redis_url: str):
	from redis import Redis

	ran = bare_otp("molam-circuit", "--redis", redis_url, "--name", "other")
	assert "This Redis has no circuit other. There are: " in ran.err
	with Redis.from_url(redis_url) as redis:
		assert redis.keys("other*") == []


def test_a_redis_that_does_not_answer_is_told(bare_otp: Otp):
	ran = bare_otp("molam-circuit", "--redis", "redis://127.0.0.1:1")
	assert ran.code == 1
	assert ran.err.startswith("Error: Redis does not answer (")


def test_the_sdk_and_the_sandbox_understand_each_other(sandbox: Sandbox):
	with MolamSyncClient(ClientConfig(api_key="sk_x", base_url=sandbox.url)) as client:
		made = client.create_payment_intent(amount="100.10", currency="usd", metadata={"order": "SO-1"})
		assert made.amount == 100.1
		listed = client.list_payment_intents(limit=5, metadata={"order": "SO-1"})
		assert [intent.id for intent in listed] == [made.id]
		assert client.cancel_payment_intent(made.id).status == "canceled"
	assert Caller(sandbox).now({"id": made.id})["status"] == "canceled"
