"""The synchronous client behind a circuit breaker."""

from __future__ import annotations

from .cb import Breaker, create_circuit_breaker
from .client import MolamClient
from .models import ClientConfig


class MolamSyncClient(MolamClient):
	"""A MolamClient that stops asking a server which does not answer.

	The circuit opens after `cb_fail_max` time-outs, network errors and 5xx in a row, retries counted; for
	`cb_reset_timeout` seconds every call then raises CircuitBreakerError at once, and after that one call at a time
	probes. `breaker` is one to share between clients, or between processes (`create_circuit_breaker`).
	"""

	cb: Breaker

	def __init__(
		self,
		config: ClientConfig,
		cb_name: str = "molam_api_cb",
		cb_fail_max: int = 5,
		cb_reset_timeout: float = 60,
		breaker: Breaker | None = None,
	) -> None:
		super().__init__(config)
		self.cb = breaker or create_circuit_breaker(cb_name, cb_fail_max, cb_reset_timeout)

	@property
	def client(self) -> MolamClient:
		"""The client itself, where version 0.1.0 had one inside."""
		return self
