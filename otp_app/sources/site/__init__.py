"""The site's own tables as a source: bulk reads through frappe.qb, whatever the number of lines."""

from otp_app.sources.site.source import SiteSource

__all__ = ["SiteSource"]
