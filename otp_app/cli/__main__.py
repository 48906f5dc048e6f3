"""`python -m otp_app.cli`, for when `otp` is not on the PATH."""

from otp_app.cli.main import main

main()
