"""What the routes work with."""

from __future__ import annotations

from dataclasses import dataclass

from otp_app.service.backend import Backend
from otp_app.service.config import Configuration
from otp_app.service.contact import Contact
from otp_app.service.metrics import Metrics


@dataclass(slots=True)
class Service:
	"""The parts of a running service; `stopping`: it ends as soon as what is under way is answered."""

	configuration: Configuration
	backend: Backend
	metrics: Metrics
	contact: Contact
	stopping: bool = False
