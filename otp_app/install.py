"""Setting the app up on a site, and bringing it up to date after a migration."""

from otp_app.promises.keeping.record import create_numbers
from otp_app.setup.fields import add_fields
from otp_app.setup.indexes import add_indexes


def after_install() -> None:
	"""Fields, indexes and the numbers of promises."""
	add_fields()
	add_indexes()
	create_numbers()


def after_migrate() -> None:
	"""As after_install: each step adds what is missing."""
	after_install()
