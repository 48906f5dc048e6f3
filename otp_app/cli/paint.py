"""Puts blocks on the screen: with rich on a terminal where it is installed, else as plain aligned text.

What is piped is never wrapped or coloured, so that grep and diff see whole lines.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from otp_app.cli.blocks import Block, Commands, Line, Listing, Row, Table, Tone

if TYPE_CHECKING:
	from rich.console import Console

GAP = "  "


def show(blocks: Iterable[Block]) -> None:
	"""Print blocks on stdout."""
	if not sys.stdout.isatty():
		click.echo("\n".join(line for block in blocks for line in plain(block, None)))
	elif not has_rich():
		width = shutil.get_terminal_size().columns
		click.echo("\n".join(line for block in blocks for line in plain(block, width)))
	else:
		_show_rich(blocks)


def has_rich() -> bool:
	"""Whether rich is installed: it comes with the extra `cli`."""
	return importlib.util.find_spec("rich") is not None


def plain(block: Block, width: int | None) -> Iterator[str]:
	"""The lines of a block, wrapped to `width` columns if there is one."""
	if isinstance(block, Table):
		yield from _plain_table(block)
	elif isinstance(block, Listing):
		yield block.title
		for point in block.points:
			yield from _wrapped(point, width, GAP + block.mark)
	elif isinstance(block, Commands):
		yield from _command_lines(block)
	else:
		yield from _wrapped(block.text, width, "")


def _command_lines(block: Commands) -> Iterator[str]:
	if block.title:
		yield block.title
	for what, command in block.commands:
		yield f"{GAP}# {what}"
		yield f"{GAP}{command}"


def _wrapped(text: str, width: int | None, mark: str) -> list[str]:
	if width is None:
		return [mark + text]
	lines = textwrap.wrap(
		text, width, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False
	)
	return lines or [""]


def _plain_table(table: Table) -> Iterator[str]:
	titles = Row(tuple(column.title for column in table.columns))
	widths = [
		max(len(row.cells[index]) for row in (titles, *table.rows)) for index in range(len(table.columns))
	]
	rule = Row(tuple("-" * width for width in widths))
	for row in (titles, rule, *table.rows):
		cells = [
			cell.rjust(width) if column.right else cell.ljust(width)
			for cell, width, column in zip(row.cells, widths, table.columns, strict=True)
		]
		yield GAP.join(cells).rstrip()


def _show_rich(blocks: Iterable[Block]) -> None:
	from rich.console import Console

	colour = not os.environ.get("NO_COLOR")
	console = Console(color_system="auto" if colour else None, highlight=False, markup=False, emoji=False)
	for block in blocks:
		_paint(console, block)


def _paint(console: Console, block: Block) -> None:
	from rich.table import Table as RichTable
	from rich.text import Text

	if isinstance(block, Table):
		_paint_table(console, block)
	elif isinstance(block, Line):
		console.print(Text(block.text, style=block.tone.value))
	elif isinstance(block, Commands):
		for line in _command_lines(block):
			console.print(Text(line, style=_command_style(line)), soft_wrap=True)
	else:
		console.print(Text(block.title, style=block.tone.value or Tone.STRONG.value))
		points = RichTable.grid()
		for point in block.points:
			points.add_row(Text(GAP + block.mark), Text(point))
		console.print(points)


def _command_style(line: str) -> str:
	if line.startswith(f"{GAP}#"):
		return Tone.QUIET.value
	return "" if line.startswith(GAP) else Tone.STRONG.value


def _paint_table(console: Console, table: Table) -> None:
	from rich import box
	from rich.table import Table as RichTable
	from rich.text import Text

	painted = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style=Tone.STRONG.value)
	rows = [row.cells for row in table.rows]
	for index, column in enumerate(table.columns):
		painted.add_column(
			column.title,
			justify="right" if column.right else "left",
			no_wrap=not column.wrap,
			min_width=None
			if column.wrap
			else max(map(len, [column.title, *(cells[index] for cells in rows)])),
			overflow="fold",
		)
	for row in table.rows:
		painted.add_row(*[Text(cell) for cell in row.cells], style=row.tone.value)
	console.print(painted)
