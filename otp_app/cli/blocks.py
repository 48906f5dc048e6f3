"""What a command wants to say, before anybody decides how wide or how colourful: lines, lists and tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
	"""What a text is, for whoever can show it."""

	PLAIN = ""
	STRONG = "bold"
	GOOD = "bold green"
	WARNING = "bold yellow"
	BAD = "bold red"
	QUIET = "dim"


@dataclass(frozen=True, slots=True)
class Line:
	"""One paragraph."""

	text: str = ""
	tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Listing:
	"""A title and one line for each point; `mark` stands before each."""

	title: str
	points: tuple[str, ...]
	tone: Tone = Tone.PLAIN
	mark: str = "- "


@dataclass(frozen=True, slots=True)
class Commands:
	"""Commands to copy, each under what it does: never wrapped. The title may be empty."""

	title: str
	commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Column:
	"""A table's column; only those that may `wrap` give way where the terminal is narrow."""

	title: str
	right: bool = False
	wrap: bool = False


@dataclass(frozen=True, slots=True)
class Row:
	"""One row of a table."""

	cells: tuple[str, ...]
	tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
	"""Rows under columns."""

	columns: tuple[Column, ...]
	rows: tuple[Row, ...]


Block = Line | Listing | Commands | Table
