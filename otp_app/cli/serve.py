"""`otp serve`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from otp_app.cli.common import Exit
from otp_app.cli.molam import fail

SERVICE_EXTRA = "pip install 'otp_app[service]'"


def _variables() -> str:
	"""The variables of the environment, for the end of the help."""
	from otp_app.service.config import VARIABLES

	width = max(len(variable.name) for variable in VARIABLES)
	lines = [
		f"  {variable.name:<{width}}  {variable.text}"
		+ (f" [{variable.default}]" if variable.default else "")
		for variable in VARIABLES
	]
	return "\b\nEnvironment, [default]:\n" + "\n".join(lines)


class _Serve(click.Command):
	"""A command whose help lists the environment, which only the help has to load."""

	def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
		"""Writes the variables, one a line."""
		formatter.write("\n" + _variables().removeprefix("\b\n") + "\n")


@click.command(cls=_Serve, short_help="Serve promises over HTTP, from a snapshot or a remote ERPNext.")
@click.option("--snapshot", type=click.Path(path_type=Path), metavar="FILE", help="As OTP_SNAPSHOT.")
@click.option("--host", metavar="ADDRESS", help="As OTP_SERVICE_HOST.")
@click.option("--port", metavar="PORT", help="As OTP_SERVICE_PORT.")
def serve(snapshot: Path | None, host: str | None, port: str | None) -> None:
	"""Serve promises over HTTP until a signal to stop comes (docs/service.md).

	Without a snapshot and ERPNEXT_BASE_URL, it is the demo company that is promised from.
	"""
	if missing := [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]:
		fail(f"otp serve needs {' and '.join(missing)}: {SERVICE_EXTRA}.")
	from otp_app.service.config import BadConfiguration, from_environment

	given = {"OTP_SNAPSHOT": snapshot, "OTP_SERVICE_HOST": host, "OTP_SERVICE_PORT": port}
	told = {name: str(value) for name, value in given.items() if value is not None}
	try:
		configuration = from_environment({**os.environ, **told})
	except BadConfiguration as error:
		for problem in error.problems:
			click.echo(f"Error: {problem}", err=True)
		sys.exit(Exit.BAD_INPUT)
	from otp_app.service.running import address_of, bound
	from otp_app.service.running import serve as run

	try:
		listening = bound(configuration)
	except OSError as error:
		where = f"{configuration.host}, port {configuration.port}"
		fail(f"Cannot listen on {where}: {error.strerror or error}. Choose another OTP_SERVICE_PORT.")
	click.echo(f"otp on {address_of(listening)}: {configuration.promises_from}; /docs lists the calls")
	sys.exit(run(configuration, listening))
