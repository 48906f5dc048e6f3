"""What is wrong with a site, or soon will be, and how to mend it: `bench --site SITE otp-doctor`."""

from otp_app.operations.doctor.examination import examine
from otp_app.operations.doctor.finding import Finding, Severity

__all__ = ["Finding", "Severity", "examine"]
