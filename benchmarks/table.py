"""Figures as a table of plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def table(rows: Sequence[Mapping[str, Any]]) -> None:
	"""Rows under their names, numbers to the right."""
	columns = list(rows[0])
	cells = [
		[f"{row[c]:,}" if isinstance(row[c], int | float) else str(row[c]) for c in columns] for row in rows
	]
	widths = [max(map(len, [name, *(line[i] for line in cells)])) for i, name in enumerate(columns)]
	for line in [columns, *cells]:
		parts = enumerate(zip(line, widths, strict=True))
		print("  ".join(text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in parts))
