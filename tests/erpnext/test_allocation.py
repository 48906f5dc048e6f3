"""Product Allocation and Supply Protection on real documents: consumed and given back by orders and holds."""

import pytest

import frappe

from otp_app.api.promise import calculate, hold
from otp_app.engine.facts import Excluded
from otp_app.promises.keeping.follow import review
from otp_app.sources.site import SiteSource
from tests.erpnext.company import SHOP, STORES
from tests.erpnext.counting import queries
from tests.erpnext.promising import answer, promise_of, refusal, settings, submit, told
from tests.factories.allocating import ProductAllocationFactory, SupplyProtectionFactory, weeks
from tests.factories.base import days, new_request
from tests.factories.masters import CustomerFactory, ItemFactory, ItemGroupFactory, ProductBundleFactory
from tests.factories.selling import DeliveryNoteFactory, QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory


def stocked(qty: float = 100, **values) -> str:
	item = ItemFactory(lead_time_days=0, **values).name
	StockEntryFactory(item_code=item, qty=qty)
	return item


def order(item: str, qty: float, due: int = 10, **values):
	return SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(due), **values)


def used(item: str, excluding: Excluded | None = None) -> dict[str, list[float]]:
	"""By quota, what is consumed of each period."""
	facts = SiteSource().snapshot([item], excluding=excluding)
	return {quota.name: [period.consumed for period in quota.periods] for quota in facts.allocations}


def quota(**values) -> str:
	return ProductAllocationFactory(**values).name


class TestConsumption:
	def test_orders_consume_on_their_delivery_date_and_give_back_when_cancelled(self):
		item = stocked()
		name = quota(item_code=item, periods=weeks(10, 10, 10))
		first = order(item, 4, due=3)
		order(item, 5, due=9)
		order(item, 2, due=40)
		assert used(item) == {name: [4, 5, 0]}

		first.reload()
		first.cancel()
		assert used(item) == {name: [0, 5, 0]}

	def test_a_draft_consumes_nothing_and_what_is_delivered_stays_consumed(self):
		item = stocked()
		name = quota(item_code=item)
		order(item, 3, submit=False)
		sold = order(item, 4)
		DeliveryNoteFactory(sales_order=sold.name)
		assert used(item) == {name: [4]}

	def test_of_a_closed_order_what_was_delivered_stays_consumed(self):
		item = stocked()
		name = quota(item_code=item)
		sold = order(item, 6)
		note = DeliveryNoteFactory(sales_order=sold.name, submit=False)
		note.items[0].qty = 2
		note.save()
		note.submit()
		sold.reload()
		sold.update_status("Closed")
		assert used(item) == {name: [2]}

	def test_boxes_count_in_stock_units(self):
		item = stocked(boxes_of=12)
		name = quota(item_code=item)
		SalesOrderFactory(
			items=[
				{
					"item_code": item,
					"qty": 2,
					"uom": "Box",
					"conversion_factor": 12,
					"delivery_date": days(9),
					"warehouse": STORES,
				}
			]
		)
		assert used(item) == {name: [24]}

	def test_a_new_delivery_date_moves_what_is_consumed(self):
		item = stocked()
		name = quota(item_code=item, periods=weeks(10, 10))
		sold = order(item, 4, due=3)
		sold.items[0].delivery_date = sold.delivery_date = days(9)
		new_request()
		sold.save()
		assert used(item) == {name: [0, 4]}

	def test_live_holds_consume_and_expired_ones_do_not(self):
		item = stocked()
		name = quota(item_code=item)
		made = held(item, 3)
		assert used(item) == {name: [3]}
		frappe.db.set_value("Order Promise Peg", {"parent": made}, "held_until", "2020-01-01")
		assert used(item) == {name: [0]}

	def test_the_order_being_promised_does_not_stand_in_its_own_way(self):
		item = stocked()
		name = quota(item_code=item)
		sold = order(item, 4)
		assert used(item, Excluded("Sales Order", sold.name)) == {name: [0]}

	def test_a_quota_of_a_group_is_for_the_groups_below_it_and_all_their_items_together(self):
		above = ItemGroupFactory(is_group=1).name
		below = ItemGroupFactory(parent_item_group=above).name
		one, other, outside = stocked(item_group=below), stocked(item_group=below), stocked()
		name = quota(item_group=above)
		order(one, 4)
		order(other, 3)
		order(outside, 2)
		assert (used(one), used(outside)) == ({name: [7]}, {})

	@pytest.mark.parametrize(
		("field", "value", "expected"),
		[
			("to_customer_group", "Commercial", 4),
			("to_customer_group", "All Customer Groups", 4),
			("to_customer_group", "Individual", 0),
			("to_territory", "Netherlands", 4),
			("to_territory", "All Territories", 4),
			("sales_channel", "Web", 0),
		],
	)
	def test_only_buyers_with_the_characteristic_consume(self, field: str, value: str, expected: float):
		channel("Web")
		item = stocked()
		name = quota(item_code=item, **{field: value})
		order(item, 4)
		assert used(item) == {name: [expected]}

	def test_a_quota_of_a_customer_and_of_a_channel(self):
		channel("Web")
		item, customer = stocked(), CustomerFactory().name
		own = quota(item_code=item, to_customer=customer)
		web = quota(item_code=item, sales_channel="Web")
		order(item, 4, customer=customer)
		order(item, 3, source="Web")
		assert used(item) == {own: [4], web: [3]}

	def test_a_bundle_consumes_the_quota_of_what_is_sold(self):
		part = stocked()
		bundle = ProductBundleFactory(parts={part: 2}).new_item_code
		sold, component = quota(item_code=bundle), quota(item_code=part)
		order(bundle, 3)
		assert (used(bundle)[sold], used(part)) == ([3], {component: [0]})


