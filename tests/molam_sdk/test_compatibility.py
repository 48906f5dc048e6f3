"""Code that was written for the SDK 0.1.0 runs with only its import changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import otp_app
from otp_app.molam_sandbox import Sandbox

from .between import Canned, between
from .conftest import KEY, config_for

APP = Path(otp_app.__file__).parent

# The three smoke tests of the runbook of 0.1.0: import, client, create on the sandbox.
SMOKE_IMPORT = "from molam_sdk import MolamClient, PaymentIntentCreate; print('imported')"
SMOKE_CLIENT = """
from molam_sdk import MolamClient, ClientConfig
client = MolamClient(ClientConfig(api_key='sk_test_dummy'))
print('client initialised')
"""
SMOKE_CREATE = """
import os
from molam_sdk import MolamClient, ClientConfig, PaymentIntentCreate
config = ClientConfig(api_key=os.getenv('MOLAM_SANDBOX_KEY'), base_url=os.getenv('MOLAM_BASE_URL'))
client = MolamClient(config)
payment = client.create_payment_intent(
	PaymentIntentCreate(amount=1.0, currency='USD'), idempotency_key='smoke-test-123'
)
print('created', payment.id)
"""


def python(program: str, *options: str, **environment: str) -> str:
	"""What a program prints, run with warnings as errors."""
	ran = subprocess.run(
		[sys.executable, "-W", "error", *options, "-c", program],
		capture_output=True,
		text=True,
		env={**os.environ, **environment},
		cwd=APP.parent,
	)
	assert ran.returncode == 0, ran.stderr
	assert not ran.stderr
	return ran.stdout.strip()


@pytest.mark.parametrize("package", ["otp_app.molam_sdk", "molam_sdk"])
def test_the_three_smoke_tests_of_the_old_runbook(package: str, sandbox: Sandbox):
	def smoke(program: str) -> str:
		return python(
			program.replace("from molam_sdk", f"from {package}"),
			PYTHONPATH=f"{APP}{os.pathsep}{APP.parent}",
			MOLAM_SANDBOX_KEY=KEY,
			MOLAM_BASE_URL=sandbox.url,
		)

	told = [smoke(SMOKE_IMPORT), smoke(SMOKE_CLIENT), smoke(SMOKE_CREATE)]
	print(*told, sep="\n")
	assert told[:2] == ["imported", "client initialised"]
	assert told[2].startswith("created pi_")


def test_all_modules_and_names_of_the_contract_are_there():
	told = python(
		"from otp_app.molam_sdk import *\n"
		"from otp_app.molam_sdk import MolamAsyncClient, CircuitBreakerError, __version__\n"
		"from otp_app.molam_sdk.client import MolamClient\n"
		"from otp_app.molam_sdk.sync_client import MolamSyncClient\n"
		"from otp_app.molam_sdk.async_client import MolamAsyncClient\n"
		"from otp_app.molam_sdk.models import WebhookEvent, MerchantOnboarding, MerchantOnboardingCreate\n"
		"from otp_app.molam_sdk.exceptions import MolamError, APIError, IdempotencyError, NetworkError\n"
		"from otp_app.molam_sdk.exceptions import TimeoutError as MolamTimeoutError, ConfigurationError\n"
		"from otp_app.molam_sdk.cb import create_circuit_breaker\n"
		"from otp_app.molam_sdk.metrics import metrics_request\n"
		"from otp_app.molam_sdk.webhooks import verify_molam_signature, construct_event\n"
		"from otp_app.molam_sdk.logging_setup import setup_structured_logger\n"
		"from otp_app.molam_sdk.__version__ import __version__\n"
		"print(__version__)"
	)
	assert told == "1.0.0"


def test_it_may_be_imported_under_both_names_in_one_process():
	program = (
		"import otp_app.molam_sdk, molam_sdk, otp_app.molam_sdk.metrics as one, molam_sdk.metrics as other\n"
		"assert one is not other and one.REQUESTS is other.REQUESTS\n"
		"print(molam_sdk.MolamAsyncClient.__module__)"
	)
	assert python(program, PYTHONPATH=f"{APP}{os.pathsep}{APP.parent}") == "molam_sdk.async_client"


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({names!r}))
import otp_app.molam_sdk as sdk
assert not {names!r} & {{name.split('.')[0] for name, module in sys.modules.items() if module}}
sdk.MolamSyncClient(sdk.ClientConfig(api_key='sk_test_1')).close()
"""


