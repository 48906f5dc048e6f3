"""What the service knows and answers: the deployment files have to agree with it."""

from __future__ import annotations

import pytest

PORT = 8001


def variables() -> set[str]:
	"""The variables of the environment that the service reads."""
	config = pytest.importorskip("otp_app.service.config")
	return {variable.name for variable in config.VARIABLES}


def default_of(name: str) -> float:
	"""What a variable is when it is not set, in its own unit."""
	config = pytest.importorskip("otp_app.service.config")
	return float(next(variable.default for variable in config.VARIABLES if variable.name == name))


def paths() -> set[str]:
	"""The paths of the service."""
	routes = pytest.importorskip("otp_app.service.routes")
	return {path for _, path, _ in routes.ROUTES}
