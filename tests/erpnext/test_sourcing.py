"""Sourcing rules on a site: what the doctypes refuse, what is read, and an order that is fetched from another warehouse."""

from typing import Any

import pytest

import frappe

from otp_app.api.procurement import procurement_suggest
from otp_app.api.promise import apply, calculate, for_quotation, for_sales_order, hold, release
from otp_app.engine.facts import RuleSource, SourceKind, SourcingRule, TransitLane
from otp_app.engine.policy import BuildingRule
from otp_app.promises.keeping.follow import review
from otp_app.sources.site import SiteSource
from otp_app.sources.site.reconcile import reconcile
from otp_app.sources.site.world import forget_world
from tests.erpnext.company import COMPANY, SHOP, SHOPS, STORES
from tests.erpnext.counting import queries
from tests.erpnext.promising import answer, promise_of, refusal, settings, submit
from tests.erpnext.serving import new_user
from tests.factories.base import days, new_request
from tests.factories.masters import (
	CustomerFactory,
	ItemAlternativeFactory,
	ItemFactory,
	SupplierFactory,
)
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

LOOK = {"Sales Order": for_sales_order, "Quotation": for_quotation}


def ships(warehouse: str, **more: Any) -> dict[str, Any]:
	return {"source_type": "Warehouse", "warehouse": warehouse, **more}


def sends(warehouse: str, into: str | None = None, days: Any = None) -> dict[str, Any]:
	return {"source_type": "Transfer", "warehouse": warehouse, "into_warehouse": into, "days": days}


def rule(*sources: dict[str, Any], **values: Any) -> Any:
	values.setdefault("rule_name", frappe.generate_hash(length=8))
	return frappe.get_doc({"doctype": "Sourcing Rule", "sources": list(sources), **values})


def stocked(*places: str, qty: float = 10, **values: Any) -> str:
	item = ItemFactory(lead_time_days=0, **values).name
	for place in places:
		StockEntryFactory(item_code=item, qty=qty, to_warehouse=place)
	return item


def pegs(found: dict[str, Any], line: int = 0) -> list[tuple[str, str, float]]:
	return [(p["source"], p["warehouse"], p["qty"]) for p in found["plan"][line]["fulfillment"]]


