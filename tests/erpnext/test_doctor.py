"""Each finding of `otp-doctor`, made real on the site, and gone after the fix that it names."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable

import pytest

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, nowdate
from frappe.utils.background_jobs import create_job_id, get_redis_conn
from frappe.utils.scheduler import enable_scheduler

from erpnext.stock.stock_balance import repost_stock

from otp_app.install import after_migrate
from otp_app.operations.doctor import (
	Finding,
	Severity,
	books,
	calendars,
	clock,
	examination,
	jobs,
	rules,
	schema,
)
from otp_app.operations.doctor import molam as payments
from otp_app.payments.connection import _client
from otp_app.promises.watching import noting
from otp_app.setup.indexes import remove_indexes
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.operating import empty, work_off
from tests.erpnext.test_commands import bench
from tests.erpnext.watched import bought, judge
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

SETTINGS = "Order Promise Settings"
Look = Callable[[], Iterable[Finding]]


def found(look: Look, code: str) -> list[Finding]:
	return [finding for finding in look() if finding.code == code]


def one(look: Look, code: str, fix: str) -> Finding:
	"""The only finding of that code, which names the fix."""
	(finding,) = found(look, code)
	assert fix in finding.fix
	assert finding.sentence.endswith(".")
	return finding


def setting(field: str, value: object) -> None:
	frappe.db.set_single_value(SETTINGS, field, value)
	frappe.clear_document_cache(SETTINGS, SETTINGS)


@pytest.mark.parametrize(
	("field", "wrong", "right", "code"),
	[
		("processing_days", -2, 1, "NEGATIVE_DAYS"),
		("production_hours_per_day", 30, 8, "IMPOSSIBLE_HOURS"),
		("medium_from", 95, 70, "THRESHOLDS_CROSSED"),
		("hold_minutes", 20_000, 1440, "HOLD_TOO_LONG"),
		("reserve_stock", 1, 0, "RESERVATION_OFF"),
		("submit_policy", "Ignore", "Warn", "ORDERS_UNCHECKED"),
		("review_at_once", 0, 1, "REVIEWED_HOURLY"),
	],
)
def test_a_setting_that_makes_no_sense(field: str, wrong: object, right: object, code: str):
	frappe.db.set_single_value("Stock Settings", "enable_stock_reservation", 0)
	setting(field, wrong)
	one(rules.look, code, "Desk: ")
	setting(field, right)
	assert found(rules.look, code) == []


def test_a_warehouse_of_the_settings_that_is_disabled():
	setting("default_warehouse", STORES)
	frappe.db.set_value("Warehouse", STORES, "disabled", 1)
	assert STORES in one(rules.look, "WAREHOUSE_DISABLED", "Default Warehouse").sentence
	setting("default_warehouse", None)
	assert found(rules.look, "WAREHOUSE_DISABLED") == []


@pytest.mark.parametrize(
	("last", "code", "severity"),
	[(-3, "HOLIDAYS_OVER", Severity.ERROR), (20, "HOLIDAYS_END", Severity.WARNING)],
)
def test_a_holiday_list_that_is_over_or_will_be_soon(last: int, code: str, severity: Severity):
	name = frappe.generate_hash(length=8)
	fields = {"holiday_list_name": name, "from_date": add_days(nowdate(), -300)}
	fields["to_date"] = add_days(nowdate(), last)
	calendar = frappe.get_doc({"doctype": "Holiday List", **fields}).insert()
	frappe.db.set_value("Company", COMPANY, "default_holiday_list", name)
	finding = one(calendars.look, code, f"Desk: Holiday List {name} > To Date")
	assert finding.severity is severity
	calendar.to_date = add_days(nowdate(), 300)
	calendar.save()
	assert found(calendars.look, code) == []


def test_a_company_without_holidays():
	other = (
		frappe.db.get_value("Holiday List", {}, "name")
		or frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": "Some",
				"from_date": nowdate(),
				"to_date": add_days(nowdate(), 300),
			}
		)
		.insert()
		.name
	)
	frappe.db.set_value("Company", COMPANY, "default_holiday_list", None)
	mine = [f for f in found(calendars.look, "NO_HOLIDAYS") if COMPANY in f.sentence]
	assert [f.fix for f in mine] == [f"Desk: Company {COMPANY} > Default Holiday List"]
	frappe.db.set_value("Company", COMPANY, "default_holiday_list", other)
	assert [f for f in found(calendars.look, "NO_HOLIDAYS") if COMPANY in f.sentence] == []


def test_the_clock_of_the_database():
	frappe.db.sql("set timestamp = unix_timestamp() + 60")
	try:
		told = one(clock.look, "CLOCKS_DIFFER", "timedatectl set-ntp true").sentence
	finally:
		frappe.db.sql("set timestamp = default")
	assert "+60 seconds" in told or "+59 seconds" in told
	assert found(clock.look, "CLOCKS_DIFFER") == []


@pytest.mark.parametrize(("zone", "code"), [("", "NO_TIME_ZONE"), ("Mars/Olympus", "UNKNOWN_TIME_ZONE")])
def test_the_time_zone_of_the_site(zone: str, code: str):
	before = frappe.db.get_single_value("System Settings", "time_zone")
	frappe.db.set_single_value("System Settings", "time_zone", zone)
	one(clock.look, code, "Desk: System Settings > Time Zone")
	frappe.db.set_single_value("System Settings", "time_zone", before)
	assert found(clock.look, code) == []


def test_users_who_sit_elsewhere():
	zone = frappe.db.get_single_value("System Settings", "time_zone")
	frappe.db.set_value("User", "Administrator", "time_zone", "Pacific/Kiritimati")
	one(clock.look, "OTHER_TIME_ZONES", "Desk: User > Time Zone")
	frappe.db.sql("update tabUser set time_zone = %s", zone)
	assert found(clock.look, "OTHER_TIME_ZONES") == []


def test_an_index_and_a_column_that_are_missing():
	remove_indexes()
	frappe.db.sql_ddl("alter table `tabWork Order` drop column otp_promise")
	try:
		assert "on Work Order" in one(schema.look, "INDEX_MISSING", "migrate").sentence
		assert "Work Order has no otp_promise." in one(schema.look, "COLUMN_MISSING", "migrate").sentence
	finally:
		after_migrate()
	assert list(schema.look()) == []


def test_a_site_that_was_not_migrated():
	version = frappe.qb.DocType("Installed Application")
	update = frappe.qb.update(version).where(version.app_name == "otp_app")
	update.set(version.app_version, "0.0.1").run()
	frappe.db.commit()
	try:
		one(schema.look, "NOT_MIGRATED", "migrate")
	finally:
		frappe.get_single("Installed Applications").update_versions()  # as a migration does
		frappe.db.commit()
	assert found(schema.look, "NOT_MIGRATED") == []


def test_a_queue_without_a_worker():
	mended = "bench worker --queue default, or bench setup supervisor"
	assert mended in _unserved()
	command = [sys.executable, "-W", "ignore", "-m", "frappe.utils.bench_helper", "frappe", "worker"]
	command += ["--quiet", "--queue", "default"]
	worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	try:
		deadline = time.monotonic() + 60
		while mended in _unserved() and time.monotonic() < deadline:
			time.sleep(0.3)
		fixes = _unserved()
	finally:
		worker.terminate()
		worker.wait(timeout=30)
	assert mended not in fixes


def _unserved() -> list[str]:
	return [finding.fix for finding in found(jobs.look_at_queue, "NO_WORKER")]


def test_jobs_that_failed():
	method, job_id = "otp_app.payments.jobs.settle", frappe.generate_hash(length=10)
	empty("short")
	frappe.enqueue(method, queue="short", job_id=job_id, name="No Such Payment")
	work_off("short")
	assert method in one(jobs.look_at_queue, "JOBS_FAILED", "Desk: RQ Job, Status failed").sentence
	from rq.job import Job

	Job.fetch(create_job_id(job_id), connection=get_redis_conn()).delete()
	assert found(jobs.look_at_queue, "JOBS_FAILED") == []


@pytest.fixture
def ticking(monkeypatch):
	"""A scheduler that is on, and has just been at work."""
	for name in ("pause_scheduler", "disable_scheduler", "maintenance_mode"):
		monkeypatch.setitem(frappe.conf, name, 0)
	enable_scheduler()
	frappe.db.sql("update `tabScheduled Job Type` set last_execution = %s", now_datetime())


def test_a_scheduler_that_is_off(ticking):
	frappe.db.set_single_value("System Settings", "enable_scheduler", 0)
	one(jobs.look_at_scheduler, "SCHEDULER_OFF", "enable-scheduler")
	enable_scheduler()
	assert list(jobs.look_at_scheduler()) == []


def test_a_scheduler_that_does_not_tick(ticking):
	ours = ("like", "otp_app.%")
	frappe.db.set_value(
		"Scheduled Job Type", {"method": ours}, "last_execution", add_to_date(now_datetime(), hours=-2)
	)
	one(jobs.look_at_scheduler, "SCHEDULER_SILENT", "bench schedule")
	frappe.db.set_value("Scheduled Job Type", {"method": ours}, "last_execution", now_datetime())
	assert list(jobs.look_at_scheduler()) == []


def test_a_scheduled_job_that_was_stopped(ticking):
	method = "otp_app.payments.jobs.reconcile"
	frappe.db.set_value("Scheduled Job Type", {"method": method}, "stopped", 1)
	assert method in one(jobs.look_at_scheduler, "JOBS_STOPPED", "Stopped").sentence
	frappe.db.set_value("Scheduled Job Type", {"method": method}, "stopped", 0)
	assert list(jobs.look_at_scheduler()) == []


def test_a_bin_that_is_stale():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=5)
	bin = frappe.get_doc("Bin", {"item_code": item, "warehouse": STORES})
	bin.db_set({"planned_qty": 7, "projected_qty": bin.projected_qty + 7})
	finding = one(books.look_at_bins, "BIN_STALE", "repost_stock --kwargs")
	assert "planned_qty is 7, should be 0" in finding.sentence
	repost_stock(**json.loads(finding.fix.split("'")[1]))
	assert found(books.look_at_bins, "BIN_STALE") == []


def test_suppliers_and_items_of_which_too_little_is_known():
	item = ItemFactory(lead_time_days=0).name
	frappe.db.sql("update tabItem set lead_time_days = 0")
	frappe.db.delete("Supply Reliability")
	frappe.db.sql("update `tabPurchase Order` set per_received = 100")  # those of other tests
	order = PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(9))
	assert order.supplier in one(books.look_at_supply, "SUPPLIERS_UNKNOWN", "Refresh").sentence
	one(books.look_at_supply, "NO_LEAD_TIME", "Desk: Item > Lead Time")
	frappe.db.sql("update tabItem set lead_time_days = 3")
	for supplier in frappe.get_all("Purchase Order", pluck="supplier", distinct=True):
		record = {"doctype": "Supply Reliability", "name": frappe.generate_hash(length=8)}
		frappe.get_doc(record | {"supply_kind": "Purchase Order", "supplier": supplier}).db_insert()
	assert list(books.look_at_supply()) == []


def test_watching_that_is_behind():
	bought()
	noting.write_notes()
	long_ago = add_to_date(now_datetime(), hours=-1)
	frappe.db.sql("update `tabOrder Promise Move` set creation = %s", long_ago)
	fix = "execute otp_app.promises.watching.judging.judge_what_moved"
	assert "60 minutes" in one(books.look_at_watching, "WATCHING_BEHIND", fix).sentence
	judge()
	assert found(books.look_at_watching, "WATCHING_BEHIND") == []


def test_promises_at_risk():
	frappe.db.set_value("Order Promise", {"status": "At Risk"}, "status", "Committed")  # those of other tests
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=5)
	order = SalesOrderFactory(item_code=item, qty=1)
	frappe.db.set_value("Order Promise", order.otp_promise, "status", "At Risk")
	one(books.look_at_watching, "AT_RISK", "Promises at Risk")
	frappe.db.set_value("Order Promise", order.otp_promise, "status", "Committed")
	assert found(books.look_at_watching, "AT_RISK") == []


def test_molam_as_it_should_be(sandbox):
	assert list(payments.look()) == []


def test_molam_cannot_be_reached(sandbox):
	right = frappe.db.get_value("Molam Settings", COMPANY, "base_url")
	frappe.db.set_value("Molam Settings", COMPANY, "base_url", "http://127.0.0.1:1")
	one(payments.look, "MOLAM_UNREACHABLE", "Base URL")
	frappe.db.set_value("Molam Settings", COMPANY, "base_url", right)
	assert found(payments.look, "MOLAM_UNREACHABLE") == []


def test_the_circuit_is_open(sandbox):
	breaker = _client(COMPANY).cb
	breaker.open()
	try:
		one(payments.look, "CIRCUIT_OPEN", "Wait until Molam answers")
	finally:
		breaker.close()
	assert found(payments.look, "CIRCUIT_OPEN") == []


def test_a_key_and_a_secret_are_missing(sandbox):
	settings = frappe.get_doc("Molam Settings", COMPANY)
	secrets = [row.as_dict() for row in settings.webhook_secrets]
	key = settings.get_password("api_key")
	frappe.db.delete("Molam Webhook Secret", {"parent": COMPANY})
	frappe.db.delete("__Auth", {"doctype": "Molam Settings", "name": COMPANY})
	one(payments.look, "NO_WEBHOOK_SECRET", "Webhook Secrets")
	one(payments.look, "NO_API_KEY", "API Key")
	settings = frappe.get_doc("Molam Settings", COMPANY)
	settings.api_key = key
	for row in secrets:
		settings.append("webhook_secrets", {"kid": row.kid, "secret": "whsec_0123456789abcdef"})
	settings.save()
	assert list(payments.look()) == []


def test_events_of_molam_that_wait(sandbox):
	event = {"doctype": "Molam Webhook Event", "name": frappe.generate_hash(length=8), "status": "Received"}
	frappe.get_doc(event | {"event_id": event["name"], "event_type": "x", "company": COMPANY}).db_insert()
	old = add_to_date(now_datetime(), hours=-1)
	frappe.db.set_value("Molam Webhook Event", event["name"], "creation", old, update_modified=False)
	one(payments.look, "EVENTS_WAIT", "otp_app.payments.jobs.reconcile")
	frappe.db.set_value("Molam Webhook Event", event["name"], "status", "Processed")
	assert found(payments.look, "EVENTS_WAIT") == []


def test_an_examination_that_fails_does_not_hide_the_others(monkeypatch):
	def fails() -> list[Finding]:
		raise RuntimeError("no such thing")

	monkeypatch.setattr(examination, "EXAMINATIONS", {"first": fails, "settings": rules.look})
	monkeypatch.setattr(frappe.db, "rollback", lambda: None)  # the setting is not committed
	setting("review_at_once", 0)
	codes = [finding.code for finding in examination.examine()]
	assert codes[0] == "NOT_EXAMINED"
	assert "REVIEWED_HOURLY" in codes


def test_the_command_prints_findings_and_fixes_and_ends_with_1_for_errors():
	ran = bench("otp-doctor", "--json", "--no-bins")
	told = json.loads(ran.stdout)
	assert ran.returncode == 1
	assert {"severity", "code", "sentence", "fix"} == set(told[0])
	assert "NO_WORKER" in {finding["code"] for finding in told}
	plain = bench("otp-doctor", "--no-bins").stdout
	assert "error: No worker takes jobs of the queue long" in plain
	errors = sum(finding["severity"] == "error" for finding in told)
	assert plain.splitlines()[-1].startswith(f"errors: {errors}, warnings: ")


def test_a_database_that_is_down_is_the_only_finding(monkeypatch):
	monkeypatch.setitem(os.environ, "FRAPPE_DB_PORT", "1")
	ran = bench("otp-doctor", "--json")
	assert [finding["code"] for finding in json.loads(ran.stdout)] == ["DATABASE_UNAVAILABLE"]
	assert ran.returncode == 1
