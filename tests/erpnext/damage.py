"""Takes away some of the app's parts behind Frappe's back, as an uninstallation that broke off has done.

python -m tests.erpnext.damage SITE (in the sites folder)
"""

import sys

import frappe


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	for statement in (
		"alter table `tabSales Order Item` drop index otp_open_order_lines",
		"alter table `tabSales Order` drop column otp_promise_date",
		"drop sequence order_promise_number_seq",
		"drop table `tabOrder Promise Peg`",
	):
		frappe.db.sql_ddl(statement)
	for doctype, name in (
		("DocType", "Order Promise Peg"),
		("DocType", "Order Promise Settings"),
		("Module Def", "OTP App"),
	):
		frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
	frappe.db.commit()
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
