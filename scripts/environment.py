"""Make .venv and install this checkout in place there, with the dependencies of one of its extras.

	python3 scripts/environment.py cli|test|site-docs|release

Any Python from 3.6 on can read this file, so that one that is too old is told so.
"""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
OLDEST = (3, 10)
# What pip installs for each, and what need not be installed any more then.
EXTRAS = {"cli": "cli,molam,service", "test": "test", "site-docs": "site-docs", "release": "release"}
COVERED = {"cli": ["cli"], "test": ["test", "cli"], "site-docs": ["site-docs"], "release": ["release"]}


def main():
	if len(sys.argv) != 2 or sys.argv[1] not in EXTRAS:
		return "Say what for: python3 scripts/environment.py " + "|".join(EXTRAS)
	extra = sys.argv[1]
	complaint = why_not()
	if complaint:
		return complaint
	if not has_pip():
		print("Making a virtual environment in .venv ...", flush=True)
		if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
			return "The virtual environment could not be made: see above."
	print(f"Installing otp_app[{EXTRAS[extra]}] in .venv ...", flush=True)
	pip = [str(VENV / "bin/python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
	if subprocess.call([*pip, "--editable", f".[{EXTRAS[extra]}]"], cwd=str(CHECKOUT)):
		return (
			"The installation failed: see above. It needs a network, or a package index that pip can reach."
		)
	for installed in COVERED[extra]:
		(VENV / ("installed-" + installed)).touch()
	return 0


def why_not():
	"""What this Python lacks, and what to do about it."""
	if sys.version_info < OLDEST:
		older = ".".join(map(str, sys.version_info[:2]))
		return (
			f"otp_app needs Python 3.10 or newer, and this is {older}: "
			"install a newer one and name it, as in `make PYTHON=python3.12 demo`."
		)
	try:
		import ensurepip  # noqa: F401 - on Debian and Ubuntu these come in a package of their own
		import venv  # noqa: F401
	except ImportError:
		return "Python has no venv here. On Debian and Ubuntu: apt install python3-venv. Then run this again."
	return None


def has_pip():
	"""Whether there is an environment that works: a broken one is left where making it was interrupted."""
	python = VENV / "bin/python"
	command = [str(python), "-m", "pip", "--version"]
	return python.exists() and not subprocess.call(
		command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
	)


if __name__ == "__main__":
	sys.exit(main())
