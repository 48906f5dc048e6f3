"""What all clients have in common: where the server is, with what key, and how a call becomes a request."""

from __future__ import annotations

import logging
import ssl
import threading
import uuid
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from . import _wire
from .__version__ import __version__
from ._calls import Call, IdempotencyKey, Payload
from ._forking import renewed_after_fork
from ._life import Patience, Request
from ._masking import mask
from .exceptions import ConfigurationError
from .logging_setup import get_logger, setup_structured_logger
from .models import PRODUCTION, REGIONS, ClientConfig, check_key_format
from .webhooks import verify_molam_signature

logger = get_logger("client")

Answer = TypeVar("Answer")
P = ParamSpec("P")
R = TypeVar("R")

LONGEST_IDEMPOTENCY_KEY = 255
NO_KEY = "No API key: Molam will refuse all calls but health"


class Headers(dict[str, str]):
	"""HTTP headers that do not tell the key when they are printed."""

	def __repr__(self) -> str:
		return repr(mask(dict(self)))

	__str__ = __repr__


class Base:
	"""A client without its transport."""

	def __init__(self, config: ClientConfig) -> None:
		self.config = config.model_copy()
		self._changing = threading.Lock()
		_check(self.config)
		if self.config.debug:
			setup_structured_logger(logging.DEBUG)
		self.base_url = _base_url(self.config)
		self.headers = Headers(
			{
				"Accept": "application/json",
				"Content-Type": "application/json",
				"User-Agent": f"molam-python-sdk/{__version__}",
			}
		)
		if self.config.api_key:
			self.headers["Authorization"] = f"Bearer {self.config.api_key}"
		else:
			logger.warning(NO_KEY)
			warnings.warn(NO_KEY, stacklevel=3)
		renewed_after_fork(self)

	def after_fork(self) -> None:
		self._changing = threading.Lock()

	def __repr__(self) -> str:
		return f"{type(self).__name__}({mask(self.base_url)!r})"

	def set_api_key(self, key: str) -> None:
		"""Use another key from the next call on; calls that run keep theirs. Raises ConfigurationError."""
		check_key_format(key)
		with self._changing:
			self.config.api_key = key
			self.headers = Headers({**self.headers, "Authorization": f"Bearer {key}"})

	def set_region(self, region: str) -> None:
		"""Use another region from the next call on: us-east, eu-west or ap-south. Another name changes nothing."""
		if region not in REGIONS:
			logger.warning("No region %s: it is one of %s", region, ", ".join(REGIONS))
			return
		with self._changing:
			self.config.region = region
			self.base_url = REGIONS[region]

	@staticmethod
	def verify_webhook_signature(
		header: str | None,
		payload: bytes | str,
		get_secret_by_kid: Callable[[str], str | bytes | None],
		tolerance_seconds: float = 300,
	) -> bool:
		"""See `verify_molam_signature`."""
		return verify_molam_signature(header, payload, get_secret_by_kid, tolerance_seconds)

	def _request(
		self,
		call: Call[Answer],
		given_id: str | None = None,
		payload: Payload = None,
		fields: Mapping[str, Any] | None = None,
		query: Mapping[str, Any] | None = None,
		idempotency_key: IdempotencyKey = None,
	) -> Request[Answer]:
		"""The request of a call: made once, so that every attempt has the same idempotency key, server and API key."""
		headers, base_url, body = dict(self.headers), self.base_url, None
		if call.method == "POST":
			headers["Idempotency-Key"] = _idempotency_key(idempotency_key)
			body = _wire.encode(call.body_for(payload, fields or {}, self._defaults()))
		return Request(call, base_url, call.path_for(given_id, query), headers, body)

	def _defaults(self) -> dict[str, str]:
		"""The currency, but only one that somebody chose: the built-in one must not decide what is charged."""
		chosen = "default_currency" in self.config.model_fields_set
		return {"currency": self.config.default_currency} if chosen else {}

	def _patience(self, timeout: float | None = None) -> Patience:
		config = self.config
		read, total = timeout or config.timeout_read, config.timeout_total
		if "timeout_total" not in config.model_fields_set:
			total = max(total, config.timeout_connect + read)
		return Patience(
			config.timeout_connect,
			read,
			total,
			config.max_retries,
			config.retry_backoff_factor,
		)


