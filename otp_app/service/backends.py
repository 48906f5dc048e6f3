"""Which backend the configuration asks for."""

from __future__ import annotations

from otp_app.service.backend import Backend
from otp_app.service.config import Configuration
from otp_app.service.snapshot_backend import SnapshotBackend
from otp_app.sources.snapshot import SnapshotMemory


def backend_of(configuration: Configuration) -> Backend:
	"""The backend over the snapshot, or over the remote ERPNext, that the configuration names."""
	if configuration.erpnext_url:
		# It takes a third of the time to start, which a snapshot does not need.
		from otp_app.service.rest_backend import rest_backend

		return rest_backend(configuration)
	return SnapshotBackend(SnapshotMemory(str(configuration.snapshot)), configuration)