def held(item: str, qty: float, **values) -> str:
	lines = [{"item_code": item, "qty": qty, "warehouse": STORES}]
	return answer(hold, items=lines, customer=CustomerFactory().name, **values)["promise"]


def channel(name: str) -> None:
	if not frappe.db.exists("Lead Source", name):
		frappe.get_doc({"doctype": "Lead Source", "source_name": name}).insert()


def ask(item: str, qty: float, **values) -> dict:
	lines = [{"item_code": item, "qty": qty, "warehouse": STORES}]
	return answer(calculate, items=lines, **values)


class TestPromising:
	def test_a_line_waits_for_a_period_with_room_and_the_quota_is_named(self):
		item = stocked()
		name = quota(item_code=item, periods=weeks(10, 10, length=30))
		order(item, 8, due=20)
		promise = ask(item, 5)
		assert promise["promise_date"] >= str(days(30))
		reason = next(r for r in promise["reasons"] if r["code"] == "QUOTA_LIMITS")
		assert f"quota {name} has 2 of 10 left" in reason["message"]

	def test_a_partial_shipment_is_split(self):
		item = stocked()
		quota(item_code=item, periods=weeks(10, 10, length=30))
		promise = ask(item, 15, rules={"shipment": "partial"})
		assert [peg["qty"] for peg in promise["plan"][0]["fulfillment"]] == [10, 5]

	def test_others_are_free_or_blocked_as_the_settings_say(self):
		item, customer = stocked(), CustomerFactory().name
		quota(item_code=item, to_customer=customer)
		assert ask(item, 5)["status"] == "OK"
		settings(without_quota="Blocked")
		promise = ask(item, 5)
		assert promise["status"] == "CANNOT_FULFILL"
		assert promise["blockers"][0]["code"] == "QUOTA_MISSING"
		assert ask(item, 5, customer=customer)["status"] == "OK"

	def test_the_channel_of_a_quotation_and_of_a_request(self):
		channel("Web")
		item = stocked()
		quota(item_code=item, sales_channel="Web", periods=weeks(2, length=60))
		quotation = QuotationFactory(item_code=item, qty=5, source="Web")
		assert "QUOTA_LIMITS" in codes(ask(item, 5, channel="Web"))
		assert "QUOTA_LIMITS" not in codes(ask(item, 5))
		held = frappe.get_doc("Order Promise", answer(hold, quotation=quotation.name)["promise"])
		assert held.promise_date >= days(60)

	def test_one_query_more_and_none_where_there_is_no_quota(self):
		item, other = stocked(), stocked()
		quota(item_code=item)
		SiteSource().snapshot([item])
		with queries() as with_quota:
			SiteSource().snapshot([item])
		with queries() as without:
			SiteSource().snapshot([other])
		assert len(with_quota) == len(without) + 1


