"""The three reports on a site: known promises and stock, known rows; what each user sees of them; how many queries."""

from datetime import date
from typing import Any

import pytest

import frappe
from frappe.desk import query_report
from frappe.model.document import Document
from frappe.utils import getdate, today

from otp_app.api.cards import promises_at_risk, share_kept
from otp_app.otp_app.report.available_to_promise.available_to_promise import execute as available
from otp_app.otp_app.report.promise_accuracy.promise_accuracy import execute as accuracy
from otp_app.otp_app.report.promises_at_risk.promises_at_risk import execute as at_risk
from otp_app.promises.keeping.follow import review
from otp_app.reports import items as report_items
from tests.erpnext.company import COMPANY, HOLIDAY_LIST, IN_TRANSIT, SHOP, SHOPS, STORES
from tests.erpnext.counting import queries
from tests.erpnext.promising import promise_of
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory, ItemGroupFactory, ProductBundleFactory
from tests.factories.selling import DeliveryNoteFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

Row = dict[str, Any]
REPORTS = ("Available to Promise", "Promises at Risk", "Promise Accuracy")


def run(report: Any, **filters: Any) -> list[Row]:
	return report({"company": COMPANY, **filters})[1]


def atp(row: Row) -> list[float]:
	"""The ATP of a row, bucket by bucket."""
	return [row[name] for name in sorted(row) if name.startswith("atp_")]


def keep_to(user: str, doctype: str, name: str) -> None:
	"""Give a user the User Permission for one document only."""
	frappe.get_doc({"doctype": "User Permission", "user": user, "allow": doctype, "for_value": name}).insert()


def run_as(user: str, report: str, **filters: Any) -> list[Row]:
	"""The rows that Desk shows a user: by the report's roles and the user's permissions."""
	frappe.set_user(user)
	try:
		return query_report.run(report, {"company": COMPANY, **filters})["result"]
	finally:
		frappe.set_user("Administrator")


def promise(*lines: Row, status: str = "Committed", pegs: Any = (), **values: Any) -> Document:
	"""An Order Promise as the app's code writes it."""
	doc = frappe.get_doc(
		{
			"doctype": "Order Promise",
			"status": status,
			"company": COMPANY,
			"lines": [{"qty": 10, "uom": "Nos", "warehouse": STORES, **line} for line in lines],
			"pegs": [{"line": 1, "warehouse": STORES, **peg} for peg in pegs],
			**values,
		}
	)
	return doc.insert(ignore_permissions=True)


@pytest.fixture
def item() -> str:
	return ItemFactory().name


