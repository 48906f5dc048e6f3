"""The facts of a site that has otp_app: one call, whatever the number of items."""

from __future__ import annotations

from collections.abc import Collection

from otp_app.engine.facts import Excluded, Snapshot
from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.rest.answers import Refused, wrong_shape
from otp_app.sources.rest.client import Client
from otp_app.sources.snapshot.wire import understood

METHOD = "otp_app.api.facts.snapshot"
# How Frappe answers a method that is not there, and anything that an app has not expected.
NOT_THERE = (404, 417)


class NoApp(SourceUnavailable):
	"""The site has no otp_app, or one that cannot give its facts."""


class WithApp:
	"""Implements otp_app.sources.Source by the app's own method. Raises NoApp where that is not there."""

	def __init__(self, client: Client) -> None:
		self._client = client

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""See otp_app.sources.Source."""
		question = {
			"items": sorted(items),
			"customer": customer,
			"documents": documents,
			"excluding": _named(excluding),
		}
		try:
			message = self._client.method(METHOD, question)
		except Refused as refused:
			if is_not_there(METHOD, refused):
				raise NoApp("the site has no otp_app that gives its facts: install or update it") from refused
			raise
		if isinstance(message, dict):
			message.pop("request_id", None)
		try:
			return understood(message)
		except ValueError as error:
			raise wrong_shape(error) from error


def is_not_there(method: str, refused: Refused) -> bool:
	"""Whether a site has no such method. Frappe names it then; what goes wrong inside the method has the same status."""
	said = f"{refused.body.get('_server_messages')} {refused.body.get('exception')}"
	return refused.status in NOT_THERE and "error" not in refused.body and method in said


def _named(excluding: Excluded | None) -> dict[str, object] | None:
	if excluding is None:
		return None
	return {"doctype": excluding.doctype, "name": excluding.name, "holds": sorted(excluding.holds)}
