"""Going back to an earlier version of the app, and forward again: commands of `bench --site SITE`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

import frappe
from frappe.commands import get_site, pass_context


@contextmanager
def connected(context: frappe._dict) -> Iterator[None]:
	"""Connects to the site that the command is for; what is wrong with the call is one sentence."""
	frappe.init(site=get_site(context))
	frappe.connect()
	try:
		yield
	except (OSError, ValueError) as error:
		raise click.ClickException(str(error)) from error
	finally:
		frappe.destroy()


@click.command("otp-migrate-down")
@click.argument("version", required=False)
@click.option(
	"--schema", type=click.Path(exists=True, dir_okay=False), help="File of a version that was not released."
)
@click.option(
	"--export", type=click.Path(dir_okay=False), help="Where to write what the older version does not know."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be taken away.")
@pass_context
def otp_migrate_down(
	context: frappe._dict, version: str | None, schema: str | None, export: str | None, dry_run: bool
) -> None:
	"""Take away what VERSION of the app does not know, with its data in a file; then install VERSION and migrate.

	bench --site S otp-migrate-down 0.1.0 --dry-run

	bench --site S otp-migrate-down 0.1.0 --export /var/backups/newer.jsonl.gz
	"""
	from otp_app.setup.going_back import go_back, in_the_way, present_schema
	from otp_app.setup.schema import newer, read, released

	if bool(version) == bool(schema):
		raise click.UsageError("Give a VERSION, or --schema FILE.")
	if not (dry_run or export):
		raise click.UsageError(
			"Say where to write what is taken away: --export FILE. Or look first: --dry-run."
		)
	with connected(context):
		then = read(Path(schema)) if schema else released(version)
		if dry_run:
			difference = newer(present_schema(), then)
			_tell(difference)
			for problem in in_the_way(difference):
				click.echo(f"In the way: {problem}")
		else:
			_tell(go_back(then, Path(export)))
			click.echo(
				f"{export}: what was taken away. Install version {then.version}, and run bench migrate."
			)


def _tell(difference) -> None:
	for title, names in (
		("doctypes", difference.doctypes),
		("standard documents", _dotted(difference.documents)),
		("fields of ERPNext's documents", _dotted(difference.custom_fields)),
		("indexes", _dotted(difference.indexes)),
		("fields that stay in their tables", _dotted(difference.fields)),
	):
		click.echo(f"{len(names)} {title}{': ' if names else ''}{', '.join(names)}")


def _dotted(names) -> list[str]:
	return [f"{doctype}.{name}" for doctype, having in names.items() for name in having]


@click.command("otp-migrate-up")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@pass_context
def otp_migrate_up(context: frappe._dict, file: str) -> None:
	"""Put back what otp-migrate-down wrote to FILE; run bench migrate with the newer version before."""
	from otp_app.setup.going_back import go_forward

	with connected(context):
		counts = go_forward(Path(file))
	for table, count in sorted(counts.items()):
		click.echo(f"{table}: {count} rows put back")
	click.echo(f"{file}: {sum(counts.values())} rows put back.")


commands = [otp_migrate_down, otp_migrate_up]
