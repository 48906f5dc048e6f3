"""Whether what a promise needs is there: database, Redis, the app itself. Each answer comes within seconds.

Connections of their own, with time-outs: those that Frappe holds would wait for a server that hangs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pymysql
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError

import frappe

from otp_app import __version__

TIMEOUT = 2.0  # seconds, for each step of a check
APP = "otp_app"


@dataclass(frozen=True, slots=True)
class Check:
	"""How a check went: `problem` says what is wrong, and what to do; None if nothing is."""

	problem: str | None
	milliseconds: float

	def as_dict(self) -> dict[str, Any]:
		"""As JSON values."""
		answer: dict[str, Any] = {"ok": self.problem is None, "milliseconds": self.milliseconds}
		return answer | ({"problem": self.problem} if self.problem else {})


def ready() -> dict[str, Check]:
	"""All checks, by name; what needs the database is not asked where that does not answer."""
	answer = {name: _timed(check) for name, check in CHECKS.items()}
	if answer["database"].problem is None:
		answer["app"] = _timed(app)
	return answer


def _timed(check: Callable[[], str | None]) -> Check:
	started = time.perf_counter()
	problem = check()
	return Check(problem, round((time.perf_counter() - started) * 1000, 1))


def database() -> str | None:
	"""Whether the database answers a query."""
	try:
		ask_database("select 1")
	except pymysql.MySQLError as error:
		return f"The database does not answer: {_last(error)}. See to MariaDB, and to db_host in site_config.json."
	return None


def app() -> str | None:
	"""Whether the app is installed on the site, in the version that is running."""
	try:
		found = ask_database("select app_version from `tabInstalled Application` where app_name = %s", APP)
	except pymysql.MySQLError as error:
		return f"Installed applications cannot be read: {_last(error)}. Run bench migrate."
	if not found:
		return f"{APP} is not installed on this site: bench --site {frappe.local.site} install-app {APP}."
	if (version := found[0][0]) != __version__:
		migrate = f"bench --site {frappe.local.site} migrate"
		return f"The site is at {version}, the code at {__version__}: run {migrate}."
	return None


def ask_database(sql: str, *values: Any) -> Any:
	"""The rows of a query, over a connection of its own. Raises pymysql.MySQLError, after a few seconds at the latest."""
	limits = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), TIMEOUT)
	settings = frappe.local.db.get_connection_settings() | limits
	connection = pymysql.connect(**settings)
	try:
		with connection.cursor() as cursor:
			cursor.execute(sql, values)
			return cursor.fetchall()
	finally:
		connection.close()


def cache() -> str | None:
	"""Whether the Redis of the cache answers."""
	return _redis("redis_cache", frappe.cache.connection_pool)


def queue() -> str | None:
	"""Whether the Redis of the queue answers."""
	return _redis("redis_queue", queue_pool())


def queue_pool() -> ConnectionPool:
	"""Frappe's connections to the queue."""
	from frappe.utils.background_jobs import get_redis_conn  # which imports rq

	return get_redis_conn().connection_pool


def _redis(name: str, theirs: ConnectionPool) -> str | None:
	"""Asked as Frappe does, by TLS or a socket file, too, but not for long."""
	settings: dict[str, Any] = {**theirs.connection_kwargs, "socket_timeout": TIMEOUT}
	if "path" not in settings:
		settings["socket_connect_timeout"] = TIMEOUT
	own = ConnectionPool(connection_class=theirs.connection_class, **settings)
	try:
		Redis(connection_pool=own).ping()
	except (RedisError, OSError) as error:
		where = f"{name} in common_site_config.json"
		return f"Redis does not answer: {error}. See to the server that {where} names."
	finally:
		own.disconnect()
	return None


def _last(error: Exception) -> str:
	"""The sentence of a database error, which has a number before it."""
	return str(error.args[-1] if error.args else error)


CHECKS: Mapping[str, Callable[[], str | None]] = {"database": database, "cache": cache, "queue": queue}
