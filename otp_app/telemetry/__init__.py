"""What every home of the engine says of itself: the names of metrics, and log lines as JSON. No frappe."""
