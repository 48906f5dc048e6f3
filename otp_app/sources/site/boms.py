"""How items are made: all BOMs below them and the workstations of their operations; two queries, whatever the depth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe

from otp_app.engine.capable.facts import Bom, BomLine, Operation, Workstation
from otp_app.sources.erpnext.world import World
from otp_app.sources.site.bom_queries import ALTERNATIVE, BOM, LINE, NEEDED, OPERATION, bom_statement
from otp_app.sources.site.workstations import read_workstations

# (kind, owner, place, name, other, warehouse, number, one, two); see bom_queries.
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Making:
	"""BOMs and workstations by name, the items that they need, and the BOM by which each of these is made by default."""

	boms: dict[str, Bom] = field(default_factory=dict)
	workstations: dict[str, Workstation] = field(default_factory=dict)
	items: frozenset[str] = frozenset()
	subcontracted: dict[str, str] = field(default_factory=dict)


def read_making(codes: Collection[str], world: World, today: date, *, all_items: bool = False) -> Making:
	"""How those of `codes` are made whose mode is ATP then CTP, or `all_items`; no query where there are none."""
	makers = world.makers
	if not codes or not (all_items or makers.may_be_among(codes)):
		return Making()
	sql = bom_statement(frappe.db.db_type, all_items)
	chosen = (
		{}
		if all_items
		else {"makers": makers.items, "groups": makers.groups, "others": makers.others or ("",)}
	)
	rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
	for row in sql.rows(items=tuple(codes), **chosen):
		rows[row[0], row[1]].append(row)
	operations = [row for (kind, _), found in rows.items() if kind == OPERATION for row in found]
	names, types = _places(operations)
	workstations, by_type = read_workstations(names, types, world, today)
	boms = {name: _bom(name, rows, by_type) for kind, name in sorted(rows) if kind == BOM}
	needed = frozenset(owner for kind, owner in rows if kind == NEEDED)
	return Making(boms, workstations, needed, _subcontracted(boms.values(), rows))


def _places(operations: Iterable[Row]) -> tuple[list[str], list[str]]:
	"""The workstations that operations name, and the types of those that name none."""
	rows = list(operations)
	names = sorted({row[4] for row in rows if row[4]})
	return names, sorted({row[5] for row in rows if row[5] and not row[4]})


def _bom(name: str, rows: dict[tuple[str, str], list[Row]], by_type: dict[str, str]) -> Bom:
	(_, _, _, item_code, _, _, quantity, loss, subcontracted) = rows[BOM, name][0]
	return Bom(
		name=name,
		item_code=item_code,
		quantity=float(quantity or 1),
		lines=tuple(_line(row, rows[ALTERNATIVE, name]) for row in _in_order(rows[LINE, name])),
		operations=tuple(_operation(row, by_type) for row in _in_order(rows[OPERATION, name])),
		loss=float(loss or 0) / 100,
		subcontracted=bool(subcontracted),
	)


def _in_order(rows: Iterable[Row]) -> list[Row]:
	return sorted(rows, key=lambda row: (row[2], row[3]))


def _line(row: Row, alternatives: Iterable[Row]) -> BomLine:
	(_, _, place, item_code, bom, warehouse, qty, phantom, by_supplier) = row
	return BomLine(
		item_code=item_code,
		qty=float(qty or 0),
		bom=bom or None,
		phantom=bool(phantom),
		warehouse=warehouse or None,
		alternatives=tuple(sorted({other[3] for other in alternatives if other[2] == place})),
		by_supplier=bool(by_supplier),
	)


def _operation(row: Row, by_type: dict[str, str]) -> Operation:
	(_, _, _, name, workstation, kind, minutes, batch, fixed) = row
	each = 1.0 if fixed else float(batch or 1)
	place = workstation or by_type.get(kind or "")
	return Operation(name, float(minutes or 0) / each, place, bool(fixed))


def _subcontracted(boms: Iterable[Bom], rows: dict[tuple[str, str], list[Row]]) -> dict[str, str]:
	"""The BOMs of items that a supplier makes for us: a Subcontracting BOM may name another than the item's default."""
	makers = {bom.name: bom.item_code for bom in boms if bom.subcontracted}
	needed = {owner: found[0][3] for (kind, owner), found in rows.items() if kind == NEEDED}
	return {code: bom for code, bom in needed.items() if makers.get(bom) == code}
