"""What the service is told by its environment: each variable, what it may be, and all that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

from otp_app.service import reading
from otp_app.service.reading import Reader

DEMO_SNAPSHOT = Path(__file__).parent.parent / "demo" / "demo.sqlite"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
CLOCKS = ("snapshot", "clock")


class BadConfiguration(Exception):
	"""The environment cannot be served by; `problems` has a sentence for each variable that is wrong."""

	def __init__(self, problems: list[str]) -> None:
		self.problems = tuple(problems)
		super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Variable:
	"""A variable of the environment; `field` is its place in Configuration. A secret's value is never shown."""

	name: str
	field: str
	read: Reader
	default: str
	text: str
	secret: bool = False


VARIABLES = (
	Variable("OTP_SNAPSHOT", "snapshot", reading.file, "", "Snapshot file to promise from; else the demo."),
	Variable(
		"OTP_NOW",
		"now",
		reading.one_of(*CLOCKS),
		"snapshot",
		"Over a snapshot, the moment of an order: when it was taken (snapshot), or the clock.",
	),
	Variable(
		"ERPNEXT_BASE_URL",
		"erpnext_url",
		reading.url,
		"",
		"A remote ERPNext to promise from, in place of a snapshot.",
	),
	Variable("ERPNEXT_API_KEY", "erpnext_key", reading.word, "", "API key of the user there.", secret=True),
	Variable(
		"ERPNEXT_API_SECRET", "erpnext_secret", reading.word, "", "API secret of that user.", secret=True
	),
	Variable(
		"ERPNEXT_SITE_NAME",
		"erpnext_site",
		reading.word,
		"",
		"Name of the site, where the URL is not enough.",
	),
	Variable(
		"OTP_CACHE_SECONDS",
		"cache_seconds",
		reading.number(0, 3600),
		"5",
		"How long facts of a remote ERPNext are used again.",
	),
	Variable("OTP_SERVICE_HOST", "host", reading.word, "127.0.0.1", "Address to listen on."),
	Variable(
		"OTP_SERVICE_PORT", "port", reading.whole(0, 65535), "8001", "Port to listen on; 0 takes a free one."
	),
	Variable("OTP_WORKERS", "workers", reading.whole(1, 64), "1", "Processes that answer."),
	Variable(
		"OTP_API_KEYS",
		"api_keys",
		reading.keys,
		"",
		"Keys of callers, with commas between; needed unless the host is loopback.",
		secret=True,
	),
	Variable(
		"OTP_METRICS_TOKEN",
		"metrics_token",
		reading.key,
		"",
		"A key that reads /metrics, and nothing else.",
		secret=True,
	),
	Variable(
		"OTP_RATE_LIMIT",
		"rate_limit",
		reading.whole(0, 1_000_000),
		"0",
		"Requests a minute for a key or address; 0: any number.",
	),
	Variable(
		"OTP_MAX_BODY_BYTES",
		"max_body",
		reading.whole(1024, 100_000_000),
		"1048576",
		"The largest body that is read.",
	),
	Variable("REQUEST_TIMEOUT", "timeout", reading.number(0.1, 600), "30", "Seconds for an answer."),
	Variable(
		"OTP_SHUTDOWN_SECONDS",
		"shutdown_seconds",
		reading.number(0, 600),
		"20",
		"Seconds that what is under way gets at the end.",
	),
	Variable(
		"OTP_SLOW_MS",
		"slow_ms",
		reading.number(0, 600_000),
		"500",
		"A slower request is logged as a warning; 0: none.",
	),
	Variable(
		"OTP_CORS_ORIGINS",
		"cors_origins",
		reading.origins,
		"",
		"Origins of web pages that may call, with commas between.",
	),
	Variable("LOG_LEVEL", "log_level", reading.one_of(*LOG_LEVELS), "INFO", "DEBUG, INFO, WARNING or ERROR."),
	Variable(
		"DEFAULT_WAREHOUSE", "warehouse", reading.word, "", "Warehouse of items without one of their own."
	),
	Variable("NO_WEEKENDS", "no_weekends", reading.truth, "", "Whether the weekend of the settings is free."),
	Variable(
		"CUTOFF_TIME", "cutoff_time", reading.moment, "", "HH:MM; later orders start the next working day."
	),
	Variable("TIMEZONE", "timezone", reading.zone, "", "Time zone of the cutoff, such as Europe/Paris."),
	Variable(
		"LEAD_TIME_BUFFER_DAYS", "buffer_days", reading.whole(0, 365), "", "Working days added for safety."
	),
	Variable(
		"PROCESSING_LEAD_TIME_DAYS_DEFAULT",
		"processing_days",
		reading.whole(0, 365),
		"",
		"Working days to pick and pack, where no rule says.",
	),
)


