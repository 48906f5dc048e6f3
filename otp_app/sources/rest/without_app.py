"""The facts of a site without otp_app: bulk reads, all or nothing (docs/rest-source.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

from otp_app.engine.facts import CommitmentKind, Customer, Excluded, Item, Reliability, Snapshot, Supply
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.erpnext.commitments import TAKEN_OVER, Row, commitments_of
from otp_app.sources.erpnext.fields import Fields
from otp_app.sources.erpnext.supplies import Calendars, supplies_of
from otp_app.sources.rest.bulk import materials, sales, supplies
from otp_app.sources.rest.bulk.asking import Asker, Question
from otp_app.sources.rest.bulk.items import read_items
from otp_app.sources.rest.bulk.world import Site, read_site
from otp_app.sources.rest.client import Client
from otp_app.sources.rest.keeping import Keeper

# What seldom changes is read again after so long.
SITE_SECONDS = 60.0
# Questions of all promises that are asked at the same time, and how many promises read at the same time.
QUESTIONS, ROUNDS = 8, 8
ACCEPTS = {"Yes": True, "No": False}
# Plans are told apart whatever is asked for.
BY_DOCUMENT = (CommitmentKind.PRODUCTION_PLAN.value, TAKEN_OVER)


class WithoutApp:
	"""Implements otp_app.sources.Source by `frappe.client.get_list`; the number of calls does not grow with the items.

	The calls see the site at several moments. Bins are read before and after all else: where ERPNext changed one in
	between, all is read once more, and a second time is SourceUnavailable.
	"""

	def __init__(
		self,
		client: Client,
		*,
		clock: Callable[[], float] = time.monotonic,
		executor: Callable[[int, str], Executor] = ThreadPoolExecutor,
	) -> None:
		self._client = client
		self._site: Keeper[Site] = Keeper(SITE_SECONDS, clock)
		self._asking = executor(QUESTIONS, "otp-rest")
		# Threads of their own: who waits for answers must not take the place of who fetches them.
		self._reading = executor(ROUNDS, "otp-rest-round")

	def close(self) -> None:
		"""Ends the threads."""
		self._reading.shutdown(cancel_futures=True)
		self._asking.shutdown(cancel_futures=True)

	def snapshot(
		self,
		items: Collection[str],
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		"""See otp_app.sources.Source."""
		asker = Asker(self._client, self._asking, self._client.until())
		site = self._site.get("site", lambda: read_site(asker)).value
		taken_at = site.now()
		both = self._reading.submit(_customer, asker, site, customer) if customer else None
		known = read_items(asker, sorted(items), site.world)
		_refuse_what_is_made(known.values(), site)
		stocked = sorted(code for code, item in known.items() if item.is_stock_item)
		rows = self._stock(asker, site, stocked, excluding)
		supplied = supplies_of(rows[0], _calendars(site, known)) if stocked else []
		owed = commitments_of(_summed(rows[1], documents), documents=documents) if stocked else []
		world = site.world
		return Snapshot(
			taken_at=taken_at,
			timezone=world.timezone,
			precision=world.precision,
			settings=world.settings,
			items=known,
			warehouses=world.warehouses,
			companies=world.companies,
			calendars=world.calendars,
			customers=both.result() if both else {},
			lanes=world.lanes,
			reliability=_bearing_on(site.reliability, supplied, known.values()),
			supplies=tuple(supplied),
			commitments=tuple(owed),
		)

	def _stock(
		self, asker: Asker, site: Site, items: Collection[str], excluding: Excluded | None
	) -> tuple[list[supplies.Row], list[Row]]:
		"""The rows of supplies and commitments, from a time in which no Bin of the items changed."""
		if not items:
			return [], []
		for _ in range(2):
			before = _counts(asker.rows(supplies.bins(items)))
			now = site.now()
			supplied = self._reading.submit(supplies.read_supply_rows, asker, items, now.date())
			sold = self._reading.submit(sales.read_sales_rows, asker, items, site.selling, now)
			used = self._reading.submit(materials.read_material_rows, asker, items)
			found, orders, needed = supplied.result(), sold.result(), used.result()
			if before == _counts(found["bins"]) == _counts(asker.rows(supplies.bins(items))):
				owed = [
					*sales.rows_of(orders, items, site.selling, excluding),
					*materials.rows_of(needed, found["requests"]),
				]
				return supplies.rows_of(found), owed
		raise SourceUnavailable("the stock of these items changes while it is read: ask again")


def _refuse_what_is_made(items: Iterable[Item], site: Site) -> None:
	made = [i.item_code for i in items if (i.mode or site.world.settings.mode) is FulfilmentMode.ATP_THEN_CTP]
	if made:
		raise SourceUnavailable(
			f"when {made[0]} can be made, only the site's own otp_app can tell: update otp_app there"
		)


def _counts(bins: Iterable[Fields]) -> list[tuple[object, ...]]:
	return sorted((row.row_name, str(sorted(row.items()))) for row in bins)


def _summed(rows: Iterable[Row], documents: bool) -> list[Row]:
	"""Rows that differ in nothing but their quantities as one, as the tables' own sums have them."""
	sums: dict[tuple[object, ...], Row] = {}
	for row in rows:
		named = row if documents or row.kind in BY_DOCUMENT else replace(row, document=None)
		key = (
			named.kind,
			named.item_code,
			named.warehouse,
			named.due,
			named.document,
			named.mark,
			named.locked_in,
		)
		before = sums.get(key)
		if before is not None:
			named = replace(named, qty=named.qty + before.qty, surplus=named.surplus + before.surplus)
		sums[key] = named
	return list(sums.values())


def _calendars(site: Site, items: dict[str, Item]) -> Calendars:
	lead_times = {code: item.lead_time_days for code, item in items.items() if item.lead_time_days}
	return Calendars(site.world.work(), site.world.settings.transfer_days, lead_times)


def _bearing_on(
	records: Iterable[Reliability], supplied: Collection[Supply], items: Iterable[Item]
) -> tuple[Reliability, ...]:
	"""The records of the suppliers, warehouses and item groups of these, and those of any."""
	parties = {None, *(s.party for s in supplied), *(s.warehouse for s in supplied)}
	groups = {None, *(item.item_group for item in items)}
	return tuple(r for r in records if r.party in parties and r.item_group in groups)


def _customer(asker: Asker, site: Site, name: str) -> dict[str, Customer]:
	own = ("otp_accepts_alternatives",) if site.selling.has_app else ()
	fields = ("disabled", "territory", "customer_group", "customer_primary_address", *own)
	found = asker.rows(Question("Customer", fields, [["name", "=", name]]))
	if not found:
		return {}
	row = found[0]
	address = row.customer_primary_address
	where = asker.rows(Question("Address", ("country",), [["name", "=", address]])) if address else []
	territories, at = [], row.territory
	while at and at not in territories:
		territories.append(at)
		at = site.territory_parents.get(at)
	return {
		row.row_name: Customer(
			row.row_name,
			tuple(territories),
			where[0].country if where else None,
			bool(row.disabled),
			groups=site.world.customer_groups(row.customer_group),
			accepts_alternatives=ACCEPTS.get(row.otp_accepts_alternatives),
		)
	}
