"""The site's tables as one Snapshot: ten queries, seven of them when what seldom changes is already in Redis.

Where an item has a quota or a protected minimum, one more; two more where an item is asked for that is made when there is
no more of it (mode ATP then CTP), one without operations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

import pymysql

from frappe.utils import now_datetime

from otp_app.engine.facts import Excluded, Item, Snapshot
from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.erpnext.supplies import Calendars
from otp_app.sources.erpnext.world import World
from otp_app.sources.site.commitments import read_commitments
from otp_app.sources.site.customers import read_customers
from otp_app.sources.site.items import read_items
from otp_app.sources.site.quotas import with_consumption
from otp_app.sources.site.reliability import read_reliability
from otp_app.sources.site.supplies import read_supplies
from otp_app.sources.site.world import read_world

# MariaDB is not there, refuses, has gone away, or was lost on the way; any other error is ours to mend.
CONNECTION_ERRORS = frozenset({1040, 1205, 2002, 2003, 2006, 2013})


class SiteSource:
	"""Implements otp_app.sources.Source over the current site; permissions are the caller's business.

	Without `quotas`, neither these nor protected minimums are read. With `all_boms` it tells how items are made whatever
	their mode is.
	"""

	def __init__(self, *, quotas: bool = True, all_boms: bool = False) -> None:
		self._quotas = quotas
		self._all_boms = all_boms

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""See otp_app.sources.Source."""
		try:
			return self._snapshot(items, customer, excluding, documents)
		except (pymysql.OperationalError, pymysql.InterfaceError) as error:
			if isinstance(error, pymysql.OperationalError) and error.args[0] not in CONNECTION_ERRORS:
				raise
			raise SourceUnavailable(f"the database does not answer ({error.args[0]})") from error

	def _snapshot(
		self, items: Collection[str], customer: str | None, excluding: Excluded | None, documents: bool
	) -> Snapshot:
		taken_at = now_datetime()
		world = read_world(taken_at.date())
		read = read_items(sorted(items), world, taken_at.date(), all_boms=self._all_boms)
		known = read.items
		stocked = sorted(code for code, item in known.items() if item.is_stock_item)
		supplies = tuple(
			read_supplies(
				stocked,
				today=taken_at.date(),
				calendars=_calendars(world, known),
				with_expired=read.with_batches,
				mentions=read.mentions,
			)
		)
		allocations, protections = (
			with_consumption(world.allocations, world.protections, known.values(), taken_at.date(), excluding)
			if self._quotas
			else ((), ())
		)
		return Snapshot(
			taken_at=taken_at.replace(tzinfo=ZoneInfo(world.timezone)),
			timezone=world.timezone,
			precision=world.precision,
			settings=world.settings,
			items=known,
			warehouses=world.warehouses,
			companies=world.companies,
			calendars=world.calendars,
			customers=read_customers(world, customer) if customer else {},
			lanes=world.lanes,
			sourcing_rules=world.sourcing_rules,
			reliability=read_reliability(supplies, {item.item_group for item in known.values()}),
			supplies=supplies,
			commitments=tuple(
				read_commitments(stocked, excluding=excluding, documents=documents, mentions=read.mentions)
			),
			allocations=allocations,
			protections=protections,
			boms=read.making.boms,
			workstations=read.making.workstations,
		)


def _calendars(world: World, items: Mapping[str, Item]) -> Calendars:
	lead_times = {code: item.lead_time_days for code, item in items.items() if item.lead_time_days}
	return Calendars(world.work(), world.settings.transfer_days, lead_times)