def test_the_synchronous_clients_need_no_aiohttp_no_redis_and_no_frappe():
	python(WITHOUT.format(names={"aiohttp", "redis", "frappe", "erpnext"}))


def test_without_aiohttp_the_asynchronous_client_names_the_extra():
	program = WITHOUT.format(names={"aiohttp"}) + (
		"from otp_app.molam_sdk import *\n"
		"assert MolamSyncClient and not hasattr(sdk, 'MolamAsyncClient')\n"
		"try:\n\tsdk.MolamAsyncClient\nexcept AttributeError as error:\n\tprint(error)\n"
		"try:\n\timport otp_app.molam_sdk.async_client\nexcept ImportError as error:\n\tprint(error)\n"
	)
	assert python(program).count("otp_app[molam]") == 2


def test_arguments_may_have_the_names_that_either_client_of_0_1_0_gave_them():
	from otp_app.molam_sdk import MolamSyncClient

	intent = {"id": "pi_1", "status": "succeeded", "amount": 1, "currency": "USD"}
	with between() as server, MolamSyncClient(config_for(server.url)) as client:
		server.answers = [Canned(200, intent) for _ in range(4)]
		client.retrieve_payment_intent(intent_id="pi_1")
		client.retrieve_payment_intent(payment_intent_id="pi_1")
		client.confirm_payment_intent(payment_intent_id="pi_1", idempotency_key="k")
		client.client.confirm_payment_intent("pi_1")
		assert len({each.path for each in server.seen}) == 2


def test_what_the_tests_of_0_1_0_asked_of_a_client():
	from otp_app.molam_sdk import ClientConfig, ConfigurationError, MolamClient

	with MolamClient(ClientConfig(api_key="sk_test_123")) as client:
		assert client.config.api_key == "sk_test_123"
		assert client.base_url == "https://api.molam.io"
		assert client.headers["Authorization"] == "Bearer sk_test_123"
		assert client.headers["User-Agent"] == "molam-python-sdk/1.0.0"
		client.set_api_key("sk_test_456")
		assert client.config.api_key == "sk_test_456"
		assert client.headers["Authorization"] == "Bearer sk_test_456"
		client.set_region("eu-west")
		assert client.base_url == "https://api-eu-west.molam.io"
		client.set_region("moon")
		assert client.base_url == "https://api-eu-west.molam.io"
		with pytest.raises(ConfigurationError):
			client.set_api_key("pk_live_secret")
	with pytest.raises(ConfigurationError, match="base_url"):
		MolamClient(ClientConfig(api_key="sk_test_123", base_url=""))


def test_without_a_key_a_client_warns(caplog: pytest.LogCaptureFixture):
	from otp_app.molam_sdk import ClientConfig, MolamClient

	with pytest.warns(UserWarning, match="No API key"), MolamClient(ClientConfig()) as client:
		assert client.config.api_key is None
	assert "No API key" in caplog.text


