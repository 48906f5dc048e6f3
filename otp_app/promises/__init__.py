"""What is done with a promise: read a snapshot, decide, write. Reading and deciding need no frappe."""
