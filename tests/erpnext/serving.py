"""A real server of this site, in processes of its own: what it is to see must be committed."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import frappe

START_SECONDS = 60


@contextmanager
def server(application: str = "frappe.app:application", *options: str) -> Iterator[int]:
	"""Serve this site with gunicorn, and give the port. `frappe.app:application_with_statics()` serves Desk, too."""
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", *options, application]
	process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	try:
		wait_for(port)
		yield port
	finally:
		process.terminate()
		process.wait(timeout=30)


def wait_for(port: int) -> None:
	for _ in range(START_SECONDS * 10):
		with socket.socket() as probe:
			if probe.connect_ex(("127.0.0.1", port)) == 0:
				return
		time.sleep(0.1)
	raise TimeoutError(f"No server on port {port} after {START_SECONDS} seconds")


def new_user(*roles: str) -> str:
	"""A user of Desk with these roles; not committed."""
	name = f"{frappe.generate_hash(length=8)}@example.com"
	user = frappe.get_doc({"doctype": "User", "email": name, "first_name": "Test", "send_welcome_email": 0})
	user.insert().add_roles(*roles)
	return name
