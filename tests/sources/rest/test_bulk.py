"""Reading in bulk from a fake ERPNext: what is kept from the API user without a word must not count as nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.rest.bulk.asking import Asker, Question
from otp_app.sources.rest.bulk.world import read_site
from otp_app.sources.rest.client import Client
from tests.sources.rest.fake_erpnext import FakeErpnext
from tests.sources.rest.remote_site import site

LINES = Question("Sales Order", ("item_code", "qty"), (), "Sales Order Item", ("status",))
ROW = {"item_code": "A", "qty": 2.0, "row_name": "1", "parent_status": "To Deliver"}

SINGLES = (
	"Order%20Promise%20Settings",
	"Manufacturing%20Settings",
	"Selling%20Settings",
	"System%20Settings",
	"Global%20Defaults",
)


@pytest.fixture
def asker(client: Client) -> Iterator[Asker]:
	with ThreadPoolExecutor(4) as pool:
		yield Asker(client, pool, time.monotonic() + 10)


def rows(*found: dict[str, Any]) -> Callable[[Any], tuple[Any, int]]:
	return lambda asked: ({"message": list(found)}, 200)


def test_rows_with_all_their_fields_are_read(fake: FakeErpnext, asker: Asker):
	fake.behave = site(fake, get_list=rows({**ROW, "qty": None}))
	assert asker.rows(LINES) == [{**ROW, "qty": None}]


@pytest.mark.parametrize("name", ["qty", "row_name", "parent_status"])
def test_a_field_that_the_user_may_not_read_is_no_quantity_of_nothing(
	fake: FakeErpnext, asker: Asker, name: str
):
	fake.behave = site(fake, get_list=rows(ROW, {key: ROW[key] for key in ROW if key != name}))
	with pytest.raises(SourceUnavailable, match=f"may not read {name} of Sales Order"):
		asker.rows(LINES)


def test_a_user_who_is_kept_to_some_documents_gets_no_promise(fake: FakeErpnext, asker: Asker):
	kept = {"Warehouse": [{"doc": "Stores"}], "Company": [{"doc": "C"}]}
	fake.behave = site(
		fake,
		get_user_permissions=lambda asked: ({"message": kept}, 200),
		get_time_zone=lambda asked: ({"message": {"time_zone": "UTC"}}, 200),
		get_list=rows(),
		**{name: lambda asked: ({"data": {}}, 200) for name in SINGLES},
	)
	with pytest.raises(SourceUnavailable, match="kept to some of Company, Warehouse by User Permissions"):
		read_site(asker)
