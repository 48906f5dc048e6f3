"""Items of a site without otp_app, with their components, alternatives, units, default warehouses and minutes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from otp_app.engine.facts import Item
from otp_app.sources.erpnext.fields import Fields, date_of, real
from otp_app.sources.erpnext.items import (
	ALTERNATIVE,
	COLUMNS,
	COMPONENT,
	DEFAULT,
	GROUP_DEFAULT,
	OPERATION,
	UOM,
	Row,
	by_owner,
	item_of,
)
from otp_app.sources.erpnext.world import World
from otp_app.sources.rest.bulk.asking import SUBMITTED, Asker, Question, among

Rows = dict[str, list[Fields]]


def read_items(asker: Asker, codes: Collection[str], world: World) -> dict[str, Item]:
	"""The items that exist of `codes`, with components and alternatives, by name; three rounds."""
	linked = asker.all_of(_links(codes)) if codes else {}
	allowing = _allowing(asker, linked) if linked else set()
	links = by_owner(_link_rows(linked, allowing))
	wanted = {*codes, *(row[2] for rows in links.values() for row in rows)}
	found = asker.all_of(_about(wanted)) if wanted else {"items": []}
	more = asker.all_of(_more(found["items"]))
	facts = by_owner(_fact_rows(found | more))
	items = {}
	for row in sorted(found["items"], key=lambda row: str(row.name)):
		row["end_of_life"] = date_of(row.end_of_life)
		items[row.name] = item_of(row, links, facts, world, row.default_bom or None)
	return items


def _links(codes: Collection[str]) -> dict[str, Question]:
	other = ("item_code", "alternative_item_code", "two_way")
	return {
		"parts": Question(
			"Product Bundle",
			("item_code", "qty"),
			[among("new_item_code", codes), ["disabled", "=", 0]],
			"Product Bundle Item",
			("new_item_code",),
		),
		"alternatives": Question("Item Alternative", other, [among("item_code", codes)]),
		"reverse": Question(
			"Item Alternative", other, [among("alternative_item_code", codes), ["two_way", "=", 1]]
		),
	}


def _allowing(asker: Asker, linked: Rows) -> set[str]:
	"""Those of the items that may be replaced at all."""
	owners = {row.item_code for row in linked["alternatives"]}
	owners |= {row.alternative_item_code for row in linked["reverse"]}
	if not owners:
		return set()
	question = Question("Item", ("name",), [among("name", owners), ["allow_alternative_item", "=", 1]])
	return {row.name for row in asker.rows(question)}


def _link_rows(linked: Rows, allowing: set[str]) -> Iterator[Row]:
	sums: dict[tuple[str, str], float] = {}
	for row in linked.get("parts", ()):
		key = (row.parent_new_item_code, row.item_code)
		sums[key] = sums.get(key, 0.0) + real(row.qty)
	for (bundle, part), qty in sums.items():
		yield (COMPONENT, bundle, part, qty)
	for row in linked.get("alternatives", ()):
		if row.item_code in allowing:
			yield (ALTERNATIVE, row.item_code, row.alternative_item_code, 1.0)
	for row in linked.get("reverse", ()):
		if row.alternative_item_code in allowing:
			yield (ALTERNATIVE, row.alternative_item_code, row.item_code, 1.0)


def _about(codes: Collection[str]) -> dict[str, Question]:
	place = ("company", "default_warehouse")
	set_ = [["default_warehouse", "is", "set"]]
	return {
		"items": Question("Item", COLUMNS, [among("name", codes)]),
		"defaults": Question("Item", place, [among("name", codes)], "Item Default", ("name",), set_),
	}


def _more(items: Collection[Fields]) -> dict[str, Question]:
	"""What the items themselves lead to: their templates' units, their groups' warehouses, their BOMs' minutes."""
	owners = {name for row in items for name in (row.name, row.variant_of) if name}
	groups = {row.item_group for row in items if row.item_group}
	boms = {row.default_bom for row in items if row.default_bom}
	asked = {}
	if owners:
		units = ("uom", "conversion_factor")
		asked["units"] = Question("Item", units, [among("name", owners)], "UOM Conversion Detail", ("name",))
	if groups:
		place, set_ = ("company", "default_warehouse"), [["default_warehouse", "is", "set"]]
		filters = [among("name", groups)]
		asked["group_defaults"] = Question("Item Group", place, filters, "Item Default", ("name",), set_)
	if boms:
		asked["operations"] = Question(
			"BOM",
			("time_in_mins", "fixed_time"),
			[SUBMITTED, among("name", boms), ["with_operations", "=", 1]],
			"BOM Operation",
			("name", "quantity"),
		)
	return asked


def _fact_rows(found: Rows) -> Iterator[Row]:
	for row in found.get("units", ()):
		yield (UOM, row.parent_name, row.uom, real(row.conversion_factor))
	for kind, name in ((DEFAULT, "defaults"), (GROUP_DEFAULT, "group_defaults")):
		for row in found.get(name, ()):
			yield (kind, row.parent_name, f"{row.company}\n{row.default_warehouse}", 0.0)
	made: dict[str, list[str]] = {}
	for item in found["items"]:
		made.setdefault(item.default_bom or "", []).append(item.name)
	for row in found.get("operations", ()):
		fixed, quantity = bool(row.fixed_time), real(row.parent_quantity)
		minutes = real(row.time_in_mins)
		each = minutes / (quantity if quantity > 0 else 1.0)
		for code in made.get(row.parent_name, ()):
			yield (OPERATION, code, "fixed" if fixed else "each", minutes if fixed else each)
