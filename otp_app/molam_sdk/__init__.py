"""Molam payments: a synchronous client, one behind a circuit breaker, and an asynchronous one.

The package uses relative imports only: it also works as a top-level `molam_sdk`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from pybreaker import CircuitBreakerError

from .__version__ import __version__
from .cb import create_circuit_breaker
from .client import MolamClient
from .exceptions import (
	APIError,
	ConfigurationError,
	IdempotencyError,
	MolamError,
	NetworkError,
	TimeoutError,
	WebhookVerificationError,
)
from .logging_setup import setup_structured_logger
from .metrics import metrics_request
from .models import (
	ClientConfig,
	MerchantOnboarding,
	MerchantOnboardingCreate,
	PaymentIntent,
	PaymentIntentCreate,
	Payout,
	PayoutCreate,
	Refund,
	RefundCreate,
	WebhookEvent,
	check_key_format,
)
from .money import Money
from .sync_client import MolamSyncClient
from .webhooks import construct_event, verify_molam_signature

if TYPE_CHECKING:
	from .async_client import MolamAsyncClient

MolamTimeoutError = TimeoutError

__all__ = [
	"APIError",
	"CircuitBreakerError",
	"ClientConfig",
	"ConfigurationError",
	"IdempotencyError",
	"MerchantOnboarding",
	"MerchantOnboardingCreate",
	"MolamAsyncClient",
	"MolamClient",
	"MolamError",
	"MolamSyncClient",
	"MolamTimeoutError",
	"Money",
	"NetworkError",
	"PaymentIntent",
	"PaymentIntentCreate",
	"Payout",
	"PayoutCreate",
	"Refund",
	"RefundCreate",
	"TimeoutError",
	"WebhookEvent",
	"WebhookVerificationError",
	"__version__",
	"check_key_format",
	"construct_event",
	"create_circuit_breaker",
	"metrics_request",
	"setup_structured_logger",
	"verify_molam_signature",
]


if find_spec("aiohttp") is None:
	__all__.remove("MolamAsyncClient")


def __getattr__(name: str) -> object:
	"""The asynchronous client, on first use: only it needs aiohttp."""
	if name == "MolamAsyncClient":
		try:
			from .async_client import MolamAsyncClient
		except ImportError as error:  # for hasattr() and getattr() the class is not there
			raise AttributeError(str(error)) from error
		return MolamAsyncClient
	raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
