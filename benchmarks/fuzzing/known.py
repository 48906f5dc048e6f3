"""Names that the demo company has, and some that it has not."""

from __future__ import annotations

ITEMS = (
	*(
		"City Bike 28",
		"Touring Bike 28",
		"Helmet",
		"Inner Tube 28",
		"Commuter Kit",
		"Pannier 25 L",
		"Bolt M6",
	),
	*("Rain Jacket", "Rain Jacket-RED", "Wheel 28", "Bike Fitting", "Saddle Leather", "No Such Item"),
)
WAREHOUSES = ("Stores - RC", "Finished Goods - RC", "All Warehouses - RC", "Rejected - RC", "Nowhere - RC")
ORDERS = ("SAL-ORD-2026-00001", "SAL-ORD-2026-00010", "SAL-ORD-2026-99999")