class TestAvailableToPromise:
	def test_each_bucket_has_the_atp_at_its_end(self, item):
		StockEntryFactory(item_code=item, qty=20)
		SalesOrderFactory(item_code=item, qty=15, delivery_date=days(1))
		arrival = _working_day_after(2)
		PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(arrival))
		[row] = run(available, items=[item], buckets=arrival + 2)
		assert (row["item_code"], row["warehouse"], row["uom"]) == (item, STORES, "Nos")
		assert row["on_hand"] == 20
		assert atp(row) == [5] * arrival + [15, 15]

	def test_later_commitments_lower_the_atp_of_today(self, item):
		StockEntryFactory(item_code=item, qty=20)
		SalesOrderFactory(item_code=item, qty=18, delivery_date=days(90))
		[row] = run(available, items=[item], buckets=2)
		assert atp(row) == [2, 2], "what is owed after the last bucket is not promised again before it"

	def test_it_is_the_atp_that_the_promise_counts_with(self, item):
		from otp_app.api.promise import calculate

		StockEntryFactory(item_code=item, qty=7)
		SalesOrderFactory(item_code=item, qty=4, delivery_date=days(30))
		[row] = run(available, items=[item], buckets=1)
		answer = calculate(items=[{"item_code": item, "qty": atp(row)[0], "warehouse": STORES}])
		assert [peg["source"] for peg in answer["plan"][0]["fulfillment"]] == ["stock"]

	def test_weeks_end_on_sunday_and_months_with_the_month(self, item):
		for bucket, ends in (("Week", lambda day: day.weekday() == 6), ("Month", _is_last_of_month)):
			columns = available({"company": COMPANY, "items": [item], "bucket": bucket, "buckets": 3})[0]
			dated = [getdate(column["atp_on"]) for column in columns if column.get("atp_on")]
			assert len(dated) == 3
			assert all(ends(day) for day in dated), (bucket, dated)

	def test_a_date_in_the_past_starts_today(self, item):
		columns = available({"company": COMPANY, "items": [item], "from_date": str(days(-30)), "buckets": 1})[
			0
		]
		assert columns[-1]["atp_on"] == today()

	def test_a_group_of_warehouses_shows_those_below_it(self, item):
		StockEntryFactory(item_code=item, qty=3, to_warehouse=SHOP)
		StockEntryFactory(item_code=item, qty=4, to_warehouse=STORES)
		assert [row["warehouse"] for row in run(available, items=[item], warehouse=SHOPS)] == [SHOP]
		assert [row["warehouse"] for row in run(available, items=[item])] == [SHOP, STORES]

	def test_an_item_group_shows_the_groups_below_it(self):
		above = ItemGroupFactory(is_group=1).name
		below = ItemGroupFactory(parent_item_group=above).name
		item = ItemFactory(item_group=below).name
		StockEntryFactory(item_code=item, qty=3)
		assert [row["item_code"] for row in run(available, item_group=above)] == [item]

	def test_an_item_without_stock_or_orders_is_shown_when_asked_for(self, item):
		[row] = run(available, items=[item], buckets=2)
		assert (row["warehouse"], row["on_hand"], atp(row)) == (STORES, 0, [0, 0])

	def test_of_a_bundle_its_components_are_shown(self, item):
		bundle = ProductBundleFactory(parts={item: 2})
		StockEntryFactory(item_code=item, qty=3)
		assert [row["item_code"] for row in run(available, items=[bundle.new_item_code])] == [item]

	def test_a_warehouse_that_does_not_sell_is_refused_with_what_to_do(self, item):
		with pytest.raises(
			frappe.ValidationError, match=r"Nothing is promised from .* Choose another warehouse"
		):
			run(available, items=[item], warehouse=IN_TRANSIT)

	def test_too_many_items_are_refused_with_what_to_do(self, item, monkeypatch):
		StockEntryFactory(item_code=item, qty=3)
		StockEntryFactory(item_code=ItemFactory().name, qty=3)
		monkeypatch.setattr(report_items, "MOST_ITEMS", 1)
		with pytest.raises(frappe.ValidationError, match=r"More than 1 items .* choose an item group"):
			run(available)

	@pytest.mark.parametrize(
		"wrong", [{"bucket": "Year"}, {"buckets": 61}, {"buckets": -1}, {"company": None}]
	)
	def test_filters_that_cannot_be_answered_are_refused(self, wrong):
		with pytest.raises(frappe.ValidationError, match="hoose"):
			run(available, **wrong)

	def test_the_chart_shows_the_first_row(self, item):
		StockEntryFactory(item_code=item, qty=3)
		chart = available({"company": COMPANY, "items": [item], "buckets": 3})[3]
		[line] = chart["data"]["datasets"]
		assert (line["name"], line["values"]) == (f"{item}: Bicycle part {item} · {STORES}", [3, 3, 3])
		assert len(chart["data"]["labels"]) == 3

	def test_ten_items_take_as_many_queries_as_one(self):
		codes = [ItemFactory().name for _ in range(10)]
		for code in codes:
			StockEntryFactory(item_code=code, qty=3)
			SalesOrderFactory(item_code=code, qty=1)
		counts = []
		for few in (codes[:1], codes):
			run(available, items=few)  # what is cached is cached
			with queries() as seen:
				assert len(run(available, items=few)) == len(few)
			counts.append(len(seen))
		assert counts[0] == counts[1] <= 20

	def test_a_user_kept_to_a_warehouse_sees_only_that(self, item):
		StockEntryFactory(item_code=item, qty=3, to_warehouse=SHOP)
		StockEntryFactory(item_code=item, qty=4, to_warehouse=STORES)
		user = new_user("Sales User")
		keep_to(user, "Warehouse", SHOP)
		rows = run_as(user, "Available to Promise", items=[item])
		assert [row["warehouse"] for row in rows] == [SHOP]

	def test_a_user_kept_to_another_company_is_refused(self, item):
		user = new_user("Sales User")
		other = frappe.get_doc(
			{
				"doctype": "Company",
				"company_name": "Other Works",
				"default_currency": "EUR",
				"country": "Netherlands",
			}
		)
		other.flags.ignore_validate = True
		other.db_insert()
		other_name = frappe.db.get_value("Company", {"company_name": "Other Works"})
		keep_to(user, "Company", other_name)
		with pytest.raises(frappe.PermissionError, match="You may not see Company"):
			run_as(user, "Available to Promise", items=[item])

	def test_a_user_kept_to_an_item_sees_only_that(self, item):
		StockEntryFactory(item_code=item, qty=3)
		StockEntryFactory(item_code=ItemFactory().name, qty=3)
		user = new_user("Stock User")
		keep_to(user, "Item", item)
		assert [row["item_code"] for row in run_as(user, "Available to Promise")] == [item]


