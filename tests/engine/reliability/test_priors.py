"""What is expected before there is any history."""

from __future__ import annotations

import pytest

from otp_app.engine.facts import SupplyKind
from otp_app.engine.reliability.priors import FURTHEST, ON_TIME, prior


@pytest.mark.parametrize("kind", SupplyKind)
def test_every_kind_has_its_stated_share_on_time(kind):
	assert prior(kind).within(0) == ON_TIME[kind]
	assert prior(kind).within(-1) == 0


def test_stock_that_is_not_there_never_comes():
	assert prior(SupplyKind.ON_HAND).quantile(0.999) is None
	assert prior(SupplyKind.ON_HAND).quantile(0.99) == 0


def test_what_is_overdue_is_unlikely_within_a_day_or_two_and_the_longer_the_less_so():
	expected = prior(SupplyKind.PURCHASE_ORDER)
	soon = [expected.within(waited + 1, waited=waited) for waited in (1, 10, 30)]
	assert soon[0] < 0.2
	assert expected.quantile(0.5, waited=1) in range(9, 13)
	assert expected.quantile(0.5, waited=30) > 45
	assert expected.within(FURTHEST) == 1
