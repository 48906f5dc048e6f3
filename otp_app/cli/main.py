"""The entry point of `otp`."""

from __future__ import annotations

import click

from otp_app import __version__
from otp_app.cli.backorder import backorder, whatif
from otp_app.cli.backtest import backtest
from otp_app.cli.common import EXIT_CODES
from otp_app.cli.demo import demo
from otp_app.cli.explain import explain
from otp_app.cli.molam import molam_check_key, molam_circuit, molam_sandbox
from otp_app.cli.molam_smoke import molam_smoke
from otp_app.cli.promise import promise
from otp_app.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="otp")
def main() -> None:
	"""Order promising: when an order can be delivered, from what, and why.

	Works on a snapshot file, so it needs no ERPNext; without one, on a small demo company. A snapshot of a site
	comes from `bench --site SITE otp-snapshot FILE`.
	"""


for command in (
	promise,
	explain,
	demo,
	backtest,
	backorder,
	whatif,
	serve,
	molam_sandbox,
	molam_smoke,
	molam_check_key,
	molam_circuit,
):
	main.add_command(command)