class TestPromisesAtRisk:
	def test_what_will_be_late_has_no_date_or_is_past_its_date_is_at_risk(self, item):
		customer = CustomerFactory().name
		late = {"item_code": item, "promise_date": days(5), "expected_date": days(9)}
		short = {"item_code": item, "promise_date": days(5), "expected_date": None, "shortage": 4}
		past = {"item_code": item, "promise_date": days(-3), "expected_date": days(-3), "delivered_qty": 4}
		fine = {"item_code": item, "promise_date": days(5), "expected_date": days(4)}
		done = {"item_code": item, "promise_date": days(-3), "delivered_qty": 10, "delivered_on": days(-1)}
		promise(late, short, past, fine, done, status="At Risk", customer=customer)
		rows = run(at_risk, customer=customer)
		assert [(row["days_late"], row["open_qty"]) for row in rows] == [(None, 10), (4, 10), (3, 6)]

	def test_an_order_whose_purchase_slips_is_at_risk_after_the_next_review(self, item):
		purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(5))
		order = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(20))
		assert run(at_risk, customer=order.customer) == []
		frappe.db.set_value("Purchase Order Item", purchase.items[0].name, "schedule_date", days(40))
		made = promise_of(order)
		review(made.name)
		[row] = run(at_risk, customer=order.customer)
		assert (row["status"], row["reference_name"], row["promise"]) == ("At Risk", order.name, made.name)
		assert row["days_late"] >= 20
		assert row["cause"].startswith(f"Purchase Order {purchase.name} is expected on ")

	def test_an_order_that_no_supply_covers_has_no_date(self, item):
		order = SalesOrderFactory(item_code=item, qty=10)
		[row] = run(at_risk, customer=order.customer)
		assert (row["days_late"], row["cause"]) == (None, "No supply covers 10 Nos of it.")

	def test_only_open_promises_count(self, item):
		customer = CustomerFactory().name
		late = {"item_code": item, "promise_date": days(5), "expected_date": days(9)}
		for status in ("Held", "Committed", "At Risk", "Broken"):
			promise(late, status=status, customer=customer)
		for status in ("Draft", "Kept", "Expired", "Superseded", "Cancelled"):
			promise(late, status=status, customer=customer)
		found = {row["status"] for row in run(at_risk, customer=customer)}
		assert found == {"Held", "Committed", "At Risk", "Broken"}

	def test_days_ahead_leaves_out_what_is_promised_for_later(self, item):
		customer = CustomerFactory().name
		for days_from_now in (2, 20):
			line = {"item_code": item, "promise_date": days(days_from_now), "expected_date": days(40)}
			promise(line, customer=customer)
		rows = run(at_risk, customer=customer, days_ahead=7)
		assert [row["promise_date"] for row in rows] == [days(2)]

	def test_the_value_is_that_of_the_open_part_in_the_companys_currency(self, item):
		StockEntryFactory(item_code=item, qty=10)
		order = SalesOrderFactory(item_code=item, qty=10, rate=20)
		line = {
			"item_code": item,
			"promise_date": days(-2),
			"delivered_qty": 4,
			"reference_row": order.items[0].name,
		}
		reference = {"reference_doctype": "Sales Order", "reference_name": order.name}
		promise(line, customer=order.customer, **reference)
		[row] = run(at_risk, customer=order.customer)
		assert (row["value"], row["currency"]) == (120, "EUR")
		cards = {
			card["label"]: card["value"]
			for card in at_risk({"company": COMPANY, "customer": order.customer})[4]
		}
		assert cards == {"Orders at Risk": 1, "Lines": 1, "Value": 120}

	def test_the_cause_is_the_document_that_slipped(self, item):
		slipped = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(9))
		punctual = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(4))
		made = _pegged_to(item, slipped.name, punctual.name)
		[row] = run(at_risk, customer=made.customer)
		assert (row["document_type"], row["document"]) == ("Purchase Order", slipped.name)
		assert row["cause"].startswith(f"Purchase Order {slipped.name} is expected on ")

	def test_the_cause_may_be_a_document_that_is_gone(self, item):
		closed = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(4))
		closed.update_status("Closed")
		made = _pegged_to(item, closed.name)
		[row] = run(at_risk, customer=made.customer)
		assert row["cause"].startswith(f"Purchase Order {closed.name} no longer covers it")

	def test_a_user_who_may_not_read_purchase_orders_sees_no_name_of_one(self, item):
		order = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(9))
		made = _pegged_to(item, order.name)
		[row] = run_as(new_user("Sales User"), "Promises at Risk", customer=made.customer)
		assert row["cause"].startswith("A Purchase Order is expected on ")
		assert order.name not in str(row)
		[row] = run_as(new_user("Sales User", "Purchase User"), "Promises at Risk", customer=made.customer)
		assert row["document"] == order.name

	def test_a_user_kept_to_a_customer_sees_only_its_promises(self, item):
		mine, other = CustomerFactory().name, CustomerFactory().name
		for customer in (mine, other):
			promise({"item_code": item, "promise_date": days(-2)}, customer=customer)
		user = new_user("Sales User")
		keep_to(user, "Customer", mine)
		assert {row["customer"] for row in run_as(user, "Promises at Risk")} == {mine}

	def test_ten_promises_take_as_many_queries_as_one(self):
		counts = []
		for number in (1, 10):
			customer = CustomerFactory().name
			for _ in range(number):
				code = ItemFactory().name
				order = PurchaseOrderFactory(item_code=code, qty=10, schedule_date=days(9))
				_pegged_to(code, order.name, customer=customer)
			run(at_risk, customer=customer)
			with queries() as seen:
				assert len(run(at_risk, customer=customer)) == number
			counts.append(len(seen))
		assert counts[0] == counts[1] <= 20

	def test_the_number_card_counts_the_orders_of_the_report(self, item):
		before = promises_at_risk()["value"]
		late = {"item_code": item, "promise_date": days(5), "expected_date": days(9)}
		promise(late, late, customer=CustomerFactory().name)
		card = promises_at_risk()
		assert card["value"] == before + 1
		assert card["route"] == ["query-report", "Promises at Risk"]


