"""A site of its own in a Frappe bench that is there: made in a scratch folder, thrown away with it.

The bench is the folder in FRAPPE_BENCH, by default ~/frappe-bench, and stays as it was: the sites, the logs and an
overlay of its Python environment are in the scratch folder.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_services import Failed, root_login, start_database, start_redis, step

APP = "otp_app"
EXTRAS = "test,browser"
CHECKOUT = Path(__file__).resolve().parent.parent
# What kept sites are for: each has its own folder.
TESTS, BIG = "erpnext-tests", "big-site"
LOG_TAIL = 40  # lines of a failed step that are shown
FRAPPE = ("-m", "frappe.utils.bench_helper", "frappe")


def find_bench() -> Path:
	"""The folder of the bench, whether there is one or not."""
	return Path(os.environ.get("FRAPPE_BENCH") or "~/frappe-bench").expanduser().absolute()


def why_not_a_bench(bench: Path) -> str | None:
	for needed in ("env/bin/python", "apps/frappe", "apps/erpnext", "sites/common_site_config.json"):
		if not (bench / needed).exists():
			return f"there is no {needed} in {bench}"
	return None


@contextlib.contextmanager
def scratch_site(bench: Path, *, keep: bool = False, purpose: str = TESTS) -> Iterator["Scratch"]:
	"""A site with ERPNext, a company and the app as it is in the checkout; gone in the end, unless `keep`.

	What had to be started for it (MariaDB, Redis) is stopped again. A kept site is used again by the next run for the
	same purpose.
	"""
	with contextlib.ExitStack() as cleanup:
		scratch = _prepared(bench, cleanup, keep, kept_folder(purpose) if keep else None)
		if not scratch.ready.exists():
			scratch.build()
		elif scratch.ready.read_text() != wanted_packages():
			scratch.make_environment()
			scratch.ready.write_text(wanted_packages())
		scratch.bench_command("migrate", "--skip-search-index")
		yield scratch


@contextlib.contextmanager
def bare_site(bench: Path, *apps: str, packages: Sequence[str] = ()) -> Iterator["Scratch"]:
	"""A new site with these apps of the bench; gone in the end.

	The app's own packages, and those in `packages`, are at hand; the app is not installed on the site.
	"""
	with contextlib.ExitStack() as cleanup:
		scratch = _prepared(bench, cleanup, False)
		scratch.make_environment(*packages)
		scratch.new_site()
		for app in apps:
			scratch.bench_command("install-app", app)
		yield scratch


def drop_kept_site(bench: Path, purpose: str = TESTS) -> None:
	"""Removes what `keep` left."""
	with contextlib.ExitStack() as cleanup:
		_prepared(bench, cleanup, False, kept_folder(purpose))


def _prepared(
	bench: Path, cleanup: contextlib.ExitStack, keep: bool, folder: Path | None = None
) -> "Scratch":
	"""The folder and the services; what is started or made, `cleanup` undoes in opposite order."""
	folder = folder or Path(tempfile.mkdtemp(prefix=f"{APP}-"))
	cleanup.enter_context(lock(folder))
	if not keep:
		cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
	config = json.loads((bench / "sites/common_site_config.json").read_text())
	start_database(config, cleanup)
	redis_port = start_redis(folder, cleanup)
	scratch = Scratch(bench, folder)
	scratch.write_config(config, redis_port)
	scratch.link_assets()
	if not keep:
		cleanup.callback(scratch.drop_site)
	cleanup.callback(signal.signal, signal.SIGINT, signal.SIG_IGN)
	return scratch


def kept_folder(purpose: str = TESTS) -> Path:
	checkout = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
	return Path(tempfile.gettempdir()) / f"{APP}-{purpose}-{checkout}"


def wanted_packages() -> str:
	"""What an environment was made for: a kept one is made again when this has changed."""
	return (CHECKOUT / "pyproject.toml").read_text()


@contextlib.contextmanager
def lock(folder: Path):
	"""One run at a time in a folder: another run of a kept site waits."""
	folder.mkdir(exist_ok=True)
	with (folder / "lock").open("w") as file:
		try:
			fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			print("  another run is using the kept site: waiting for it", flush=True)
			fcntl.flock(file, fcntl.LOCK_EX)
		yield


class Scratch:
	"""A folder laid out like a bench (sites, logs, env) that borrows the apps and packages of a real one."""

	def __init__(self, bench: Path, folder: Path):
		self.bench = bench
		self.folder = folder
		self.sites = folder / "sites"
		self.log = folder / "steps.log"
		self.ready = folder / "ready"
		self.python = folder / "env/bin/python"
		for part in ("sites", "logs"):
			(folder / part).mkdir(parents=True, exist_ok=True)
		self.site = self._site_name()

	def _site_name(self) -> str:
		made = [config.parent.name for config in self.sites.glob("*/site_config.json")]
		return made[0] if made else f"otp-{secrets.token_hex(4)}.test"

	def write_config(self, config: dict, redis_port: int) -> None:
		"""The bench's configuration, with the run's Redis, no mail sent, and the database's root login."""
		redis = f"redis://127.0.0.1:{redis_port}"
		user, password = root_login(config)
		values = {
			**config,
			**dict.fromkeys(("redis_cache", "redis_queue", "redis_socketio"), redis),
			"root_login": user,
			"root_password": password,
			"allow_tests": 1,
			"mute_emails": 1,
			"throttle_user_limit": 10_000,  # each test makes users of its own
			"auto_email_id": "test@example.com",
			"mail_server": "localhost",
			"mail_login": "test@example.com",
			"mail_password": "test",
		}
		values.pop("default_site", None)
		path = self.sites / "common_site_config.json"
		path.touch(mode=0o600)
		path.write_text(json.dumps(values, indent=1))
		apps = (self.bench / "sites/apps.txt").read_text().split()
		(self.sites / "apps.txt").write_text("\n".join([app for app in apps if app != APP] + [APP]))

	def link_assets(self) -> None:
		"""What a browser loads: as the bench has built it, if it has, and the app's own as it is in the checkout."""
		assets = self.sites / "assets"
		shutil.rmtree(assets, ignore_errors=True)
		assets.mkdir()
		for built in (self.bench / "sites/assets").glob("*"):
			if built.name != APP:
				(assets / built.name).symlink_to(built)
		(assets / APP).symlink_to(CHECKOUT / APP / "public")

	def build(self) -> None:
		self.drop_site()  # of a run that was interrupted
		self.make_environment()
		self.new_site()
		if (self.bench / "apps/payments").exists():
			self.bench_command("install-app", "payments")
		self.bench_command("install-app", "erpnext")
		self.command("set up a company", "-m", "tests.erpnext.company", self.site)
		self.traces("before.json")
		self.bench_command("install-app", APP)
		self.ready.write_text(wanted_packages())

	def make_environment(self, *more: str) -> None:
		"""The checkout, its test tools and `more`, on top of the bench's packages, which stay as they are."""
		bench_python = str(self.bench / "env/bin/python")
		find = [bench_python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
		bench_packages = subprocess.run(find, check=True, capture_output=True, text=True).stdout.strip()
		before = self.pip_complaints(bench_python)
		with step(f"install {APP} over the bench's packages"):
			self.logged([bench_python, "-m", "venv", "--clear", "--without-pip", str(self.folder / "env")])
			packages = next((self.folder / "env/lib").glob("python3*/site-packages"))
			(packages / "bench.pth").write_text(f"import site; site.addsitedir({bench_packages!r})\n")
			pip = [str(self.python), "-m", "pip", "--disable-pip-version-check"]
			if subprocess.run([*pip, "--version"], capture_output=True).returncode:
				self.logged([str(self.python), "-m", "ensurepip"])
			self.logged([*pip, "install", "--editable", f"{CHECKOUT}[{EXTRAS}]", *more])
		if complaints := sorted(self.pip_complaints(str(self.python)) - before):
			raise Failed("pip check complains once the app is installed:\n  " + "\n  ".join(complaints))
		self.check_nothing_replaced(packages)

	@staticmethod
	def pip_complaints(python: str) -> set[str]:
		check = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True)
		return set(check.stdout.splitlines()) if check.returncode else set()

	def check_nothing_replaced(self, packages: Path) -> None:
		"""What Frappe and ERPNext ask for must come from the bench, not from what the app brought."""
		program = (
			"import re, sys; from importlib.metadata import distribution, requires, PackageNotFoundError\n"
			"names = {re.split('[^A-Za-z0-9._-]', r)[0] for app in ('frappe', 'erpnext') for r in requires(app) or ()}\n"
			"for name in sorted(names):\n"
			"\ttry: place = str(distribution(name).locate_file(''))\n"
			"\texcept PackageNotFoundError: continue\n"
			"\tif place.startswith(sys.argv[1]): print(name)\n"
		)
		command = [str(self.python), "-c", program, str(packages)]
		replaced = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
		if replaced:
			raise Failed(f"installing {APP} replaced packages of the bench: {', '.join(replaced)}")

	def new_site(self) -> None:
		config = json.loads((self.sites / "common_site_config.json").read_text())
		login = ["--db-root-username", config["root_login"]]  # the password is read from the configuration
		password = ["--admin-password", secrets.token_hex(8)]
		self.command("new-site", *FRAPPE, "new-site", self.site, *login, *password)

	def drop_site(self) -> None:
		if not (self.sites / self.site / "site_config.json").exists():
			return
		config = json.loads((self.sites / "common_site_config.json").read_text())
		login = ["--root-login", config["root_login"], "--root-password", config["root_password"]]
		place = ["--archived-sites-path", str(self.folder / "archived")]
		with contextlib.suppress(Failed):  # told already, and the rest is still to be cleaned up
			self.command(
				"drop-site", *FRAPPE, "drop-site", self.site, "--no-backup", "--force", *login, *place
			)

	def bench_command(self, *arguments: str) -> None:
		self.command(" ".join(arguments[:2]), *FRAPPE, "--site", self.site, *arguments)

	def traces(self, name: str) -> set[str]:
		"""All that an app can leave on a site (tables, indexes, customisations), kept in a file of that name."""
		path = self.folder / name
		if not path.exists():
			self.command(
				f"look at the site ({path.stem})", "-m", "tests.erpnext.traces", self.site, str(path)
			)
		return set(json.loads(path.read_text()))

	def command(self, title: str, *arguments: str) -> None:
		with step(title):
			self.logged([str(self.python), *arguments])

	def logged(self, command: list[str]) -> None:
		"""Run in the sites folder, output to the log, whose tail is the failure's message."""
		with self.log.open("ab") as log:
			start = log.tell()
			done = subprocess.run(
				command,
				cwd=self.sites,
				env=self.environment(),
				stdin=subprocess.DEVNULL,
				stdout=log,
				stderr=log,
			)
		if done.returncode:
			output = self.log.read_bytes()[start:].decode(errors="replace")
			tail = "\n".join(re.split(r"[\r\n]+", output)[-LOG_TAIL:])
			raise Failed(f"the step ended with exit code {done.returncode}, its last lines were\n{tail}")

	def environment(self) -> dict[str, str]:
		return {**os.environ, "PYTHONPATH": str(CHECKOUT), "OTP_TEST_SITE": self.site}
