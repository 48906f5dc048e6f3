"""Golden scenarios: an order on a small snapshot, and the answer that a planner expects."""