class TestTheDoctype:
	def test_a_rule_is_read_in_full_and_counts_for_the_next_promise(self):
		SiteSource().snapshot([])
		supplier, customer = SupplierFactory().name, CustomerFactory().name
		rule(
			ships(STORES, priority=2),
			sends(SHOP, STORES, "0"),
			{"source_type": "Drop Ship", "supplier": supplier},
			rule_name="Everything",
			for_customer=customer,
			for_item_group="Products",
			for_company=COMPANY,
			others_allowed=1,
			minimum_split=2.5,
			most_sources=3,
			warehouse_is_preference=1,
			building_rule="On-Time Confirmation",
		).insert()
		rule(ships(STORES), rule_name="Asleep", disabled=1).insert()
		assert SiteSource().snapshot([]).sourcing_rules == (
			SourcingRule(
				"Everything",
				(
					RuleSource(SourceKind.WAREHOUSE, STORES, priority=2),
					RuleSource(SourceKind.TRANSFER, SHOP, STORES, days=0),
					RuleSource(SourceKind.DROP_SHIP, supplier=supplier),
				),
				customer=customer,
				item_group="Products",
				company=COMPANY,
				others=True,
				minimum_split=2.5,
				most_sources=3,
				preferred=True,
				building_rule=BuildingRule.ON_TIME,
			),
		)

	@pytest.mark.parametrize(
		("sources", "values", "message"),
		[
			([], {}, None),
			([ships(STORES)], {"for_item_group": "Products", "for_item": "x"}, "Give only one of Item, Item Group; use a rule for each."),
			([{"source_type": "Warehouse"}], {}, "Row 1: give a Warehouse."),
			([{"source_type": "Drop Ship"}], {}, "Row 1: give a Supplier."),
			([sends(STORES, STORES)], {}, f"Row 1: {STORES} cannot send to itself."),
			([sends(STORES, SHOP, "soon")], {}, "Row 1: Days must be a number of days from 0 to 365, or empty."),
			([ships(STORES), ships(STORES)], {}, "Row 2: this source is there already, take one out."),
		],
		ids=["no sources", "two items", "no warehouse", "no supplier", "to itself", "days", "twice"],
	)  # fmt: skip
	def test_what_cannot_be_used_is_refused_with_what_to_do(self, sources: Any, values: Any, message: Any):
		doc = rule(*sources, **values)
		doc.flags.ignore_links = True
		with pytest.raises(frappe.ValidationError) as refused:
			doc.insert()
		if message:
			assert str(refused.value) == message

	def test_two_rules_in_use_are_not_for_the_same_lines(self):
		first = rule(ships(STORES), for_company=COMPANY).insert()
		second = rule(ships(SHOP), for_company=COMPANY)
		with pytest.raises(frappe.ValidationError, match=f"Sourcing Rule {first.name} is for the same lines"):
			second.insert()
		second.disabled = 1
		second.insert()

	def test_a_lane_between_warehouses_is_read_and_has_one_end(self):
		lane = {"doctype": "Transit Lane", "transit_days": 3, "from_warehouse": SHOP, "to_warehouse": STORES}
		frappe.get_doc(lane).insert()
		assert SiteSource().snapshot([]).lanes == (TransitLane(3, SHOP, to_warehouse=STORES),)
		with pytest.raises(frappe.ValidationError, match="Give only one of"):
			frappe.get_doc({**lane, "to_country": "France"}).insert()
		with pytest.raises(frappe.ValidationError, match="to itself is no way"):
			frappe.get_doc({**lane, "from_warehouse": STORES}).insert()

	def test_groups_of_items_and_customers_are_read_up_to_the_root(self):
		group = frappe.get_doc(
			{
				"doctype": "Customer Group",
				"customer_group_name": "Shops",
				"parent_customer_group": "All Customer Groups",
			}
		).insert()
		customer = CustomerFactory(customer_group=group.name, otp_accepts_alternatives="No").name
		item = ItemFactory().name
		found = SiteSource().snapshot([item], customer=customer)
		assert found.customers is not None
		read = found.customers[customer]
		assert (read.groups, read.accepts_alternatives) == (("Shops", "All Customer Groups"), False)
		assert found.items[item].groups == ("Products", "All Item Groups")

	def test_who_may_write_it(self):
		for role, may in (("Stock Manager", True), ("Sales User", False)):
			frappe.set_user(new_user(role))
			assert bool(frappe.has_permission("Sourcing Rule", "write")) is may
			assert frappe.has_permission("Sourcing Rule", "read")
			frappe.set_user("Administrator")


class TestPromises:
	def test_a_line_without_a_warehouse_comes_from_where_the_rule_says(self):
		item = stocked(STORES, SHOP)
		rule(ships(SHOPS), for_item=item, rule_name="Shops only").insert()
		found = answer(calculate, items=[{"item_code": item, "qty": 4}], company=COMPANY)
		assert pegs(found) == [("stock", SHOP, 4)]
		assert "Sourcing Rule Shops only says where" in " ".join(r["message"] for r in found["reasons"])

	def test_a_user_kept_to_a_warehouse_is_promised_nothing_from_another_nor_by_a_transfer(self):
		item = stocked(STORES, SHOP, qty=5)
		rule(ships(STORES), ships(SHOP), sends(STORES, SHOP), for_item=item).insert()
		user = new_user("Sales User")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Warehouse", "for_value": SHOP}
		).insert()
		asked = {"items": [{"item_code": item, "qty": 8}], "company": COMPANY}
		assert answer(calculate, **asked)["status"] == "OK"
		frappe.set_user(user)
		try:
			kept = answer(calculate, **asked, rules={"transfers": True})
		finally:
			frappe.set_user("Administrator")
		assert (kept["status"], pegs(kept)) == ("CANNOT_FULFILL", [("stock", SHOP, 5)])
		assert STORES not in frappe.as_json(kept)

	def test_a_rule_costs_no_query_more(self):
		item = stocked(STORES, SHOP)
		asked = {"items": [{"item_code": item, "qty": 4}], "company": COMPANY}
		rules = [rule(ships(SHOP), for_item=item), rule(sends(SHOP), for_company=COMPANY)]

		def counts() -> tuple[int, int]:
			frappe.get_cached_doc("Order Promise Settings"), frappe.get_cached_doc("Manufacturing Settings")
			forget_world()
			with queries() as cold:
				SiteSource().snapshot([item])
			with queries() as warm:
				SiteSource().snapshot([item])
			return len(cold), len(warm)

		counts()  # what is cached for good is
		without = counts()
		for each in rules:
			each.insert()
		assert counts() == without
		assert answer(calculate, **asked)["status"] == "OK"


