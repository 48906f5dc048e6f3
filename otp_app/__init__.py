"""Order promising for ERPNext: dates an order desk can keep, and the documents behind them."""

__version__ = "0.1.0"
