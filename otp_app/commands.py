"""Commands of `bench --site SITE`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click

import frappe
from frappe.commands import get_site, pass_context

from otp_app.setup.commands import commands as setup_commands


@contextmanager
def _site(context: frappe._dict) -> Iterator[None]:
	frappe.init(site=get_site(context))
	frappe.connect()
	try:
		yield
	finally:
		frappe.destroy()


@click.command("otp-snapshot")
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
@click.option("--items", multiple=True, metavar="ITEM", help="Only this item; may be given several times.")
@click.option("--customers", is_flag=True, help="Include the names of customers.")
@click.option("--values", is_flag=True, help="Include what open order lines are worth.")
@pass_context
def otp_snapshot(
	context: frappe._dict, file: str, items: tuple[str, ...], customers: bool, values: bool
) -> None:
	"""Write what promises depend on to FILE, for the `otp` command on any machine.

	What orders are worth is in it only with --values, names of customers only with --customers.
	"""
	from otp_app.sources.site.export import whole_site
	from otp_app.sources.snapshot import write_snapshot

	with _site(context):
		try:
			snapshot = whole_site(items, customers=customers)
		except ValueError as error:
			raise click.ClickException(str(error)) from error
		try:
			write_snapshot(snapshot, file, customers=customers, values=values)
		except OSError as error:
			raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
		counts = f"{len(snapshot.items)} items, {len(snapshot.supplies)} supplies"
		click.echo(f"{file}: {counts}, {len(snapshot.commitments)} commitments.")


@click.command("otp-reconcile")
@pass_context
def otp_reconcile(context: frappe._dict) -> None:
	"""Compare what promises read of every Bin with ERPNext's projected quantity; names the Bins that are stale."""
	from otp_app.sources.site.reconcile import reconcile

	with _site(context):
		checked, differences = reconcile()
	for difference in differences:
		click.echo(f"{difference.item_code} in {difference.warehouse}: {_told(difference)}")
	stale = sum(difference.explained for difference in differences)
	click.echo(f"{checked} Bins checked: {stale} stale, {len(differences) - stale} unexplained.")
	if len(differences) > stale:
		raise SystemExit(1)


def _told(difference) -> str:
	text = f"read {difference.read:g}, projected {difference.projected:g}"
	parts = [f"{field} is {stored:g}, should be {anew:g}" for field, stored, anew in difference.stale]
	return f"{text} ({'; '.join(parts)})" if parts else text


@click.command("otp-doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--no-bins", is_flag=True, help="Leave out the Bins, which take minutes on a big site.")
@pass_context
def otp_doctor(context: frappe._dict, as_json: bool, no_bins: bool) -> None:
	"""Say what is wrong with the site, or will be, and how to mend it. Exit code 1: promises are wrong, or do not come."""
	from otp_app.operations.doctor import Severity, examine

	with _site(context):
		found = examine(bins=not no_bins)
	if as_json:
		click.echo(json.dumps([finding.as_dict() for finding in found], indent=1))
	else:
		for finding in found:
			click.echo(f"{finding.severity.value}: {finding.sentence}\n  {finding.fix}")
		counts = {one: sum(finding.severity is one for finding in found) for one in Severity}
		click.echo(", ".join(f"{one.value}s: {count}" for one, count in counts.items()))
	if any(finding.severity is Severity.ERROR for finding in found):
		raise SystemExit(1)


commands = [otp_snapshot, otp_reconcile, otp_doctor, *setup_commands]
