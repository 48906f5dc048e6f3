"""Backorder processing: the whole order book promised again, by segments and strategies (docs/order-book.md)."""
