"""Rows of a run in bulk: what is read again is what was written, whatever is in it, and nobody waits for another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

import frappe
from frappe.database import get_db
from frappe.database.database import Database

from otp_app.backorder import bulk
from otp_app.backorder.names import LINE
from tests.erpnext.counting import queries

FIELDS = ("name", "sales_order", "qty", "requested", "after_date", "late", "reasons")


def rows(count):
	return [(f"bulk-{n:05}", f"SO-{n}", n / 4, date(2026, 3, 2), None, n % 2, None) for n in range(count)]


def written(doctype=LINE):
	return frappe.get_all(doctype, {"name": ("like", "bulk-%")}, FIELDS, order_by="name", as_list=True)


def test_what_is_read_again_is_what_was_written():
	odd = (
		"bulk-odd",
		"SO-100 % %s %(a)s",
		0.1,
		None,
		date(2026, 3, 2),
		1,
		'[{"a": "O\'Neil \\\\ \\"5\\" ü 😀"}]',
	)
	assert bulk.insert(LINE, FIELDS, [*rows(3), odd]) == 4
	assert [tuple(row) for row in written()] == [*rows(3), odd]


def test_a_statement_takes_a_thousand_rows():
	with queries() as seen:
		assert bulk.insert(LINE, FIELDS, iter(rows(2_001))) == 2_001
	assert len(seen) == 3
	assert [tuple(row) for row in written()] == rows(2_001)


def test_without_rows_nothing_is_asked():
	with queries() as seen:
		assert bulk.insert(LINE, FIELDS, []) == 0
	assert not seen


@pytest.fixture
def another() -> Iterator[Database]:
	"""A connection of somebody else, who waits a second for a lock."""
	config = frappe.conf
	connection = get_db(
		host=config.db_host, user=config.db_name, password=config.db_password, port=config.db_port
	)
	connection.cur_db_name = config.db_name
	connection.connect()
	connection.sql("set session innodb_lock_wait_timeout = 1")
	yield connection
	connection.rollback()
	connection.close()


def test_only_what_the_filters_mean_is_deleted():
	bulk.insert(
		LINE, (*FIELDS, "run", "part"), [(*row, "BULK-RUN", n % 2) for n, row in enumerate(rows(2_500))]
	)
	bulk.delete(LINE, {"run": "BULK-RUN", "part": 1})
	assert [tuple(row) for row in written()] == rows(2_500)[::2]


def test_who_deletes_a_part_of_a_run_keeps_nobody_from_writing_another(another):
	bulk.delete(LINE, {"run": "ZZZ-BULK-RUN", "part": 1})
	another.sql(
		"insert into `tabBackorder Run Line` (name, run, part) values ('bulk-other', 'ZZZ-BULK-RUN', 2)"
	)