class TestTransfers:
	@pytest.fixture
	def item(self) -> str:
		item = stocked(SHOP)
		rule(sends(SHOP, STORES, "2"), for_item=item).insert()
		return item

	def free_in_the_shop(self, item: str) -> float:
		found = answer(calculate, items=[{"item_code": item, "qty": 100, "warehouse": SHOP}])
		return sum(peg["qty"] for peg in found["plan"][0]["fulfillment"])

	def ordered(self, item: str, qty: float = 6) -> Any:
		return submit(SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(20), submit=False))

	def test_a_submitted_order_locks_what_it_is_to_fetch_where_that_lies(self, item: str):
		order = self.ordered(item)
		(peg,) = promise_of(order).pegs
		assert (peg.source, peg.warehouse, peg.from_warehouse, peg.qty) == ("transfer", STORES, SHOP, 6)
		assert self.free_in_the_shop(item) == 4
		again = answer(calculate, items=[{"item_code": item, "qty": 6, "warehouse": STORES}])
		assert again["status"] == "CANNOT_FULFILL"
		assert reconcile([item])[1] == []

	def test_it_does_not_stand_in_its_own_way(self, item: str):
		order = self.ordered(item)
		review(order.otp_promise)
		assert promise_of(order).status == "Committed"
		assert answer(for_sales_order, sales_order=order.name)["status"] == "OK"

	def test_a_cancelled_order_gives_it_back(self, item: str):
		order = self.ordered(item)
		new_request()
		order.cancel()
		assert self.free_in_the_shop(item) == 10

	def test_so_does_a_hold_that_is_released_and_until_then_it_holds_there(self, item: str):
		line = {"item_code": item, "qty": 6, "warehouse": STORES}
		held = answer(hold, items=[line], customer=CustomerFactory().name)
		assert self.free_in_the_shop(item) == 4
		answer(release, promise=held["promise"])
		assert self.free_in_the_shop(item) == 10

	def test_the_draft_that_asks_for_it_is_a_material_transfer_and_made_once(self, item: str):
		order = self.ordered(item)
		suggested = answer(procurement_suggest, sales_order=order.name)["suggestions"]
		assert [
			(s["material_request_type"], s["from_warehouse"], s["warehouse"], s["qty"]) for s in suggested
		] == [("Material Transfer", SHOP, STORES, 6)]
		assert answer(procurement_suggest, sales_order=order.name, create="Purchase Order")["created"] == []
		(made,) = answer(procurement_suggest, sales_order=order.name, create="Material Request")["created"]
		request = frappe.get_doc(made["doctype"], made["name"])
		(row,) = request.items
		assert (request.material_request_type, row.from_warehouse, row.warehouse) == (
			"Material Transfer",
			SHOP,
			STORES,
		)
		assert (row.sales_order, row.sales_order_item) == (order.name, None)
		assert answer(procurement_suggest, sales_order=order.name)["suggestions"] == []
		request.submit()
		assert answer(procurement_suggest, sales_order=order.name)["suggestions"] == []

	def moved(self, item: str, qty: float | None = None) -> Any:
		order = self.ordered(item)
		(made,) = answer(procurement_suggest, sales_order=order.name, create="Material Request")["created"]
		request = frappe.get_doc(made["doctype"], made["name"])
		request.submit()
		assert self.free_in_the_shop(item) == 4
		StockEntryFactory(material_request=request.name, qty=qty)
		return order

	def test_what_has_been_moved_is_locked_no_more(self, item: str):
		order = self.moved(item)
		assert self.free_in_the_shop(item) == 4
		found = answer(for_sales_order, sales_order=order.name)
		assert pegs(found) == [("stock", STORES, 6)]
		assert reconcile([item])[1] == []

	def test_a_part_that_has_been_moved_leaves_the_rest_locked(self, item: str):
		self.moved(item, qty=2)
		# 8 are left in the shop, of which 4 are still to be fetched.
		assert self.free_in_the_shop(item) == 4
		assert reconcile([item])[1] == []

	def test_without_a_rule_it_is_an_option_that_can_be_applied(self):
		item = stocked(SHOP)
		order = SalesOrderFactory(item_code=item, qty=6, submit=False)
		found = answer(for_sales_order, sales_order=order.name)
		(option,) = [option for option in found["options"] if option["type"] == "transfer"]
		answer(apply, sales_order=order.name, change=option["change"])
		(peg,) = promise_of(submit(order)).pegs
		assert (peg.source, peg.from_warehouse) == ("transfer", SHOP)


