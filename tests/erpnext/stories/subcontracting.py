"""Frames painted by a supplier, with paint of ours."""

from erpnext.subcontracting.doctype.subcontracting_order.subcontracting_order import (
	update_subcontracting_order_status,
)

from tests.erpnext.stories.telling import cancel, part
from tests.factories.base import new_request
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.manufacturing import BOMFactory
from tests.factories.subcontracting import (
	SendToSubcontractorFactory,
	SubcontractingOrderFactory,
	SubcontractingReceiptFactory,
)


def frame_to_paint(story: str):
	"""A frame that a supplier paints, three tins a frame."""
	frame = part(story, subcontracted=True)
	BOMFactory(item=frame, materials={part(f"Paint for {story}", stock=500): 3})
	return frame


def subcontracting_in_every_state() -> None:
	"""Ordered; material sent in part; sent; received in part; received; sent back; each of another frame."""
	order = {"fg_item_qty": 10}
	SubcontractingOrderFactory(fg_item=frame_to_paint("Frame to paint"), **order)
	started = SubcontractingOrderFactory(fg_item=frame_to_paint("Frame, paint sent in part"), **order)
	SendToSubcontractorFactory(subcontracting_order=started, qty=12)
	for story, received in (("in part", 4), ("in full", 10)):
		painted = SubcontractingOrderFactory(fg_item=frame_to_paint(f"Frame received {story}"), **order)
		SendToSubcontractorFactory(subcontracting_order=painted)
		SubcontractingReceiptFactory(subcontracting_order=painted, qty=received)
	returned = SubcontractingOrderFactory(fg_item=frame_to_paint("Frame sent back"), **order)
	SendToSubcontractorFactory(subcontracting_order=returned)
	receipt = SubcontractingReceiptFactory(subcontracting_order=returned, qty=6)
	SubcontractingReceiptFactory(return_against=receipt, qty=2)


def subcontracting_received_from_partly_sent_material() -> None:
	"""Paint for four frames sent, three frames received."""
	order = SubcontractingOrderFactory(fg_item=frame_to_paint("Frame half way"), fg_item_qty=10)
	SendToSubcontractorFactory(subcontracting_order=order, qty=12)
	SubcontractingReceiptFactory(subcontracting_order=order, qty=3)


def subcontracting_closed_and_cancelled() -> None:
	"""Closed with material at the supplier and a part received; closed before any was sent; cancelled."""
	order = SubcontractingOrderFactory(fg_item=frame_to_paint("Frame closed"), fg_item_qty=10)
	SendToSubcontractorFactory(subcontracting_order=order)
	SubcontractingReceiptFactory(subcontracting_order=order, qty=3)
	new_request()
	update_subcontracting_order_status(order.name, "Closed")
	unsent = SubcontractingOrderFactory(fg_item=frame_to_paint("Frame closed, no paint sent"), fg_item_qty=10)
	new_request()
	update_subcontracting_order_status(unsent.name, "Closed")
	cancel(SubcontractingOrderFactory(fg_item=frame_to_paint("Frame cancelled"), fg_item_qty=10))


def two_orders_for_one_frame() -> None:
	"""Two open orders for the same frame into the same warehouse."""
	frame = frame_to_paint("Frame ordered twice")
	SubcontractingOrderFactory(fg_item=frame, fg_item_qty=10)
	SubcontractingOrderFactory(fg_item=frame, fg_item_qty=5)


def frames_painted_and_bought() -> None:
	"""The same frame is painted by one supplier and bought from another, ordered before and after."""
	frame = frame_to_paint("Frame painted, then bought")
	SubcontractingOrderFactory(fg_item=frame, fg_item_qty=10)
	PurchaseOrderFactory(item_code=frame, qty=4)
	frame = frame_to_paint("Frame bought, then painted")
	PurchaseOrderFactory(item_code=frame, qty=4)
	SubcontractingOrderFactory(fg_item=frame, fg_item_qty=10)


STORIES = [
	subcontracting_in_every_state,
	subcontracting_received_from_partly_sent_material,
	subcontracting_closed_and_cancelled,
	two_orders_for_one_frame,
	frames_painted_and_bought,
]
