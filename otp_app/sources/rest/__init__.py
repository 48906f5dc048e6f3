"""A remote ERPNext as a source, over its REST API: with otp_app by one call, without it by bulk reads (docs/rest-source.md)."""

from otp_app.sources.rest.client import Client, Connection
from otp_app.sources.rest.source import RestSource

__all__ = ["Client", "Connection", "RestSource"]
