"""A sandbox that is killed knows afterwards all that it had done, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from otp_app.molam_sandbox import Sandbox, running
from tests.molam_sandbox.conftest import INTENTS, REFUNDS, Caller, Receiver, wait_until


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
	with running(as_process=True) as sandbox:
		yield sandbox


@pytest.mark.parametrize(("kind", "done"), [("kill_before", False), ("kill_after", True)])
def test_after_a_kill_the_same_request_is_done_once(process: Sandbox, kind: str, done: bool):
	caller = Caller(process)
	asked = {"payment_id": caller.paid(50)["id"], "amount": 20}
	process.fault(kind, f"POST {REFUNDS}")
	with pytest.raises(requests.ConnectionError):
		caller.post(REFUNDS, asked, kind)
	with pytest.raises(requests.ConnectionError):
		caller.get("/health")
	url = process.url
	process.restart()
	assert process.url == url
	before = caller.now({"id": asked["payment_id"]})["amount_refunded"]
	again = caller.post(REFUNDS, asked, kind)
	assert ("Idempotent-Replayed" in again.headers, before == 20) == (done, done)
	assert caller.now({"id": asked["payment_id"]})["amount_refunded"] == 20


def test_kill_and_restart_keep_state_and_settings(process: Sandbox, receiver: Receiver):
	process.set(webhook_url=receiver.url)
	caller = Caller(process)
	intent = caller.intent()
	process.kill()
	with pytest.raises(requests.ConnectionError):
		process.state()
	process.restart()
	assert caller.now(intent) == intent
	process.pay(intent["id"])
	assert len(receiver.wait_for(1)) == 1


def test_an_event_of_the_moment_of_the_kill_is_delivered_afterwards(process: Sandbox, receiver: Receiver):
	process.set(webhook_url=receiver.url)
	caller = Caller(process)
	intent = caller.intent()
	process.fault("kill_after", f"POST {INTENTS}/*/confirm")
	with pytest.raises(requests.ConnectionError):
		caller.post(f"{INTENTS}/{intent['id']}/confirm")
	process.restart()
	wait_until(lambda: process.state()["events"][-1]["state"] == "delivered")
	assert intent["id"].encode() in receiver.got[-1][1]


def test_a_thread_cannot_be_killed(sandbox: Sandbox):
	for act in (sandbox.kill, sandbox.restart):
		with pytest.raises(RuntimeError, match="as_process=True"):
			act()


def test_state_outlives_a_thread_too(tmp_path):
	with running(state=tmp_path / "state.sqlite") as sandbox:
		intent = Caller(sandbox).intent()
	with running(state=tmp_path / "state.sqlite") as sandbox:
		assert Caller(sandbox).get(f"{INTENTS}/{intent['id']}").json() == intent


@pytest.mark.parametrize("as_process", [False, True])
def test_a_port_that_is_taken_is_told(sandbox: Sandbox, as_process: bool, capfd):
	port = int(sandbox.url.rpartition(":")[2])
	with (
		pytest.raises((OSError, RuntimeError), match=r"in use|did not start"),
		running(port=port, as_process=as_process),
	):
		pass
	assert not as_process or f"Cannot listen on 127.0.0.1, port {port}" in capfd.readouterr().err