@pytest.mark.parametrize(
	("settings", "says"),
	[
		({"base_url": "ftp://x"}, "https://"),
		({"base_url": "https://"}, "must have a host"),
		({"base_url": "https://:8000/v1"}, "must have a host"),
		({"base_url": "https://molam.example?x=1"}, "neither a query nor a fragment"),
		({"base_url": "https://molam.example/#x"}, "neither a query nor a fragment"),
		({"base_url": "https://[molam"}, "no URL"),
		({"base_url": "https://molam.example:port"}, "no URL"),
		({"base_url": "http://API.molam.io:80"}, "in the clear"),
		({"base_url": "http://molam.io."}, "in the clear"),
		({"region": "moon"}, "No region moon"),
		({"timeout_connect": 0}, "timeout_connect must be positive"),
		({"timeout_total": float("nan")}, "timeout_total must be positive"),
		({"max_retries": -1}, "max_retries"),
		({"mtls_cert": "/no/such.pem"}, "mTLS takes both"),
		({"mtls_cert": "/no/such.pem", "mtls_key": "/no/key.pem"}, "mTLS cert file not found"),
	],
)
def test_what_cannot_work_is_said_at_once(settings: dict[str, object], says: str):
	from otp_app.molam_sdk import ClientConfig, ConfigurationError, MolamAsyncClient, MolamClient

	for kind in (MolamClient, MolamAsyncClient):
		with pytest.raises(ConfigurationError, match=says):
			kind(ClientConfig(api_key="sk_test_1", **settings))


def test_a_region_counts_unless_a_base_url_is_given():
	from otp_app.molam_sdk import ClientConfig, MolamClient

	with MolamClient(ClientConfig(api_key="sk_1", region="ap-south")) as client:
		assert client.base_url == "https://api-ap-south.molam.io"
	with MolamClient(
		ClientConfig(api_key="sk_1", region="ap-south", base_url="https://x.example/")
	) as client:
		assert client.base_url == "https://x.example"


def test_the_currency_of_the_configuration_counts_only_if_somebody_chose_it(sandbox: Sandbox):
	from pydantic import ValidationError

	from otp_app.molam_sdk import MolamClient

	with MolamClient(config_for(sandbox.url, default_currency="XOF")) as client:
		assert client.create_payment_intent(amount=500).currency == "XOF"
		assert client.create_payment_intent({"amount": 5, "currency": "EUR"}).currency == "EUR"
		with pytest.raises(TypeError, match="not both"):
			client.create_payment_intent({"amount": 5}, currency="EUR")
	with MolamClient(config_for(sandbox.url)) as client, pytest.raises(ValidationError, match="currency"):
		client.create_payment_intent(amount=500)


CHANGED = {
	"capture": None,
	"metadata": [],
	"customer_id": {"id": "cus_1", "name": "A"},
	"merchant_id": {"name": "no id"},
	"description": ["x"],
	"created_at": 1700000000,
}


def test_a_success_of_a_slightly_other_shape_is_a_success():
	from pydantic import ValidationError

	from otp_app.molam_sdk import PaymentIntent, Refund, WebhookEvent

	needed = {"id": "pi_1", "status": "succeeded", "amount": 1, "currency": "USD"}
	intent = PaymentIntent.model_validate({**needed, **CHANGED})
	assert (intent.capture, intent.metadata, intent.customer_id) == (False, {}, "cus_1")
	assert (intent.merchant_id, intent.description, intent.created_at) == (None, None, "1700000000")
	refund = Refund.model_validate({**needed, "payment_id": "pi_1", "amount": None, "reason": {}})
	assert (refund.amount, refund.reason) == (None, None)
	event = {"id": "evt_1", "type": "payment.succeeded", "created": 1, "data": {}, "livemode": None}
	assert WebhookEvent.model_validate(event).livemode is False
	for name in needed:
		with pytest.raises(ValidationError):
			PaymentIntent.model_validate({**needed, name: None})


def test_the_first_programs_of_the_documentation_work(sandbox: Sandbox):
	text = (APP.parent / "docs" / "molam-sdk.md").read_text(encoding="utf-8")
	first, second = (part.split("```")[0] for part in text.split("```python\n")[1:3])
	program = (first + second).replace("http://127.0.0.1:8002", sandbox.url)
	assert "8002" not in program
	told = python(program).split()
	assert told[0].startswith("pi_") and told[1] == "requires_confirmation"
	assert sandbox.state()["refunds"][-1]["payment_id"] == told[0]
