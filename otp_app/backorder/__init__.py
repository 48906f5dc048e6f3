"""Backorder runs on a site: simulated in jobs, compared, applied in batches, undone (docs/order-book.md)."""