def also_named(other: str, name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
	"""A method whose argument `name` may be given as `other` too: version 0.1.0 had both, by client."""

	def decorate(method: Callable[P, R]) -> Callable[P, R]:
		@wraps(method)
		def renamed(*args: P.args, **kwargs: P.kwargs) -> R:
			if other in kwargs:
				kwargs[name] = kwargs.pop(other)
			return method(*args, **kwargs)

		return renamed

	return decorate


def _idempotency_key(given: IdempotencyKey) -> str:
	if given is None:
		return str(uuid.uuid4())
	key = str(given)
	if not 0 < len(key) <= LONGEST_IDEMPOTENCY_KEY or not (key.isascii() and key.isprintable()):
		raise ValueError(f"An idempotency key has 1 to {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters")
	return key


def _base_url(config: ClientConfig) -> str:
	"""The region's, unless a base URL was given."""
	if config.region and config.base_url == PRODUCTION:
		return REGIONS[config.region]
	return config.base_url.rstrip("/")


def _check(config: ClientConfig) -> None:
	"""Raises ConfigurationError for what cannot work."""
	_check_base_url(config.base_url)
	if config.region and config.region not in REGIONS:
		raise ConfigurationError(f"No region {config.region}: it is one of {', '.join(REGIONS)}")
	for name in ("timeout_connect", "timeout_read", "timeout_total"):
		if not getattr(config, name) > 0:
			raise ConfigurationError(f"{name} must be positive (seconds)")
	if config.max_retries < 0 or config.retry_backoff_factor < 0:
		raise ConfigurationError("max_retries and retry_backoff_factor must not be negative")
	_check_mtls(config.mtls_cert, config.mtls_key)


def _check_base_url(base_url: str) -> None:
	if not base_url:
		raise ConfigurationError("base_url is required")
	try:
		parts = urlsplit(base_url)
		host, _ = parts.hostname or "", parts.port
	except ValueError as error:
		raise ConfigurationError(f"base_url is no URL: {error}") from None
	if parts.scheme not in ("https", "http"):
		raise ConfigurationError("base_url must start with https:// or http://")
	if not host or "?" in base_url or "#" in base_url:
		raise ConfigurationError("base_url must have a host, and neither a query nor a fragment")
	if parts.scheme == "http" and f".{host.rstrip('.')}".endswith(".molam.io"):
		raise ConfigurationError(
			"base_url of Molam must start with https://: the key is not sent in the clear"
		)


def _check_mtls(cert: str | None, key: str | None) -> None:
	if bool(cert) != bool(key):
		raise ConfigurationError("mTLS takes both mtls_cert and mtls_key")
	for what, path in (("cert", cert), ("key", key)):
		if path and not Path(path).is_file():
			raise ConfigurationError(f"mTLS {what} file not found: {path}")
	present(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), cert, key)


def present(context: ssl.SSLContext, cert: str | None, key: str | None) -> None:
	"""Show the client's own certificate to servers. Raises ConfigurationError for one that cannot be used."""
	try:
		if cert:
			context.load_cert_chain(cert, key, password="")
	except OSError as error:
		told = f"mtls_cert and mtls_key are no PEM certificate and its key, not encrypted: {error}"
		raise ConfigurationError(told) from None


def trusting(verify: bool | str) -> ssl.SSLContext:
	"""Whom to believe: a file or folder of certificates, the usual ones, or everybody. Raises ConfigurationError."""
	path = Path(verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH)
	where = {"capath" if path.is_dir() else "cafile": str(path)}
	try:
		context = ssl.create_default_context(**where)  # type: ignore[arg-type]
	except OSError as error:
		raise ConfigurationError(f"The certificates in {path} cannot be used: {error}") from None
	if not verify:
		context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
	return context
