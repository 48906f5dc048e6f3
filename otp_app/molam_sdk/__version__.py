"""The version of the SDK, which it also tells the server."""

__version__ = "1.0.0"
