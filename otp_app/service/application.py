"""The ASGI application of a worker process: layers around FastAPI's routes."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from otp_app import __version__
from otp_app.engine.problems import UNKNOWN, Problem
from otp_app.service.admission import Admission
from otp_app.service.answers import WRONG_METHOD, refusal
from otp_app.service.backend import Backend
from otp_app.service.config import Configuration
from otp_app.service.contact import Contact
from otp_app.service.exchange import exchange_of
from otp_app.service.metrics import Metrics
from otp_app.service.observing import Observing
from otp_app.service.parts import Service
from otp_app.service.rates import SHARED_FILE, Rates
from otp_app.service.routes import ROUTES


class Application:
	"""The whole service as ASGI; `folder` is what several worker processes share, None for a single one."""

	def __init__(self, configuration: Configuration, backend: Backend, folder: Path | None = None) -> None:
		metrics = Metrics(folder)
		self.service = Service(configuration, backend, metrics, Contact(backend, metrics))
		shared = folder / SHARED_FILE if folder else None
		rates = Rates(configuration.rate_limit, len(configuration.api_keys), shared)
		app: ASGIApp = Admission(routed(self.service), configuration, rates)
		if configuration.cors_origins:
			app = CORSMiddleware(
				app,
				allow_origins=configuration.cors_origins,
				allow_methods=("GET", "POST"),
				allow_headers=("Authorization", "Content-Type", "X-API-Key", "X-Request-Id"),
				expose_headers=("X-Request-Id", "Retry-After"),
			)
		self._app = Observing(app, configuration, metrics, lambda: self.service.stopping)

	async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
		await self._app(scope, receive, send)


def routed(service: Service) -> FastAPI:
	"""The routes, and JSON where there is none."""
	# The document and its page are routes of ours: those of FastAPI load scripts of another site.
	app = FastAPI(
		title="otp_app",
		version=__version__,
		docs_url=None,
		redoc_url=None,
		openapi_url=None,
		redirect_slashes=False,
	)
	app.state.service = service
	# Starlette's own routes: the engine reads the request and the answer is bytes, so FastAPI's would read nothing, slowly.
	for method, path, call in ROUTES:
		app.add_route(path, call, methods=[method])
	app.add_exception_handler(404, _unknown_path)
	app.add_exception_handler(405, _wrong_method)
	return app


async def _unknown_path(request: Request, error: Exception) -> Response:
	message = f"There is no path {request.url.path}: /docs lists them."
	problem = Problem("UNKNOWN_PATH", message, None, UNKNOWN)
	return refusal([problem], exchange_of(request.scope).request_id)


async def _wrong_method(request: Request, error: Exception) -> Response:
	taken = (getattr(error, "headers", None) or {}).get("Allow", "")
	allowed = ", ".join(sorted(taken.split(", ")))
	message = f"{request.url.path} does not take {request.method}: use {allowed}."
	problem = Problem("WRONG_METHOD", message, None, WRONG_METHOD)
	return refusal([problem], exchange_of(request.scope).request_id, {"Allow": allowed})