class TestPreference:
	def test_a_draft_gets_the_warehouse_that_is_better_and_a_submitted_order_keeps_it(self):
		item = stocked(SHOP)
		rule(ships(STORES), ships(SHOP), for_item=item, warehouse_is_preference=1).insert()
		order = SalesOrderFactory(item_code=item, qty=6, submit=False)
		answer(apply, sales_order=order.name)
		order.reload()
		assert order.items[0].warehouse == SHOP
		done = submit(order)
		assert [(peg.source, peg.warehouse) for peg in promise_of(done).pegs] == [("stock", SHOP)]

	def test_an_order_that_is_submitted_as_it_is_is_promised_from_its_own_warehouse(self):
		item = stocked(SHOP)
		rule(ships(STORES), ships(SHOP), for_item=item, warehouse_is_preference=1).insert()
		order = submit(SalesOrderFactory(item_code=item, qty=6, submit=False))
		assert promise_of(order).lines[0].shortage == 6

	def test_a_row_that_would_come_from_two_warehouses_is_to_be_split(self):
		item = stocked(STORES, SHOP)
		rule(ships(STORES), ships(SHOP), for_item=item, warehouse_is_preference=1).insert()
		order = SalesOrderFactory(item_code=item, qty=15, submit=False)
		status, code, message = refusal(apply, sales_order=order.name)
		assert (status, code) == (422, "SPLIT_NEEDED")
		assert message == f"Row 1 would come from {STORES}, {SHOP}: split it into a row for each."


class TestDropShip:
	def test_a_quotation_may_be_shipped_by_the_rule_s_supplier(self):
		supplier, item = SupplierFactory().name, ItemFactory(lead_time_days=0).name
		source = {"source_type": "Drop Ship", "supplier": supplier, "days": "4"}
		rule(source, for_item=item).insert()
		asked = {"items": [{"item_code": item, "qty": 5}], "company": COMPANY}
		found = answer(calculate, **asked)
		(peg,) = found["plan"][0]["fulfillment"]
		assert (peg["source"], peg["supplier"]) == ("replenishment", supplier)
		(suggested,) = answer(procurement_suggest, **asked)["suggestions"]
		assert (suggested["supplier"], suggested["delivered_by_supplier"]) == (supplier, True)
		(made,) = answer(procurement_suggest, **asked, create="Purchase Order")["created"]
		order = frappe.get_doc("Purchase Order", made["name"])
		assert (order.supplier, order.items[0].delivered_by_supplier) == (supplier, 1)