def codes(promise: dict) -> set[str]:
	return {message["code"] for message in [*promise["reasons"], *promise["blockers"]]}


class TestSubmitting:
	def test_with_policy_block_an_order_over_its_quota_is_not_submitted(self):
		settings(submit_policy="Block")
		item = stocked()
		name = quota(item_code=item)
		submit(order(item, 7, submit=False))
		over = order(item, 4, submit=False)
		with pytest.raises(frappe.ValidationError, match=f"Row 1: {item} can be delivered on"):
			submit(over)
		assert f"quota {name} has 3 of 10 left" in told()
		submit(order(item, 3, submit=False))

	def test_the_period_of_the_delivery_date_counts_though_it_could_be_delivered_sooner(self):
		settings(submit_policy="Block")
		item = stocked()
		quota(item_code=item, periods=weeks(10, 2, 10, length=14))
		with pytest.raises(frappe.ValidationError, match="can be delivered on"):
			submit(order(item, 4, due=20, submit=False))
		submit(order(item, 4, due=10, submit=False))

	def test_with_policy_warn_it_is_told_and_submitted(self):
		item = stocked()
		quota(item_code=item)
		assert submit(order(item, 14, submit=False)).docstatus == 1
		assert "has 10 of 10 left" in told()

	def test_what_others_take_of_the_quota_later_is_no_risk_for_an_order(self):
		item = stocked()
		quota(item_code=item)
		first = submit(order(item, 7, submit=False))
		submit(order(item, 7, submit=False))
		review(first.otp_promise)
		assert promise_of(first).status == "Committed"

	def test_a_held_quotation_that_becomes_an_order_keeps_its_share(self):
		settings(submit_policy="Block")
		item = stocked()
		name = quota(item_code=item)
		held(item, 4)
		sold = order(item, 6, submit=False)
		answer(hold, sales_order=sold.name)
		assert used(item) == {name: [10]}
		submit(frappe.get_doc("Sales Order", sold.name))
		assert used(item) == {name: [10]}
		with pytest.raises(frappe.ValidationError):
			submit(order(item, 1, submit=False))


class TestProtection:
	def test_others_get_what_is_not_protected_and_the_group_gets_all(self):
		item, customer = stocked(100), CustomerFactory().name
		name = SupplyProtectionFactory(
			item_code=item, to_customer=customer, periods=weeks(60, length=60)
		).name
		promise = ask(item, 50)
		assert (promise["status"], promise["plan"][0]["shortage"]) == ("CANNOT_FULFILL", 10)
		assert f"60 Nos of {item} in {STORES} are protected from" in " ".join(
			reason["message"] for reason in promise["reasons"]
		)
		assert name in " ".join(reason["message"] for reason in promise["reasons"])
		assert ask(item, 100, customer=customer)["status"] == "OK"

	def test_what_the_group_orders_is_protected_no_more(self):
		item, customer = stocked(100), CustomerFactory().name
		SupplyProtectionFactory(item_code=item, to_customer=customer, periods=weeks(60, length=60))
		order(item, 45, customer=customer)
		(protection,) = SiteSource().snapshot([item]).protections
		assert protection.consumed == 45
		assert ask(item, 40)["status"] == "OK"
		assert ask(item, 41)["status"] == "CANNOT_FULFILL"

	def test_a_bundle_of_the_group_consumes_the_protection_of_its_component(self):
		part, customer = stocked(100), CustomerFactory().name
		bundle = ProductBundleFactory(parts={part: 2}).new_item_code
		SupplyProtectionFactory(item_code=part, to_customer=customer, periods=weeks(60, length=60))
		order(bundle, 10, customer=customer)
		(protection,) = SiteSource().snapshot([part]).protections
		assert protection.consumed == 20

	def test_it_is_for_one_warehouse(self):
		item, customer = stocked(100), CustomerFactory().name
		StockEntryFactory(item_code=item, qty=50, to_warehouse=SHOP)
		SupplyProtectionFactory(item_code=item, to_customer=customer, periods=weeks(60, length=60))
		order(item, 7, customer=customer, warehouse=SHOP)
		(protection,) = SiteSource().snapshot([item]).protections
		assert protection.consumed == 0
		shop = [{"item_code": item, "qty": 43, "warehouse": SHOP}]
		assert answer(calculate, items=shop)["status"] == "OK"


