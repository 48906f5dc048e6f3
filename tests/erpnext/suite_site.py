"""What ERPNext's own tests begin with: its company for tests. Here, also a time zone where it is morning.

python -m tests.erpnext.suite_site SITE (in the sites folder)
"""

import sys

import frappe

from erpnext.setup.utils import before_tests

from tests.erpnext import company


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	before_tests()
	company.let_it_be_morning()
	frappe.db.commit()
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
