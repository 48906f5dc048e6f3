"""The fictional company that the tests live in: Velo Works, who make and sell bicycles.

python -m tests.erpnext.company SITE (in the sites folder) sets it up; doing so again changes only its time zone.
"""

import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import frappe
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

COMPANY = "Velo Works"
ABBR = "VLW"
CURRENCY = "EUR"
HOLIDAY_LIST = "Velo Works Calendar"

ALL_WAREHOUSES = f"All Warehouses - {ABBR}"
STORES = f"Stores - {ABBR}"
FINISHED_GOODS = f"Finished Goods - {ABBR}"
WORK_IN_PROGRESS = f"Work In Progress - {ABBR}"
IN_TRANSIT = f"Goods In Transit - {ABBR}"
REJECTED = f"Rejected - {ABBR}"
SUPPLIER_WAREHOUSE = f"At Subcontractors - {ABBR}"
SHOPS = f"Shops - {ABBR}"  # a group
SHOP = f"Shop Utrecht - {ABBR}"

# Zones without summer time, three hours apart: from 23:00, 2:00, 5:00 ... UTC on it is 8:00 there.
ZONES = (
	"Asia/Tokyo",
	"Asia/Dhaka",
	"Africa/Nairobi",
	"Africa/Abidjan",
	"America/Sao_Paulo",
	"America/Costa_Rica",
	"Pacific/Gambier",
	"Pacific/Majuro",
)


def morning_zone(now: datetime) -> str:
	"""A time zone where it is between 8:00 and 11:00.

	Tests count days from the site's today, and a run that crossed the site's midnight failed: the site is where the
	day is young.
	"""
	return ZONES[(now.astimezone(timezone.utc).hour + 1) % 24 // 3]


ZONE = morning_zone(datetime.now(timezone.utc))
THIS_YEAR = datetime.now(ZoneInfo(ZONE)).year
FIRST_YEAR, LAST_YEAR = THIS_YEAR - 1, THIS_YEAR + 2
PUBLIC_HOLIDAYS = {"01-01": "New Year", "05-01": "Labour Day", "12-25": "Christmas", "12-26": "Boxing Day"}


def working_day_after(start: int, *later: int) -> int:
	"""Days from today, `start` or a few more, after which is a working day, and so many days `later`, too."""

	def is_worked(day: date) -> bool:
		return day.weekday() < 5 and f"{day:%m-%d}" not in PUBLIC_HOLIDAYS

	today = datetime.now(ZoneInfo(ZONE)).date()
	return next(
		count
		for count in range(start, start + 30)
		if all(is_worked(today + timedelta(days=count + more)) for more in (0, *later))
	)


def ensure() -> None:
	"""Set the company up if this site has none yet, let it be morning there, and commit."""
	if not frappe.db.exists("Company", COMPANY):
		run_setup_wizard()
		make_fiscal_years()
		make_holiday_list()
		make_warehouses()
		set_company_defaults()
		set_settings()
	let_it_be_morning()
	frappe.db.commit()
	frappe.clear_cache()


def run_setup_wizard() -> None:
	setup_complete(
		{
			"currency": CURRENCY,
			"full_name": "Test User",
			"email": "test@example.com",
			"password": frappe.generate_hash(length=20),
			"company_name": COMPANY,
			"company_abbr": ABBR,
			"company_tagline": "Bicycles",
			"country": "Netherlands",
			"timezone": ZONE,
			"language": "english",
			"chart_of_accounts": "Standard",
			"fy_start_date": f"{THIS_YEAR}-01-01",
			"fy_end_date": f"{THIS_YEAR}-12-31",
		}
	)


def make_fiscal_years() -> None:
	for year in range(FIRST_YEAR, LAST_YEAR + 1):
		if not frappe.db.exists("Fiscal Year", {"year_start_date": f"{year}-01-01"}):
			frappe.get_doc(
				{
					"doctype": "Fiscal Year",
					"year": str(year),
					"year_start_date": f"{year}-01-01",
					"year_end_date": f"{year}-12-31",
				}
			).insert()


def make_holiday_list() -> None:
	"""Saturdays, Sundays and four public holidays of every year the company has."""
	calendar = frappe.new_doc("Holiday List")
	calendar.holiday_list_name = HOLIDAY_LIST
	calendar.from_date, calendar.to_date = f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-12-31"
	for year in range(FIRST_YEAR, LAST_YEAR + 1):
		for day, description in PUBLIC_HOLIDAYS.items():
			calendar.append("holidays", {"holiday_date": f"{year}-{day}", "description": description})
	for weekday in ("Saturday", "Sunday"):
		calendar.weekly_off = weekday
		calendar.get_weekly_off_dates()
	calendar.insert()


def make_warehouses() -> None:
	"""Those that ERPNext does not make for a new company."""
	for name, values in (
		("Rejected", {"is_rejected_warehouse": 1}),
		("At Subcontractors", {}),
		("Shops", {"is_group": 1}),
		("Shop Utrecht", {"parent_warehouse": SHOPS}),
	):
		frappe.get_doc(
			{
				"doctype": "Warehouse",
				"warehouse_name": name,
				"company": COMPANY,
				"parent_warehouse": ALL_WAREHOUSES,
				**values,
			}
		).insert()


def set_company_defaults() -> None:
	company = frappe.get_doc("Company", COMPANY)
	company.default_holiday_list = HOLIDAY_LIST
	company.default_in_transit_warehouse = IN_TRANSIT
	company.enable_perpetual_inventory = 0  # no ledger entries: nothing here is about accounts
	company.save()


def set_settings() -> None:
	_set(
		"Stock Settings",
		allow_negative_stock=0,
		enable_stock_reservation=1,
		allow_partial_reservation=1,
		default_warehouse=STORES,
		over_delivery_receipt_allowance=10,
		mr_qty_allowance=10,
		auto_insert_price_list_rate_if_missing=0,
		use_serial_batch_fields=1,
	)
	_set("Selling Settings", cust_master_name="Customer Name", so_required="No", dn_required="No")
	_set("Buying Settings", supp_master_name="Supplier Name", po_required="No", pr_required="No")
	_set(
		"Manufacturing Settings",
		backflush_raw_materials_based_on="BOM",
		default_wip_warehouse=WORK_IN_PROGRESS,
		default_fg_warehouse=FINISHED_GOODS,
		overproduction_percentage_for_work_order=10,
	)


def let_it_be_morning() -> None:
	_set("System Settings", time_zone=ZONE)


def _set(settings: str, **values) -> None:
	doc = frappe.get_doc(settings)
	doc.update(values)
	doc.save()


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	ensure()
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