@dataclass(frozen=True, slots=True)
class Configuration:
	"""What VARIABLES say; None where nothing is said. `snapshot` is None only with `erpnext_url`.

	The last six are defaults for requests that do not say otherwise; None: those of the source's own settings.
	"""

	snapshot: Path | None = DEMO_SNAPSHOT
	now: str = "snapshot"
	erpnext_url: str | None = None
	erpnext_key: str | None = field(default=None, repr=False)
	erpnext_secret: str | None = field(default=None, repr=False)
	erpnext_site: str | None = None
	cache_seconds: float = 5.0
	host: str = "127.0.0.1"
	port: int = 8001
	workers: int = 1
	api_keys: tuple[str, ...] = field(default=(), repr=False)
	metrics_token: str | None = field(default=None, repr=False)
	rate_limit: int = 0
	max_body: int = 1_048_576
	timeout: float = 30.0
	shutdown_seconds: float = 20.0
	slow_ms: float = 500.0
	cors_origins: tuple[str, ...] = ()
	log_level: str = "INFO"
	warehouse: str | None = None
	no_weekends: bool | None = None
	cutoff_time: time | None = None
	timezone: str | None = None
	buffer_days: int | None = None
	processing_days: int | None = None

	@property
	def promises_from(self) -> str:
		"""The source, for a person."""
		if self.erpnext_url:
			return f"ERPNext at {self.erpnext_url}"
		return "the demo company" if self.snapshot == DEMO_SNAPSHOT else f"the snapshot {self.snapshot}"

	@property
	def loopback(self) -> bool:
		"""Whether only this machine reaches the service."""
		return reading.is_loopback(self.host)


def from_environment(environ: Mapping[str, str]) -> Configuration:
	"""The configuration. An empty variable is one that is not set. Raises BadConfiguration with every problem."""
	values: dict[str, Any] = {}
	problems = []
	for variable in VARIABLES:
		text = environ.get(variable.name, "").strip() or variable.default
		try:
			values[variable.field] = variable.read(text) if text else _nothing(variable)
		except ValueError as error:
			# An address may hold a password, even where it must not.
			shown = "" if variable.secret or "@" in text else f" is {text!r}"
			problems.append(f"{variable.name}{shown}: {error}.")
	problems += _disagreements(values)
	if problems:
		raise BadConfiguration(problems)
	if not (values["snapshot"] or values["erpnext_url"]):
		values["snapshot"] = DEMO_SNAPSHOT
	return Configuration(**values)


def _nothing(variable: Variable) -> Any:
	return () if variable.read in (reading.keys, reading.origins) else None


def _disagreements(values: Mapping[str, Any]) -> list[str]:
	"""What each variable says is right, and together they are wrong; a variable that is wrong itself is not looked at."""
	problems = []
	host = values.get("host")
	if host and "api_keys" in values and not (values["api_keys"] or reading.is_loopback(host)):
		problems.append(
			f"OTP_SERVICE_HOST is {host!r}, which others can reach: set OTP_API_KEYS to the keys that callers send, or "
			"listen on 127.0.0.1."
		)
	if not values.get("erpnext_url"):
		return problems
	if values.get("snapshot"):
		problems.append("OTP_SNAPSHOT and ERPNEXT_BASE_URL are both set: keep the one to promise from.")
	for name, secret in (("ERPNEXT_API_KEY", "erpnext_key"), ("ERPNEXT_API_SECRET", "erpnext_secret")):
		if secret in values and not values[secret]:
			problems.append(
				f"{name} is missing: make an API key for a user of that ERPNext (User, API Access)."
			)
	return problems
