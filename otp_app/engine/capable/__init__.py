"""Capable to promise: what is not available is made or bought, over the levels of its bill of materials."""
