"""Setting the app up on a site, and bringing it up to date after a migration."""

from otp_app.promises.keeping.record import create_numbers
from otp_app.setup.defaults import add_defaults
from otp_app.setup.fields import add_fields
from otp_app.setup.indexes import add_indexes


def after_install() -> None:
	"""Fields, indexes, the numbers of promises, and defaults of new settings."""
	add_fields()
	add_indexes()
	create_numbers()
	add_defaults()


def after_migrate() -> None:
	"""As after_install: each step adds what is missing."""
	after_install()
