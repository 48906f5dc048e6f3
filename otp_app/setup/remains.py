"""What Frappe keeps about an app's documents in tables of its own, and leaves there when the app goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import frappe
from frappe.model.utils import is_virtual_doctype

from otp_app.setup.fields import CUSTOM_FIELDS

APP = "otp_app"
# Documents of people's own that refer to one of ours: the reference goes, they stay, as when Frappe deletes a document.
THEIRS = ("Activity Log", "Communication", "Event")
# Fields that name a doctype, a report or a module, and are not links.
NAMING = {
	"DocType": (
		("Access Log", "export_from"),
		("Custom DocPerm", "parent"),
		("Deleted Document", "deleted_doctype"),
		("Tag Link", "document_type"),
	),
	"Page": (),
	"Report": (("Access Log", "report_name"), ("Prepared Report", "report_name")),
	"Scheduled Job Type": (),
}
# Their attachments lie on the disk: deleted one by one, so that these go, too; first, because that leaves comments.
WITH_FILES = ("File", "Prepared Report")


def find_again() -> None:
	"""Names our modules again where an uninstallation broke off: Frappe deletes them before the doctypes that it finds by
	them.
	"""
	for module in frappe.get_module_list(APP):
		if not frappe.db.exists("Module Def", module):
			names = {"name": module, "module_name": module, "app_name": APP}
			frappe.get_doc({"doctype": "Module Def", **names}).db_insert()


def remove_remains() -> None:
	"""Deletes what speaks of our doctypes, pages, reports and jobs, while their names are still known. May be repeated."""
	modules = frappe.get_module_list(APP)
	doctypes = frappe.get_all("DocType", {"module": ("in", modules)}, pluck="name")
	of_reports = {"module": ("in", modules), "ref_doctype": ("in", doctypes or modules)}
	reports = frappe.get_all("Report", or_filters=of_reports, pluck="name")
	pages = frappe.get_all("Page", {"module": ("in", modules)}, pluck="name")
	jobs = frappe.get_all("Scheduled Job Type", {"method": ("like", f"{APP}.%")}, pluck="name")
	fields = [
		(doctype, field, names)
		for kind, names in (
			("DocType", doctypes),
			("Page", pages),
			("Report", reports),
			("Scheduled Job Type", jobs),
		)
		for doctype, field in (*_links(kind), *NAMING[kind])
	]
	for doctype, field, names in sorted(fields, key=lambda found: found[0] not in WITH_FILES):
		_remove(doctype, field, names)
	_remove("Scheduled Job Type", "name", jobs)
	frappe.db.delete("Block Module", {"module": ("in", modules)})
	if doctypes:
		frappe.db.delete("__Auth", {"doctype": ("in", doctypes)})  # keys and secrets
	frappe.db.delete("Patch Log", {"patch": ("like", f"{APP}.%")})
	_forget_lists(doctypes)


def remove_traces() -> None:
	"""Deletes Frappe's copies of what it has deleted with the app, once it has."""
	ours = {"deleted_doctype": "DocType", "data": ("like", '%"module": "OTP App"%')}
	doctypes = frappe.get_all("Deleted Document", ours, pluck="deleted_name")
	_remove("Deleted Document", "deleted_doctype", doctypes)
	for mark in ('"module": "OTP App"', f'"app_name": "{APP}"'):
		frappe.db.delete("Deleted Document", {"data": ("like", f"%{mark}%")})


def _links(kind: str) -> Iterator[tuple[str, str]]:
	"""Frappe's own fields that link to a kind of document; what other apps keep is theirs."""
	link, owner, module = (frappe.qb.DocType(name) for name in ("DocField", "DocType", "Module Def"))
	query = (
		frappe.qb.from_(link)
		.join(owner)
		.on(owner.name == link.parent)
		.join(module)
		.on(module.name == owner.module)
		.select(link.parent, link.fieldname)
		.where((link.fieldtype == "Link") & (link.options == kind) & (module.app_name == "frappe"))
	)
	yield from ((doctype, field) for doctype, field in query.run() if not is_virtual_doctype(doctype))


def _remove(doctype: str, field: str, values: Sequence[str]) -> None:
	"""The rows of a table whose field has one of the values."""
	if not values:
		return
	found = {field: ("in", values)}
	if doctype in THEIRS:
		names = frappe.get_all("DocField", {"parent": doctype, "options": field}, pluck="fieldname")
		frappe.db.set_value(doctype, found, dict.fromkeys((field, *names)), update_modified=False)
	elif doctype in WITH_FILES:
		for name in frappe.get_all(doctype, found, pluck="name"):
			frappe.delete_doc(doctype, name, force=True, delete_permanently=True)
			frappe.db.delete("Comment", {"reference_doctype": doctype, "reference_name": name})
	elif frappe.get_meta(doctype).issingle:
		frappe.db.delete("Singles", {"doctype": doctype, "field": field, "value": ("in", values)})
	else:
		_delete(doctype, field, values)


def _delete(doctype: str, field: str, values: Sequence[str]) -> None:
	parent = frappe.qb.DocType(doctype)
	names = frappe.qb.from_(parent).select(parent.name).where(parent[field].isin(values))
	for table in frappe.get_meta(doctype).get_table_fields():
		row = frappe.qb.DocType(table.options)
		frappe.qb.from_(row).delete().where((row.parenttype == doctype) & row.parent.isin(names)).run()
	frappe.db.delete(doctype, {field: ("in", values)})


def _forget_lists(doctypes: Sequence[str]) -> None:
	"""Settings of our lists, and settings and filters of ERPNext's lists that ask for a field of ours: they would fail.

	Desk keeps settings in Redis, and writes them into the table later.
	"""
	for key, data in frappe.cache.hgetall("_user_settings").items():
		key = frappe.safe_decode(key)
		doctype = key.partition("::")[0]
		if doctype in doctypes or (doctype in CUSTOM_FIELDS and "otp_" in (data or "")):
			frappe.cache.hdel("_user_settings", key)
	if doctypes:
		frappe.db.delete("__UserSettings", {"doctype": ("in", doctypes)})
	theirs, ours = ("in", list(CUSTOM_FIELDS)), ("like", r"%otp\_%")
	frappe.db.delete("__UserSettings", {"doctype": theirs, "data": ours})
	frappe.db.delete("List Filter", {"reference_doctype": theirs, "filters": ours})
