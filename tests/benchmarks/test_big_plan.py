"""What a big site is made of: repeatable, five levels deep, with more demand than supply."""

from datetime import date

from benchmarks.big.making import ASSEMBLY, MINUTES_A_DAY, Making
from benchmarks.big.plan import plan
from benchmarks.big.sizes import Sizes

TODAY = date(2026, 3, 2)
SMALL = Sizes(items=1000, order_lines=3000, purchase_lines=1500, customers=40, suppliers=10, work_orders=60)


def depth(boms, code):
	"""How many levels of bills of materials are below an item."""
	if code not in boms:
		return 0
	return 1 + max(depth(boms, material) for material, _ in boms[code].materials)


def test_the_same_sizes_day_and_seed_give_the_same_plan():
	assert plan(SMALL, TODAY) == plan(SMALL, TODAY)
	first, second = Making(plan(SMALL, TODAY)), Making(plan(SMALL, TODAY))
	assert (first.boms, list(first.work_orders())) == (second.boms, list(second.work_orders()))


def test_it_has_as_many_lines_as_were_asked_for_in_orders_of_1_to_20():
	made = plan(SMALL, TODAY)
	for orders, lines in ((made.sales, 3000), (made.purchases, 1500)):
		counts = [len(order.lines) for order in orders]
		assert sum(counts) == lines
		assert min(counts) == 1 and 10 < max(counts) <= 20


def test_some_orders_are_overdue_and_some_are_on_hold():
	made = plan(SMALL, TODAY)
	assert any(line.due < TODAY for order in made.sales for line in order.lines)
	assert any(line.due < TODAY for order in made.purchases for line in order.lines)
	assert 0 < sum(order.held for order in made.purchases) < len(made.purchases) / 20


def test_demand_is_more_than_supply():
	made = plan(Sizes(), TODAY)
	owed = sum(line.qty for order in made.sales for line in order.lines)
	coming = sum(line.qty for order in made.purchases for line in order.lines)
	assert 0.8 * owed < coming + sum(made.stock.values()) < owed


def test_items_are_made_of_items_that_are_made_five_levels_deep():
	boms = Making(plan(SMALL, TODAY)).boms
	assert {bom.item.level for bom in boms.values()} == {1, 2, 3, 4, 5}
	assert all(depth(boms, code) == bom.item.level for code, bom in boms.items())


def test_the_big_assembly_has_200_components_on_five_levels():
	boms = Making(plan(SMALL, TODAY)).boms
	own = [bom for code, bom in boms.items() if code.startswith(ASSEMBLY)]
	assert depth(boms, ASSEMBLY) == 5
	assert sum(len(bom.materials) for bom in own) == 200


def test_workstations_are_given_no_more_hours_than_they_have():
	taken = {}
	for order in Making(plan(SMALL, TODAY)).work_orders():
		for job in order.jobs:
			assert job.starts.weekday() < 5
			key = (job.step.workstation, job.starts.date())
			taken[key] = taken.get(key, 0) + job.step.minutes * order.qty
	assert max(taken.values()) <= MINUTES_A_DAY
