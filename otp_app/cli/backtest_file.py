"""Reads a file of deliveries: every bad row is named, by line and column."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from otp_app.engine.problems import MALFORMED, Problem, RequestRefused

if TYPE_CHECKING:
	from otp_app.engine.reliability.backtesting import Line

NEEDED = ("supplier", "promised_on", "delivered_on")
OPTIONAL = ("product_group", "ordered_on")
DELIMITERS = ",;\t"
# So many bad rows are told one by one.
TOLD = 20


@dataclass
class Read:
	"""The lines of a file, and what is wrong with the rows that are not among them."""

	lines: list[Line] = field(default_factory=list)
	problems: list[Problem] = field(default_factory=list)
	bad_rows: int = 0

	def sound(self, *, skip_bad_rows: bool) -> list[Line]:
		"""The lines. Raises RequestRefused for bad rows, unless these are to be skipped, and for a file without any line."""
		if self.problems and not skip_bad_rows:
			more = len(self.problems) - TOLD
			told = self.problems[:TOLD]
			if more > 0:
				told.append(Problem("INVALID_VALUE", f"There are {more} more problems like these.", "FILE"))
			hint = "Mend these rows, or leave them out with --skip-bad-rows."
			raise RequestRefused([*told, Problem("INVALID_VALUE", hint, "FILE")])
		if not any(line.arrived for line in self.lines):
			message = "No row has a delivery that came: there is nothing to learn from. Fill in delivered_on."
			raise RequestRefused([Problem("INVALID_VALUE", message, "delivered_on")])
		return self.lines


def read_deliveries(path: Path) -> Read:
	"""The deliveries of a CSV file. Raises RequestRefused for what is no such file, or lacks a column that is needed."""
	try:
		text = path.read_text(encoding="utf-8-sig")
	except OSError as error:
		raise _refused(f"{path} cannot be read: {error.strerror}. Check the path.") from error
	except UnicodeDecodeError as error:
		raise _refused(f"{path} is no text in UTF-8: save it as CSV UTF-8.") from error
	header = text.split("\n", 1)[0]
	rows = csv.reader(text.splitlines(), delimiter=max(DELIMITERS, key=header.count), strict=True)
	names = [name.strip() for name in next(rows, [])]
	missing = [name for name in NEEDED if name not in names]
	if missing:
		found = f"it has {', '.join(names)}" if any(names) else "it is empty"
		raise RequestRefused(
			[
				Problem(
					"MISSING_FIELD",
					f"Line 1: {path} has no column {name} ({found}). Name the columns in its first line.",
					name,
				)
				for name in missing
			]
		)
	read = Read()
	try:
		for cells in rows:
			_read_row(read, rows.line_num, names, cells)
	except csv.Error as error:
		raise _refused(f"Line {rows.line_num}: {error}. Mend the quotes of this line.") from error
	return read


def _read_row(read: Read, number: int, names: list[str], cells: list[str]) -> None:
	if not any(cell.strip() for cell in cells):
		return
	if len(cells) != len(names):
		message = f"Line {number} has {len(cells)} columns, the first line has {len(names)}: quote texts with a separator."
		read.problems.append(Problem("INVALID_VALUE", message, "FILE"))
		read.bad_rows += 1
		return
	row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
	problems = list(_problems(number, row))
	if problems:
		read.problems.extend(problems)
		read.bad_rows += 1
		return
	from otp_app.engine.reliability.backtesting import Line

	read.lines.append(
		Line(
			number=number,
			party=row["supplier"],
			group=row.get("product_group") or None,
			promised=date.fromisoformat(row["promised_on"]),
			arrived=_date(row["delivered_on"]),
			ordered=_date(row.get("ordered_on", "")),
		)
	)


def _problems(number: int, row: dict[str, str]) -> Iterator[Problem]:
	for name in ("supplier", "promised_on"):
		if not row[name]:
			yield Problem("MISSING_FIELD", f"Line {number}, column {name}: it is empty. Fill it in.", name)
	for name in ("promised_on", "delivered_on", "ordered_on"):
		text = row.get(name, "")
		try:
			_date(text)
		except ValueError:
			message = f"Line {number}, column {name}: '{text}' is no date. Write it like 2012-12-31."
			yield Problem("INVALID_DATE", message, name)


def _date(text: str) -> date | None:
	"""A date, None for an empty text. Raises ValueError for anything else."""
	if text and len(text) != len("2012-12-31"):
		raise ValueError(text)
	return date.fromisoformat(text) if text else None


def _refused(message: str) -> RequestRefused:
	return RequestRefused([Problem("MALFORMED", message, "FILE", MALFORMED)])
