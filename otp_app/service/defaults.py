"""The service's defaults: what its environment says where neither the request nor the source's settings do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from otp_app.engine.facts import Excluded, Snapshot
from otp_app.service.config import Configuration
from otp_app.sources import Source


def settings_of(configuration: Configuration) -> dict[str, Any]:
	"""The fields of the engine's Settings that the environment sets."""
	named = {
		"default_warehouse": configuration.warehouse,
		"no_weekends": configuration.no_weekends,
		"cutoff": configuration.cutoff_time,
		"buffer_days": configuration.buffer_days,
		"processing_days": configuration.processing_days,
	}
	return {name: value for name, value in named.items() if value is not None}


def in_zone(asked: Mapping[str, Any], timezone: str | None) -> Mapping[str, Any]:
	"""The request, with the cutoff's time zone where it names none; what is malformed stays for `parse` to refuse."""
	rules = asked.get("rules")
	if timezone is None or not (rules is None or isinstance(rules, Mapping)):
		return asked
	if rules and rules.get("timezone") is not None:
		return asked
	return {**asked, "rules": {**(rules or {}), "timezone": timezone}}


class DefaultingSource:
	"""A source whose settings are replaced, where the environment says so."""

	def __init__(self, source: Source, settings: Mapping[str, Any]) -> None:
		self._source = source
		self._settings = settings

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""See otp_app.sources.Source."""
		found = self._source.snapshot(items, customer=customer, excluding=excluding, documents=documents)
		return replace(found, settings=replace(found.settings, **self._settings))


def with_defaults(source: Source, configuration: Configuration) -> Source:
	"""The source with the settings of the environment; itself where there are none."""
	settings = settings_of(configuration)
	return DefaultingSource(source, settings) if settings else source
