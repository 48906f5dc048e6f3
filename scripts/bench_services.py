"""MariaDB and Redis for the ERPNext tests: started when they are needed, stopped when they were started here."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

SERVICE_TIMEOUT = 60  # seconds for a database or Redis to answer


class Failed(Exception):
	"""A step failed; the message says what, and what to do about it."""


def start_database(config: dict, cleanup: contextlib.ExitStack) -> None:
	"""Start MariaDB if it does not answer, and stop it at the end if it was started here."""
	host, port = config.get("db_host") or "127.0.0.1", int(config.get("db_port") or 3306)
	if answers(host, port):
		return
	start, stop = database_commands(host, port, *root_login(config))
	with step("start MariaDB"):
		subprocess.Popen(  # some of these commands stay in the foreground
			start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
		)
		cleanup.callback(subprocess.run, stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		wait_until(
			lambda: answers(host, port), f"MariaDB does not answer on {host}:{port} after `{start[0]}`"
		)


def database_commands(host: str, port: int, user: str, password: str) -> tuple[list[str], list[str]]:
	"""The commands that start and stop MariaDB here: the service, else the server itself."""
	if host not in ("localhost", "127.0.0.1", "::1"):
		raise Failed(f"MariaDB does not answer on {host}:{port}: start it there, then run this again")
	if Path("/run/systemd/system").exists() and shutil.which("systemctl"):
		return ["systemctl", "start", "mariadb"], ["systemctl", "stop", "mariadb"]
	if Path("/etc/init.d/mariadb").exists():
		return ["service", "mariadb", "start"], ["service", "mariadb", "stop"]
	for server in ("mariadbd-safe", "mysqld_safe"):
		if shutil.which(server):
			return [server], ["mysqladmin", f"--user={user}", f"--password={password}", "shutdown"]
	raise Failed("MariaDB is down and no way to start it was found: start it, then run this again")


def root_login(config: dict) -> tuple[str, str]:
	user = os.environ.get("FRAPPE_DB_ROOT_USER") or config.get("root_login") or "root"
	return user, os.environ.get("FRAPPE_DB_ROOT_PASSWORD") or config.get("root_password") or "root"


def start_redis(folder: Path, cleanup: contextlib.ExitStack) -> int:
	"""A Redis of the run's own, so that no key and no job of the tests reaches the bench's."""
	if not shutil.which("redis-server"):
		raise Failed("redis-server is not installed: install it (package redis-server), then run this again")
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	server = subprocess.Popen(
		["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)],
		stdout=subprocess.DEVNULL,
		start_new_session=True,  # Ctrl-C must not stop it before the site is dropped
	)
	cleanup.callback(server.wait)
	cleanup.callback(server.terminate)
	wait_until(lambda: answers("127.0.0.1", port), f"redis-server does not answer on port {port}")
	return port


def answers(host: str, port: int) -> bool:
	try:
		socket.create_connection((host, port), timeout=2).close()
	except OSError:
		return False
	return True


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
	deadline = time.monotonic() + SERVICE_TIMEOUT
	while not condition():
		if time.monotonic() > deadline:
			raise Failed(complaint)
		time.sleep(0.2)


@contextlib.contextmanager
def step(title: str):
	"""One line of progress: what, and how long it took."""
	print(f"  {title} ... ", end="", flush=True)
	start = time.monotonic()
	try:
		yield
	except BaseException:
		print("failed")
		raise
	print(f"{time.monotonic() - start:.0f} s", flush=True)
