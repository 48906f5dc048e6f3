"""Small pieces of SQL that the readers share: statements built once, unions, constants, clamped sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pypika.functions import Coalesce
from pypika.terms import CustomFunction, NullValue, Parameter, Term

import frappe
from frappe.query_builder import Case
from frappe.query_builder.custom import ConstantColumn
from frappe.query_builder.functions import Sum

Date = CustomFunction("DATE", ["value"])
Greatest = CustomFunction("GREATEST", ["a", "b"])
Least = CustomFunction("LEAST", ["a", "b"])


def constant(value: str | None, alias: str) -> Term:
	"""A column that holds the same text, or NULL, in every row."""
	return NullValue().as_(alias) if value is None else ConstantColumn(value).as_(alias)


@dataclass(frozen=True, slots=True)
class Statement:
	"""SQL that frappe.qb has built once; building it anew for every promise would cost more than running it."""

	text: str
	constants: dict[str, Any]

	def rows(self, **values: Any) -> list[tuple[Any, ...]]:
		"""The rows for these values of the statement's placeholders."""
		# SQL has no empty list; NULL is in none.
		values = {name: (None,) if value == () else value for name, value in values.items()}
		rows: list[tuple[Any, ...]] = frappe.db.sql(self.text, {**self.constants, **values})
		return rows

	def stream(self) -> Iterator[Sequence[Any]]:
		"""The rows one after the other, as they come; for a statement without placeholders."""
		rows: Iterator[Sequence[Any]] = frappe.db.sql(
			self.text, self.constants, as_list=True, as_iterator=True
		)
		return rows


def statement(queries: Sequence[Any]) -> Statement:
	"""All `queries`, which select the same columns, in one round trip."""
	return Statement(*reduce(lambda left, right: left * right, queries).walk())


def placeholder(name: str) -> Parameter:
	"""Stands for a value that each run of a Statement gives; a list of values where `isin` takes it."""
	return Parameter(f"%({name})s")


ITEMS = placeholder("items")


def sum_of(term: Term) -> Term:
	"""A sum that is never NULL."""
	return Coalesce(Sum(term), 0)


def positive(term: Term) -> Term:
	"""`term`, or 0 where it is less."""
	return Greatest(term, 0)


def negative(term: Term) -> Term:
	"""`term`, or 0 where it is more."""
	return Least(term, 0)


def when(condition: Term, then: str) -> Case:
	"""A text where `condition` holds, else NULL."""
	return Case().when(condition, then).else_(NullValue())


def recursive(name: str, columns: Sequence[str], steps: Sequence[Any], selects: Sequence[Any]) -> Statement:
	"""`selects`, which may select from `name`: the rows of the first of `steps`, and those that the others find from them.

	A row is found once, however many ways lead to it.
	"""
	found, found_constants = reduce(lambda left, right: left + right, steps).walk()
	selected = statement(selects)
	# Both count their constants from one.
	renamed = {f"found_{key}": value for key, value in found_constants.items()}
	for key in found_constants:
		found = found.replace(f"%({key})s", f"%(found_{key})s")
	head = f"WITH RECURSIVE {name} ({', '.join(columns)}) AS ({found}) "
	return Statement(head + selected.text, {**selected.constants, **renamed})
