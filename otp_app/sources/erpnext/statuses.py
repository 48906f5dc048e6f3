"""Statuses and types of ERPNext's documents by which they count, or no longer do: the same for the tables and for REST."""

UNPROTECTED_SALES_ORDERS = ("On Hold", "Closed")
CLOSED_PURCHASE_ORDERS = ("Closed", "Delivered")
ENDED_WORK_ORDERS = ("Stopped", "Completed", "Closed")
ENDED_PLANS = ("Completed", "Closed")
# ERPNext counts these requests in Bin.indented_qty; only the first three bring anything new.
ORDERING_REQUESTS = ("Purchase", "Manufacture", "Customer Provided")
MOVING_REQUESTS = ("Material Transfer",)
ISSUING_REQUEST = "Material Issue"
