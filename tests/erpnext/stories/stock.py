"""Stock that moves: in transit, below zero, booked late, in batches, written off."""

from tests.erpnext.company import REJECTED, SHOP, STORES
from tests.erpnext.stories.telling import cancel, part
from tests.factories.base import days
from tests.factories.buying import MaterialRequestFactory, PurchaseOrderFactory
from tests.factories.manufacturing import BOMFactory, WorkOrderFactory
from tests.factories.masters import BatchFactory
from tests.factories.selling import SalesOrderFactory, StockReservationEntryFactory
from tests.factories.stock import StockEntryFactory, StockReconciliationFactory


def transfers_in_transit() -> None:
	"""On its way, arrived in part, arrived, turned back; and a transfer without transit."""
	jersey = part("Jersey in transit", stock=100)
	StockEntryFactory(in_transit=True, item_code=jersey, qty=5)
	StockEntryFactory(
		sent=StockEntryFactory(in_transit=True, item_code=jersey, qty=9), qty=4, to_warehouse=SHOP
	)
	StockEntryFactory(sent=StockEntryFactory(in_transit=True, item_code=jersey, qty=3), to_warehouse=SHOP)
	cancel(StockEntryFactory(in_transit=True, item_code=jersey, qty=20))
	StockEntryFactory(transfer=True, item_code=jersey, qty=2, to_warehouse=SHOP)
	StockEntryFactory(transfer=True, item_code=jersey, qty=1, to_warehouse=REJECTED)


def stock_below_zero() -> None:
	"""More is given out than there is, of an item for which that is allowed."""
	nut = part("Nut below zero", stock=5, allow_negative_stock=1)
	StockEntryFactory(issue=True, item_code=nut, qty=8)
	SalesOrderFactory(item_code=nut, qty=3)
	PurchaseOrderFactory(item_code=nut, qty=10)


def stock_booked_late() -> None:
	"""A receipt and an issue of last week, entered today after others."""
	bolt = part("Bolt booked late", stock=50)
	StockEntryFactory(item_code=bolt, qty=20, posting_date=days(-7))
	StockEntryFactory(issue=True, item_code=bolt, qty=6, posting_date=days(-5))
	cancel(StockEntryFactory(item_code=bolt, qty=9, posting_date=days(-3)))


def stock_in_batches() -> None:
	"""Two batches, one of which expires soon; three pieces given out."""
	glue = part("Glue in batches", batched=True)
	for qty, expiry_date in ((8, days(5)), (20, days(300))):
		batch = BatchFactory(item=glue, expiry_date=expiry_date)
		StockEntryFactory(item_code=glue, qty=qty, batch_no=batch, use_serial_batch_fields=1)
	StockEntryFactory(issue=True, item_code=glue, qty=3, batch_no=batch, use_serial_batch_fields=1)
	SalesOrderFactory(item_code=glue, qty=10)


def stock_counted() -> None:
	"""Counted: seven more than the books said, and at another rate."""
	rag = part("Rag counted", stock=12)
	StockReconciliationFactory(item_code=rag, qty=19)


def one_item_with_everything() -> None:
	"""Bought, made, sold, requested, reserved, used and moved: one item that is in most documents at once."""
	wheel = part("Wheel with everything", stock=40, boxes_of=4)
	BOMFactory(item=wheel, materials={part("Spoke of everything", stock=900): 36})
	bike = BOMFactory(item=part("Bike of everything"), materials={wheel: 2}).item
	PurchaseOrderFactory(item_code=wheel, qty=3, uom="Box", schedule_date=days(6))
	WorkOrderFactory(production_item=wheel, qty=5, fg_warehouse=STORES)
	WorkOrderFactory(production_item=bike, qty=2, use_multi_level_bom=0)
	MaterialRequestFactory(item_code=wheel, qty=7)
	MaterialRequestFactory(item_code=wheel, qty=2, material_request_type="Material Issue")
	StockReservationEntryFactory(sales_order=SalesOrderFactory(item_code=wheel, qty=11), qty=6)
	StockEntryFactory(in_transit=True, item_code=wheel, qty=4)


STORIES = [
	transfers_in_transit,
	stock_below_zero,
	stock_booked_late,
	stock_in_batches,
	stock_counted,
	one_item_with_everything,
]