class TestPromiseAccuracy:
	def test_each_line_is_on_time_late_overdue_or_not_yet_due(self, item):
		customer = CustomerFactory().name
		_promised_and_delivered(item, customer)
		[row, total] = run(accuracy, customer=customer, group_by="Customer", **_around_today())
		assert row["group"] == customer
		assert _figures(row) == _figures(total)
		assert _figures(row) == {
			"promised": 7,
			"on_time": 2,
			"late": 3,
			"overdue": 1,
			"not_due": 1,
			"share_kept": pytest.approx(100 * 2 / 6),
			"mean_days_late": pytest.approx((1 + 2 + 9) / 3),
			"median_days_late": 2,
			"share_told": None,
			"brier": None,
		}
		assert total["is_total"] == 1

	def test_an_order_that_is_delivered_by_the_day_it_was_promised_for_is_on_time(self, item):
		StockEntryFactory(item_code=item, qty=10)
		order = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(10))
		filters = {"customer": order.customer, "group_by": "Customer", **_around_today()}
		assert run(accuracy, **filters)[0]["not_due"] == 1
		DeliveryNoteFactory(sales_order=order.name)
		[row, _total] = run(accuracy, **filters)
		assert (row["not_due"], row["on_time"], row["share_kept"]) == (0, 1, 100)

	def test_it_groups_by_item_group_item_warehouse_and_month(self):
		customer = CustomerFactory().name
		group = ItemGroupFactory().name
		item = ItemFactory(item_group=group).name
		promise({"item_code": item, "promise_date": days(-2), "warehouse": SHOP}, customer=customer)
		expected = {"Item Group": group, "Item": item, "Warehouse": SHOP, "Month": f"{days(-2):%b %Y}"}
		for group_by, name in expected.items():
			rows = run(accuracy, customer=customer, group_by=group_by, **_around_today())
			assert [row["group"] for row in rows] == [name, "Total"]

	def test_the_worst_comes_first(self, item):
		good, bad = ItemFactory().name, ItemFactory().name
		customer = CustomerFactory().name
		kept = {"item_code": good, "promise_date": days(-2), "delivered_qty": 10, "delivered_on": days(-2)}
		promise(kept, {"item_code": bad, "promise_date": days(-2)}, customer=customer)
		rows = run(accuracy, customer=customer, group_by="Item", **_around_today())
		assert [(row["group"], row["share_kept"]) for row in rows] == [(bad, 0), (good, 100), ("Total", 50)]

	def test_promises_that_bound_nobody_do_not_count(self, item):
		customer = CustomerFactory().name
		for status in ("Draft", "Held", "Expired", "Superseded", "Cancelled"):
			promise({"item_code": item, "promise_date": days(-2)}, status=status, customer=customer)
		assert run(accuracy, customer=customer, **_around_today()) == []

	def test_the_period_is_that_of_the_promised_date(self, item):
		customer = CustomerFactory().name
		for day in (-40, -20, -1):
			promise({"item_code": item, "promise_date": days(day)}, customer=customer)
		period = {"from_date": str(days(-20)), "to_date": str(days(-1))}
		assert run(accuracy, customer=customer, group_by="Customer", **period)[-1]["promised"] == 2

	def test_the_chart_shows_the_share_kept_by_month(self, item):
		customer = CustomerFactory().name
		kept = {"delivered_qty": 10, "delivered_on": date(2026, 1, 5)}
		promise({"item_code": item, "promise_date": date(2026, 1, 5), **kept}, customer=customer)
		promise({"item_code": item, "promise_date": date(2026, 2, 5)}, customer=customer)
		filters = {
			"company": COMPANY,
			"customer": customer,
			"from_date": "2026-01-01",
			"to_date": "2026-03-01",
		}
		chart = accuracy(filters)[3]["data"]
		assert chart["labels"] == ["Jan", "Feb"]
		assert chart["datasets"][0]["values"] == [100, 0]

	@pytest.mark.parametrize(
		"wrong",
		[{"group_by": "Colour"}, {"from_date": "2026-02-01", "to_date": "2026-01-01"}, {"company": None}],
	)
	def test_filters_that_cannot_be_answered_are_refused(self, wrong):
		with pytest.raises(frappe.ValidationError, match="hoose"):
			run(accuracy, **wrong)

	def test_the_total_row_stays_for_a_user_kept_to_a_customer(self, item):
		mine, other = CustomerFactory().name, CustomerFactory().name
		for customer in (mine, other):
			promise({"item_code": item, "promise_date": days(-2)}, customer=customer)
		user = new_user("Sales User")
		keep_to(user, "Customer", mine)
		rows = run_as(user, "Promise Accuracy", group_by="Customer", **_around_today())
		assert [(row["group"], row["promised"]) for row in rows] == [(mine, 1), ("Total", 1)]

	def test_the_number_card_is_the_share_of_the_last_thirty_days(self, item):
		card = share_kept()
		before = accuracy({"company": COMPANY, "from_date": str(days(-30)), "to_date": today()})[1]
		assert card == "\N{EN DASH}" if not before else card["value"] == round(before[-1]["share_kept"], 1)
		kept = {"item_code": item, "promise_date": days(-2), "delivered_qty": 10, "delivered_on": days(-2)}
		promise(kept, customer=CustomerFactory().name)
		assert share_kept()["fieldtype"] == "Percent"


