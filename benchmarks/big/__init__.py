"""A big site: planned without ERPNext (plan, making), written in bulk (rows, masters, trade, stock, production)."""