def new(doctype: str, **values):
	return frappe.get_doc({"doctype": doctype, "allocation_name": "New", "protection_name": "New", **values})


class TestDocuments:
	def test_periods_are_put_in_order_and_may_not_overlap(self):
		item = stocked()
		made = ProductAllocationFactory(item_code=item, periods=list(reversed(weeks(1, 2, 3))))
		assert [row.qty for row in made.periods] == [1, 2, 3]
		overlapping = [*weeks(1), *weeks(2, first=6)]
		with pytest.raises(frappe.ValidationError, match="Rows 1 and 2 share"):
			new("Product Allocation", item_code=item, periods=overlapping).insert()

	@pytest.mark.parametrize(
		("row", "message"),
		[
			({"qty": -1}, "must not be negative|Non Negative"),
			({"to_date": "2020-01-01"}, "To is before From"),
		],
	)
	def test_a_period_that_cannot_be_is_refused(self, row: dict, message: str):
		(period,) = weeks(1)
		with pytest.raises(frappe.ValidationError, match=message):
			new("Product Allocation", item_code=stocked(), periods=[period | row]).insert()

	def test_an_item_or_a_group(self):
		for values in ({}, {"item_code": stocked(), "item_group": "Products"}):
			with pytest.raises(frappe.ValidationError, match="Give either an Item or an Item Group"):
				new("Product Allocation", periods=weeks(1), **values).insert()

	def test_a_quota_may_not_be_above_itself(self):
		item = stocked()
		top = ProductAllocationFactory(item_code=item)
		below = ProductAllocationFactory(item_code=item, parent_quota=top.name)
		top.parent_quota = below.name
		with pytest.raises(frappe.ValidationError, match="is below this one"):
			top.save()

	def test_a_parent_is_wider(self):
		item, group = stocked(), "Products"
		total = ProductAllocationFactory(item_group=group)
		share = ProductAllocationFactory(item_code=item, to_territory="Netherlands", parent_quota=total.name)
		customer = CustomerFactory().name
		quota(item_code=item, to_customer=customer, parent_quota=share.name)
		with pytest.raises(
			frappe.ValidationError, match="not for all that this one is for: look at Territory"
		):
			new("Product Allocation", item_code=item, periods=weeks(1), parent_quota=share.name).insert()
		total.to_territory = "Rest Of The World"
		with pytest.raises(frappe.ValidationError, match="is a share of this one"):
			total.save()

	def test_a_protection_says_for_whom(self):
		with pytest.raises(frappe.ValidationError, match="Say for whom it is"):
			new("Supply Protection", item_code=stocked(), warehouse=STORES, periods=weeks(1)).insert()

	def test_a_disabled_quota_limits_nothing_at_once(self):
		item = stocked()
		made = ProductAllocationFactory(item_code=item, periods=weeks(1, length=60))
		assert "QUOTA_LIMITS" in codes(ask(item, 5))
		made.disabled = 1
		made.save()
		assert codes(ask(item, 5)).isdisjoint({"QUOTA_LIMITS", "QUOTA_SPENT"})


def test_what_a_hold_would_take_over_a_quota_is_refused():
	settings(without_quota="Blocked")
	item = stocked()
	quota(item_code=item)
	lines = [{"item_code": item, "qty": 11, "warehouse": STORES}]
	refused = refusal(hold, items=lines, customer=CustomerFactory().name)
	assert "find no room in the quotas" in str(refused)
