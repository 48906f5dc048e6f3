"""How the scripts are called: help with examples, exit codes, and what they say of a wrong call."""

import pytest

from .running import script

SCRIPTS = (
	"backup.py",
	"backup_verify.py",
	"diagnostics.py",
	"pre_deploy.py",
	"rollback.py",
	"security_updates.py",
	"smoke_test.py",
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_has_examples_and_exit_codes(name):
	done = script(name, "--help")
	assert done.returncode == 0, done.stderr
	assert f"\n  {name} " in done.stdout
	assert "Exit codes: 0" in done.stdout


@pytest.mark.parametrize(
	("name", "arguments"),
	[
		("smoke_test.py", []),
		("diagnostics.py", []),
		("backup.py", ["--site", "x"]),
		("rollback.py", ["--site", "x", "--to", "0.1.0"]),
		("security_updates.py", []),
		("security_updates.py", ["--bench", "x", "--apply"]),
	],
)
def test_a_wrong_call_ends_with_2(name, arguments):
	assert script(name, *arguments).returncode == 2


@pytest.mark.parametrize(
	("name", "arguments", "told"),
	[
		("backup.py", ["--site", "x", "--to", "y", "--bench", "/nowhere"], "is no bench"),
		("backup_verify.py", ["/nowhere"], "There is no backup in /nowhere"),
		("pre_deploy.py", ["--only", "everything"], "There is no part everything"),
		("security_updates.py", ["--venv", "/nowhere"], "is no environment"),
		("smoke_test.py", ["--service", "ftp://x"], "is no address"),
	],
)
def test_a_failure_is_one_sentence_and_1(name, arguments, told):
	done = script(name, *arguments)
	assert done.returncode == 1
	assert told in done.stderr
	assert "Traceback" not in done.stderr