class TestAlternatives:
	def pair(self, **values: Any) -> tuple[str, str]:
		item, other = ItemFactory(lead_time_days=0).name, stocked(STORES)
		ItemAlternativeFactory(item_code=item, alternative_item_code=other, **values)
		return item, other

	def asked(self, item: str, **more: Any) -> dict[str, Any]:
		line = {"item_code": item, "qty": 4, "warehouse": STORES}
		return answer(calculate, items=[line], **more)

	def test_the_customer_s_field_decides_where_the_request_does_not(self):
		item, other = self.pair()
		yes = CustomerFactory(otp_accepts_alternatives="Yes").name
		found = self.asked(item, customer=yes)
		assert found["plan"][0]["substitutes"] == [{"item_code": other, "qty": 4}]
		assert "SUBSTITUTED_SHORT" in [reason["code"] for reason in found["reasons"]]
		assert self.asked(item, customer=CustomerFactory().name)["status"] == "CANNOT_FULFILL"
		settings(substitution=1)
		assert self.asked(item)["status"] == "OK"
		no = CustomerFactory(otp_accepts_alternatives="No").name
		assert self.asked(item, customer=no)["status"] == "CANNOT_FULFILL"

	def test_an_item_that_lets_nothing_stand_in_is_not_replaced(self):
		item, _other = self.pair()
		frappe.db.set_value("Item", item, "allow_alternative_item", 0)
		found = self.asked(item, rules={"substitution": True})
		assert (found["status"], found["options"]) == ("CANNOT_FULFILL", [])

	def test_a_two_way_alternative_replaces_the_other_way_too(self):
		item, other = ItemFactory().name, ItemFactory(allow_alternative_item=1).name
		ItemAlternativeFactory(item_code=item, alternative_item_code=other, two_way=1)
		assert SiteSource().snapshot([other]).items[other].alternatives == (item,)

	def test_what_is_held_is_the_alternative(self):
		item, other = self.pair()
		line = {"item_code": item, "qty": 4, "warehouse": STORES}
		customer = CustomerFactory().name
		answer(hold, items=[line], customer=customer, rules={"substitution": True})
		left = answer(calculate, items=[{"item_code": other, "qty": 100, "warehouse": STORES}])
		assert sum(peg["qty"] for peg in left["plan"][0]["fulfillment"]) == 6

	@pytest.mark.parametrize("factory", [SalesOrderFactory, QuotationFactory])
	def test_an_order_gets_it_as_an_option_and_the_row_is_changed_on_its_word(self, factory: Any):
		item, other = self.pair()
		settings(substitution=1)
		order = factory(item_code=item, qty=4, rate=25, submit=False)
		name, look = {frappe.scrub(order.doctype): order.name}, LOOK[order.doctype]
		found = answer(look, **name)
		assert found["status"] == "CANNOT_FULFILL"
		(option,) = [option for option in found["options"] if option["type"] == "alternative_item"]
		assert option["change"] == {"line": 0, "item_code": other}
		answer(apply, **name, change=option["change"])
		order.reload()
		(row,) = order.items
		assert (row.item_code, row.item_name) == (other, frappe.db.get_value("Item", other, "item_name"))
		assert (row.qty, row.rate) == (4, 25)
		assert order.otp_promise

	def test_asking_for_it_on_an_order_is_refused_with_what_to_do(self):
		item, _other = self.pair()
		order = SalesOrderFactory(item_code=item, qty=4, submit=False)
		status, code, message = refusal(for_sales_order, sales_order=order.name, rules={"substitution": True})
		assert (status, code) == (422, "INVALID_VALUE")
		assert "choose an alternative among the options" in message

	def test_only_an_alternative_may_take_the_place_of_an_item(self):
		item, _other = self.pair()
		order = SalesOrderFactory(item_code=item, qty=4, submit=False)
		status, code, _message = refusal(
			apply, sales_order=order.name, change={"line": 0, "item_code": ItemFactory().name}
		)
		assert (status, code) == (422, "INVALID_VALUE")
