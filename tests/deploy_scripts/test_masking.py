"""Nothing that is a secret gets into what is sent to others."""

import json
import tarfile
from pathlib import Path

import pytest
from masking import MASK, Masker, secrets_in
from shared import CommandFailed, run

from .running import script

# Each as it would lie about: none looks like the others, and only some look like secrets.
PLANTED = {
	"db_password": "pl4nted-db-password",
	"encryption_key": "UGxhbnRlZEVuY3J5cHRpb25LZXlPZkFTaXRlMTIzNDU=",
	"otp_metrics_token": "planted metrics token",
	"redis_cache": "redis://user:pl4ntedredis@127.0.0.1:6379",
	"mail_password": 'quo"ted\\planted',
}


def test_a_known_secret_is_masked_wherever_it_is():
	masker = Masker(secrets_in(PLANTED))
	text = f"connect({PLANTED['db_password']!r}) failed; {json.dumps(PLANTED)}"
	masked = masker.text(text)
	for name, value in PLANTED.items():
		if name != "redis_cache":
			assert value not in masked
	assert "pl4ntedredis" not in masked


def test_fields_are_masked_by_their_names():
	found = Masker().values({"api_secret": "abc", "rows": [{"customer": "Velo Nord", "qty": 3}], "count": 1})
	assert found == {"api_secret": MASK, "rows": [{"customer": MASK, "qty": 3}], "count": 1}


def test_a_switch_named_after_a_secret_is_no_secret():
	assert Masker().values({"enable_password_policy": 1, "token": None}) == {
		"enable_password_policy": 1,
		"token": None,
	}


def test_lines_of_a_log_lose_who_they_are_about():
	line = json.dumps({"message": "promised", "customer": "Velo Nord", "duration_ms": 12})
	assert json.loads(Masker().log_line(line)) == {"message": "promised", "customer": MASK, "duration_ms": 12}
	assert Masker().log_line("Authorization: Bearer abc.def") == f"Authorization: Bearer {MASK}"


@pytest.mark.parametrize("name", ["OTP_API_KEYS", "ERPNEXT_API_SECRET", "OTP_METRICS_TOKEN", "OTP_SMOKE_KEY"])
def test_secrets_of_the_environment_are_in_no_file_of_the_archive(tmp_path, name):
	log = tmp_path / "service.log"
	log.write_text("plain line with planted-one and planted-two\n" * 3)
	archive = tmp_path / "report.tar.gz"
	secrets = {name: "planted-one,planted-two"}
	where = ["--service", "http://127.0.0.1:9", "--log", log, "--to", archive]
	done = script("diagnostics.py", *where, **secrets)
	assert done.returncode == 0, done.stderr
	texts = contents(archive)
	assert not [file for file, text in texts.items() if "planted-one" in text or "planted-two" in text]
	assert texts["logs/given-1/service.log"].startswith("plain line with")
	assert "no answer" in texts["service/health.txt"] or "HTTP 0" in texts["service/health.txt"]
	assert archive.stat().st_mode & 0o077 == 0


def contents(archive: Path) -> dict[str, str]:
	"""File of an archive, below its folder -> text."""
	with tarfile.open(archive) as packed:
		return {
			member.name.partition("/")[2]: packed.extractfile(member).read().decode(errors="replace")
			for member in packed.getmembers()
		}


def test_all_that_a_command_has_said_is_at_hand_where_it_fails():
	with pytest.raises(CommandFailed, match=r"line 99$") as caught:
		run(
			[
				"python3",
				"-c",
				"import sys; print(*('line %d' % n for n in range(100)), sep='\\n'); sys.exit(1)",
			]
		)
	assert "line 0" not in str(caught.value)
	assert caught.value.output.startswith("line 0\n")


def test_a_dry_run_writes_nothing(tmp_path):
	done = script("diagnostics.py", "--service", "http://127.0.0.1:9", "--dry-run", cwd=tmp_path)
	assert done.returncode == 0
	assert "service/metrics.txt" in done.stdout.splitlines()
	assert list(tmp_path.iterdir()) == []
