"""What all promises of a site without otp_app share, and whether the site has the app's doctypes after all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otp_app.engine.facts import Calendar, Company, Reliability, TransitLane
from otp_app.engine.policy import Settings
from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.erpnext.fields import Fields, date_of, real, whole
from otp_app.sources.erpnext.reliability import FIELDS as RECORD
from otp_app.sources.erpnext.reliability import in_order, record_of
from otp_app.sources.erpnext.settings import item_rule, settings_of
from otp_app.sources.erpnext.warehouses import FIELDS, warehouses_of
from otp_app.sources.erpnext.world import World, uom_factors
from otp_app.sources.rest.answers import wrong_shape
from otp_app.sources.rest.bulk.asking import SUBMITTED, Asker, Filters, Question
from otp_app.sources.rest.bulk.sales import Selling

# Days before today that a schedule may look back on (a transfer that was sent some time ago).
PAST_DAYS = 120
DEFAULT_PRECISION = 3
PROMISING = "Order Promise Settings"
USER_PERMISSIONS = "frappe.core.doctype.user_permission.user_permission.get_user_permissions"

Rows = dict[str, list[Fields]]


@dataclass(frozen=True, slots=True)
class Site:
	"""The World, and what else is the same for all promises: how sales count, territories, records of past deliveries."""

	world: World
	selling: Selling
	territory_parents: dict[str, str]
	reliability: tuple[Reliability, ...]

	def now(self) -> datetime:
		"""This moment in the site's time zone."""
		return datetime.now(ZoneInfo(self.world.timezone))


def read_site(asker: Asker) -> Site:
	"""Two rounds. Raises SourceUnavailable where the site has rules that only the app itself can tell."""
	singles = asker.together(
		{
			"kept_to": lambda: asker.method(USER_PERMISSIONS),
			"zone": lambda: asker.method("frappe.client.get_time_zone"),
			"promising": lambda: asker.single(PROMISING) if asker.has("Order Promise") else None,
			"making": lambda: asker.single("Manufacturing Settings"),
			"selling": lambda: asker.single_if_allowed("Selling Settings"),
			"system": lambda: asker.single_if_allowed("System Settings"),
			"global": lambda: asker.single_if_allowed("Global Defaults"),
		}
	)
	_refuse_who_is_kept_to_some(singles["kept_to"])
	zone = singles["zone"].get("time_zone") if isinstance(singles["zone"], dict) else None
	if not zone:
		raise wrong_shape("the site tells no time zone")
	has_app = singles["promising"] is not None
	found = asker.all_of(_questions(datetime.now(ZoneInfo(zone)).date(), has_app))
	_refuse_what_only_the_app_tells(found)
	world = _world(zone, singles, found)
	return Site(
		world=world,
		selling=Selling(
			bool(whole(singles["selling"].dont_reserve_sales_order_qty_on_sales_return)), has_app
		),
		territory_parents=_parents(found["territories"], "parent_territory"),
		reliability=in_order(record_of(row[name] for name in RECORD) for row in found.get("reliability", ())),
	)


def _refuse_who_is_kept_to_some(found: Any) -> None:
	"""Lists leave out without a word what User Permissions do not allow: orders of others would not be counted."""
	if not isinstance(found, dict):
		raise wrong_shape("the User Permissions of the API user are no object")
	if found:
		raise SourceUnavailable(
			f"the API user is kept to some of {', '.join(sorted(found))} by User Permissions: remove them"
		)


def _questions(today: date, has_app: bool) -> dict[str, Question]:
	work = ("wip_warehouse", "scrap_warehouse", "fg_warehouse")
	sent = ("supplier_warehouse",)
	set_: Filters = [SUBMITTED, ["supplier_warehouse", "is", "set"]]
	asked = {
		"warehouses": Question("Warehouse", FIELDS),
		"companies": Question("Company", ("name", "default_holiday_list")),
		"holidays": Question(
			"Holiday List",
			("holiday_date",),
			(),
			"Holiday",
			("name",),
			[["holiday_date", ">=", str(today - timedelta(days=PAST_DAYS))]],
		),
		"groups": Question("Item Group", ("name", "parent_item_group")),
		"customer_groups": Question("Customer Group", ("name", "parent_customer_group")),
		"territories": Question("Territory", ("name", "parent_territory")),
		"whole": Question("UOM", ("name",), [["must_be_whole_number", "=", 1]]),
		"factors": Question("UOM Conversion Factor", ("from_uom", "to_uom", "value"), [["value", ">", 0]]),
		"worked_in": Question("Work Order", work, [SUBMITTED], group_by=work),
		"sent_to": Question("Subcontracting Order", sent, set_, group_by=sent),
		"sent_to_before": Question("Purchase Order", sent, set_, group_by=sent),
	}
	return asked | (_of_the_app() if has_app else {})


