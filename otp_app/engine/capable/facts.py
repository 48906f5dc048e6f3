"""What a source tells about making: bills of materials, their operations, and the workstations with what they have to do.

Quantities are in the stock UOM of the item that they are of. Minutes are those of work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time


@dataclass(frozen=True, slots=True)
class BomLine:
	"""`qty` of a component for `Bom.quantity` of the product, without scrap that falls off at making it.

	`bom` is how the component itself is made; None: by its own default BOM, if it has one. `phantom`: never
	stocked under its own name, its components are used in its place. `warehouse` is where it is taken from, None: the
	component's default warehouse in the company. `alternatives` may replace it, the preferred one first.
	`by_supplier`: a subcontractor brings it itself.
	"""

	item_code: str
	qty: float
	bom: str | None = None
	phantom: bool = False
	warehouse: str | None = None
	alternatives: tuple[str, ...] = ()
	by_supplier: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
	"""`minutes` for `Bom.quantity` of the product, or with `fixed` for any quantity, at a workstation.

	`workstation` None: it takes time, and no capacity that is known. Operations of a BOM follow one another in order.
	"""

	name: str
	minutes: float
	workstation: str | None = None
	fixed: bool = False


@dataclass(frozen=True, slots=True)
class Bom:
	"""How `quantity` of an item is made; of that the share `loss` (0 to 1) is lost in the process.

	`subcontracted`: a supplier makes it from our components, within the item's lead time.
	"""

	name: str
	item_code: str
	quantity: float = 1.0
	lines: tuple[BomLine, ...] = ()
	operations: tuple[Operation, ...] = ()
	loss: float = 0.0
	subcontracted: bool = False


@dataclass(frozen=True, slots=True)
class Workstation:
	"""Where operations are done: `capacity` of them at once, during `hours` (from, to), not on days of `calendar`.

	Without `hours` it works the production hours of the settings. `load` is by day the minutes that open Work Orders and
	Job Cards still need there; what is overdue counts today.
	"""

	name: str
	capacity: int = 1
	hours: tuple[tuple[time, time], ...] = ()
	calendar: str | None = None
	load: Mapping[date, float] = field(default_factory=dict)