class TestWhoMayRunThem:
	@pytest.mark.parametrize("report", REPORTS)
	@pytest.mark.parametrize(
		"role",
		[
			"Sales User",
			"Sales Manager",
			"Stock User",
			"Stock Manager",
			"Purchase User",
			"Purchase Manager",
			"System Manager",
		],
	)
	def test_roles_that_promise_sell_keep_stock_or_buy(self, report, role, item):
		StockEntryFactory(item_code=item, qty=3)
		run_as(new_user(role), report)

	@pytest.mark.parametrize("report", REPORTS)
	@pytest.mark.parametrize("role", ["Accounts User", "HR User", "Customer"])
	def test_others_are_refused(self, report, role):
		if not frappe.db.exists("Role", role):
			pytest.skip(f"This site has no role {role}")
		with pytest.raises(frappe.PermissionError, match="access to Report"):
			run_as(new_user(role), report)

	@pytest.mark.parametrize("card", [promises_at_risk, share_kept])
	def test_the_number_cards_are_for_those_who_may_read_promises(self, card):
		frappe.set_user(new_user("Accounts User"))
		with pytest.raises(frappe.PermissionError):
			card()


def _working_day_after(count: int) -> int:
	"""How many days from today the first working day after so many days is."""
	while frappe.db.exists("Holiday", {"parent": HOLIDAY_LIST, "holiday_date": days(count)}):
		count += 1
	return count