def _of_the_app() -> dict[str, Question]:
	lane = ("from_warehouse", "to_customer", "to_territory", "to_country", "calendar", "to_warehouse")
	enabled = [["disabled", "=", 0]]
	return {
		"lanes": Question("Transit Lane", (*lane, "transit_days")),
		"reliability": Question("Supply Reliability", RECORD),
		"Sourcing Rule": Question("Sourcing Rule", ("name",), enabled),
		"Product Allocation": Question("Product Allocation", ("name",), enabled),
		"Supply Protection": Question("Supply Protection", ("name",), enabled),
	}


def _refuse_what_only_the_app_tells(found: Rows) -> None:
	ruled = [name for name in ("Sourcing Rule", "Product Allocation", "Supply Protection") if found.get(name)]
	if ruled:
		raise SourceUnavailable(
			f"the site has a {ruled[0]}, which only its own otp_app can tell: update otp_app there"
		)


def _world(zone: str, singles: dict[str, Any], found: Rows) -> World:
	promising = singles["promising"] or Fields()
	rules = [Fields(row) for row in promising.item_rules or ()]
	companies = [row.name for row in found["companies"]]
	default = singles["global"].default_company or (companies[0] if len(companies) == 1 else None)
	by_item = {row.item_code: item_rule(row) for row in rules if row.item_code}
	by_group = {row.item_group: item_rule(row) for row in rules if row.item_group}
	settings = settings_of(promising, default) if singles["promising"] else Settings(default_company=default)
	return World(
		timezone=zone,
		precision=whole(singles["system"].float_precision) or DEFAULT_PRECISION,
		settings=settings,
		warehouses=warehouses_of(
			sorted(found["warehouses"], key=lambda row: str(row.name)),
			[Fields(row) for row in promising.warehouse_rules or ()],
			_shop_floor(singles["making"], found),
		),
		companies={
			row.name: Company(row.name, row.default_holiday_list or None)
			for row in _sorted(found["companies"])
		},
		calendars=_calendars(found),
		lanes=tuple(map(_lane, _sorted(found.get("lanes", ()), "row_name"))),
		whole_uoms=frozenset(row.name for row in found["whole"]),
		uom_factors=uom_factors((row.from_uom, row.to_uom, real(row.value)) for row in found["factors"]),
		rules_by_item=by_item,
		rules_by_group=by_group,
		group_parents=_parents(found["groups"], "parent_item_group"),
		customer_group_parents=_parents(found["customer_groups"], "parent_customer_group"),
	)


def _sorted(rows: Iterable[Fields], by: str = "name") -> list[Fields]:
	return sorted(rows, key=lambda row: str(row[by]))


def _parents(rows: Iterable[Fields], field: str) -> dict[str, str]:
	return {row.name: row[field] for row in rows if row[field]}


def _shop_floor(making: Fields, found: Rows) -> set[str]:
	"""Where material is in process or with a subcontractor: not for sale, though it is in the books."""
	worked = {place for row in found["worked_in"] for place in (row.wip_warehouse, row.scrap_warehouse)}
	worked |= {row.supplier_warehouse for row in (*found["sent_to"], *found["sent_to_before"])}
	worked -= {row.fg_warehouse for row in found["worked_in"]}
	return worked | {making.default_wip_warehouse, making.default_scrap_warehouse} - {None, ""}


def _calendars(found: Rows) -> dict[str, Calendar]:
	holidays: dict[str, set[date]] = {
		row.default_holiday_list: set() for row in found["companies"] if row.default_holiday_list
	}
	for row in found["holidays"]:
		day = date_of(row.holiday_date)
		holidays.setdefault(row.parent_name, set()).update({day} if day else ())
	return {name: Calendar(name, frozenset(days)) for name, days in sorted(holidays.items())}


def _lane(row: Fields) -> TransitLane:
	places = (row.from_warehouse, row.to_customer, row.to_territory, row.to_country, row.calendar)
	names = (name or None for name in (*places, row.to_warehouse))
	return TransitLane(whole(row.transit_days), *names)
