"""Quotas and protected minimums."""

from __future__ import annotations

import factory

from tests.erpnext.company import STORES
from tests.factories.base import DocFactory, days


def weeks(*quantities: float, length: int = 7, first: int = 0) -> list[dict]:
	"""Periods one after the other from today (plus `first` days) on, each of `length` days."""
	return [
		{
			"from_date": days(first + length * index),
			"to_date": days(first + length * (index + 1) - 1),
			"qty": qty,
		}
		for index, qty in enumerate(quantities)
	]


class ProductAllocationFactory(DocFactory):
	"""A quota of 10 for 60 days from today on, for everybody: give `item_code` or `item_group`."""

	class Meta:
		model = "Product Allocation"

	allocation_name = factory.Sequence(lambda n: f"Quota {n}")
	periods = factory.LazyFunction(lambda: weeks(10, length=60))


class SupplyProtectionFactory(DocFactory):
	"""10 for 60 days from today on in Stores: give `item_code`, and for whom."""

	class Meta:
		model = "Supply Protection"

	protection_name = factory.Sequence(lambda n: f"Protection {n}")
	warehouse = STORES
	periods = factory.LazyFunction(lambda: weeks(10, length=60))
