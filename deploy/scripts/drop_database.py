"""Drops the database and the database user of a scratch site (see backup_verify.py): env/bin/python drop_database.py SITE"""

import sys

import frappe
from frappe.database.mariadb.setup_db import drop_user_and_database

frappe.init(site=sys.argv[1])
drop_user_and_database(frappe.conf.db_name, frappe.conf.root_login, frappe.conf.root_password)
