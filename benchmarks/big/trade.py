"""Writes orders of customers and from suppliers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from frappe.utils import add_days, today

from benchmarks.big.bins import Bins
from benchmarks.big.masters import Masters
from benchmarks.big.plan import Line, Order, Plan
from benchmarks.big.rows import Numbers, Table, read
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.selling import SalesOrderFactory

# The same amount in the currencies of the order and of the company, before and after taxes, of which there are none.
TOTALS = (
	"total base_total net_total base_net_total grand_total base_grand_total rounded_total base_rounded_total"
)
AMOUNTS = "amount base_amount net_amount base_net_amount"
RATES = "rate base_rate net_rate base_net_rate stock_uom_rate"
ROW = f"name parent idx item_code item_name description item_group qty stock_qty warehouse {RATES} {AMOUNTS}"


def write_sales(plan: Plan, masters: Masters, bins: Bins) -> dict[str, int]:
	"""Sales Orders; counts rows by doctype."""
	made = SalesOrderFactory(
		item_code=masters.item,
		qty=1,
		warehouse=masters.depots[0],
		customer=masters.customers[0],
		delivery_date=add_days(today(), 30),
	)
	orders = Table(
		"Sales Order",
		read("Sales Order", name=made.name),
		"name customer customer_name title customer_group territory transaction_date delivery_date total_qty"
		f" {TOTALS}",
	)
	lines = Table(
		"Sales Order Item",
		read("Sales Order Item", parent=made.name),
		f"{ROW} delivery_date otp_requested_date",
	)

	def head(order: Order) -> tuple[Any, ...]:
		name = masters.customers[order.party]
		place = (masters.groups[order.party], masters.territories[order.party])
		return (name, name, name, *place, order.ordered_on, max(line.due for line in order.lines))

	def reserve(line: Line) -> tuple[Any, ...]:
		bins.of(line.item.code, line.depot).reserved += line.qty
		return (line.due, line.asked)

	return _write(plan.sales, masters, (orders, lines), (head, _price, reserve), made)


def write_purchases(plan: Plan, masters: Masters, bins: Bins) -> dict[str, int]:
	"""Purchase Orders; counts rows by doctype."""
	made = PurchaseOrderFactory(
		item_code=masters.item,
		qty=1,
		warehouse=masters.depots[0],
		supplier=masters.suppliers[0],
		schedule_date=add_days(today(), 30),
	)
	orders = Table(
		"Purchase Order",
		read("Purchase Order", name=made.name),
		f"name supplier supplier_name title status transaction_date schedule_date total_qty {TOTALS}",
	)
	lines = Table(
		"Purchase Order Item",
		read("Purchase Order Item", parent=made.name),
		f"{ROW} schedule_date expected_delivery_date",
	)

	def head(order: Order) -> tuple[Any, ...]:
		name = masters.suppliers[order.party]
		status = "On Hold" if order.held else made.status
		return (name, name, name, status, order.ordered_on, min(line.due for line in order.lines))

	def order_it(line: Line) -> tuple[Any, ...]:
		bins.of(line.item.code, line.depot).ordered += line.qty
		return (line.due, line.expected)

	return _write(plan.purchases, masters, (orders, lines), (head, _cost, order_it), made)


def _price(line: Line) -> float:
	return line.item.price


def _cost(line: Line) -> float:
	return line.item.cost


def _write(
	book: Iterable[Order],
	masters: Masters,
	tables: tuple[Table, Table],
	values: tuple[Callable[[Order], tuple], Callable[[Line], float], Callable[[Line], tuple]],
	made: Any,
) -> dict[str, int]:
	(orders, lines), (head, rate_of, dates) = tables, values
	terms = Table(
		"Payment Schedule",
		read("Payment Schedule", parent=made.name),
		"name parent idx due_date payment_amount base_payment_amount outstanding",
	)
	numbers = Numbers(made.name)
	for order in book:
		name, total, pieces = numbers.next(), 0.0, 0
		for idx, line in enumerate(order.lines, start=1):
			rate, item = rate_of(line), line.item
			amount = round(rate * line.qty, 2)
			total, pieces = total + amount, pieces + line.qty
			title = f"{item.group} {item.code}"
			what = (item.code, title, title, item.group, line.qty, line.qty, masters.depots[line.depot])
			lines.add(f"{name}-{idx}", name, idx, *what, *[rate] * 5, *[amount] * 4, *dates(line))
		orders.add(name, *head(order), pieces, *[round(total, 2)] * 8)
		terms.add(f"{name}-terms", name, 1, order.ordered_on, *[round(total, 2)] * 3)
	numbers.save()
	return {table.doctype: table.write() for table in (orders, lines)} | {"Payment Schedule": terms.write()}
