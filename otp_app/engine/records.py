"""The records of past deliveries that a snapshot has: the one that fits a supply best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from otp_app.engine.facts import Reliability, SupplyKind

Key = tuple[SupplyKind, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Records:
	"""Records by kind, party and item group."""

	by_key: dict[Key, Reliability]

	@classmethod
	def of(cls, reliability: Iterable[Reliability]) -> Records:
		"""The records of a snapshot."""
		return cls({(record.kind, record.party, record.item_group): record for record in reliability})

	def find(self, kind: SupplyKind, party: str | None, item_group: str | None) -> Reliability | None:
		"""The most specific record: of party and group, of the party, of the group, of the kind; None without any."""
		for key in ((party, item_group), (party, None), (None, item_group), (None, None)):
			record = self.by_key.get((kind, *key))
			if record is not None:
				return record
		return None