def _is_last_of_month(day: date) -> bool:
	return (day + (days(1) - days(0))).day == 1


def _around_today() -> dict[str, str]:
	return {"from_date": str(days(-20)), "to_date": str(days(20))}


def _figures(row: Row) -> Row:
	return {name: value for name, value in row.items() if name not in ("group", "is_total")}


def _promised_and_delivered(item: str, customer: str) -> None:
	"""Lines of 10: two on time (one of them early, before its date has come), three late, one overdue, one to come."""

	def line(promised: int, delivered: int | None = None, qty: float = 10) -> Row:
		values: Row = {"item_code": item, "promise_date": days(promised)}
		return (
			values if delivered is None else values | {"delivered_on": days(delivered), "delivered_qty": qty}
		)

	promise(line(-5, -5), line(5, -1), line(-5, -4), line(-5, -3), status="Kept", customer=customer)
	promise(line(-10, -1), line(-2), line(0), status="Broken", customer=customer)


def _pegged_to(item: str, *orders: str, customer: str | None = None) -> Document:
	"""A promise for the 6th day from today, late since, from purchase orders that were expected on the 4th."""
	return promise(
		{"item_code": item, "promise_date": days(6), "expected_date": days(11)},
		status="At Risk",
		customer=customer or CustomerFactory().name,
		pegs=[
			{
				"item_code": item,
				"qty": 5,
				"source": "purchase_order",
				"document_type": "Purchase Order",
				"document": order,
				"expected_date": days(4),
				"available_date": days(4),
				"delivery_date": days(6),
			}
			for order in orders
		],
	)
