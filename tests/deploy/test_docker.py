"""The files of deploy/docker: linters accept them, and what the scripts of the site do, with a bench that tells."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.names import PORT, default_of, paths, variables
from tests.deploy.tools import CHECKOUT, DEPLOY, run, tool

yaml = pytest.importorskip("yaml")

FOLDER = DEPLOY / "docker"
# Stands for `bench`: writes down how it was called, and has the apps of the file `installed`.
BENCH = """#!/bin/sh
echo "$*" >> calls
case "$*" in *list-apps) cat installed ;; *new-site*) mkdir -p sites/erp.test; echo {} > sites/erp.test/site_config.json ;; esac
"""


def compose() -> dict[str, Any]:
	loaded: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
	return loaded


@pytest.fixture
def bench(tmp_path: Path) -> Path:
	"""A folder like that of a bench, with secrets."""
	for folder in ("apps/frappe", "apps/erpnext", "apps/otp_app", "sites", "secrets", "bin"):
		(tmp_path / folder).mkdir(parents=True)
	(tmp_path / "bin/bench").write_text(BENCH)
	(tmp_path / "bin/bench").chmod(0o755)
	(tmp_path / "installed").write_text("frappe 15\nerpnext 15\n")
	(tmp_path / "secrets/db_root_password").write_text("root-secret")
	(tmp_path / "secrets/admin_password").write_text("admin-secret")
	return tmp_path


def site_script(bench: Path, job: str, **environment: str) -> list[str]:
	"""How `bench` was called by a job of site.sh."""
	(bench / "calls").unlink(missing_ok=True)
	path = f"{bench / 'bin'}:/usr/bin:/bin"
	run(
		["bash", FOLDER / "site.sh", job], cwd=bench, PATH=path, SECRETS=str(bench / "secrets"), **environment
	)
	return (bench / "calls").read_text().splitlines()


def test_hadolint_accepts_the_dockerfile():
	run([tool("hadolint"), FOLDER / "Dockerfile"])


def test_shellcheck_accepts_the_scripts():
	run([tool("shellcheck"), *sorted(FOLDER.glob("*.sh"))])


def test_compose_accepts_the_file(tmp_path: Path):
	folder = tmp_path / "deploy/docker"
	shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("secrets", ".env"))
	run(["bash", folder / "make-secrets.sh"])
	shutil.copy(folder / "example.env", folder / ".env")
	run([tool("docker-compose"), "-f", "compose.yaml", "config", "-q"], cwd=folder)


def test_what_the_dockerfile_copies_is_there_and_not_ignored():
	text = (FOLDER / "Dockerfile").read_text()
	sources = [
		name
		for line in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", text, re.MULTILINE)
		for name in line.split()
	]
	kept = {line[1:] for line in (FOLDER / "Dockerfile.dockerignore").read_text().split() if line[0] == "!"}
	assert set(sources) == kept
	assert [name for name in sources if not (CHECKOUT / name).exists()] == []


def test_images_are_pinned_and_end_as_another_user_than_root():
	text = (FOLDER / "Dockerfile").read_text()
	tags = re.findall(r"^ARG \w+_TAG=(\S+)$", text, re.MULTILINE)
	assert all(re.search(r"\d+\.\d+\.\d+", tag) for tag in tags) and len(tags) == 2
	assert re.search(r"^ARG ERPNEXT_TAG=v15\.", text, re.MULTILINE)
	for stage in ("site", "service"):
		body = text.split(f" AS {stage}\n")[1].split("\nFROM ")[0]
		users = re.findall(r"^USER (\d+)", body, re.MULTILINE)
		assert users and users[-1] != "0", stage
	for name, service in compose()["services"].items():
		assert re.search(r":(\d+\.\d+\.\d+|\$\{OTP_TAG:-local\})", service["image"]), name


def test_every_container_has_limits_and_logs_that_end():
	for name, service in compose()["services"].items():
		assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
		if service["restart"] != "no":
			assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name


def test_only_loopback_is_published_and_the_books_are_on_an_inner_network():
	parts = compose()
	for service in parts["services"].values():
		assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
	assert parts["networks"]["inside"]["internal"]
	for name in ("mariadb", "redis-cache", "redis-queue", "backend"):
		assert parts["services"][name]["networks"] == ["inside"], name


def test_there_is_no_password_in_a_file():
	for file in (*FOLDER.glob("*.yaml"), FOLDER / "example.env", FOLDER / "Dockerfile"):
		assert not re.search(
			r"(?i)(password|secret|key|token)\s*[:=]\s*['\"]?\w+['\"]?\s*$", file.read_text(), re.M
		), file


def test_the_service_is_told_what_it_knows_and_is_asked_where_it_answers():
	service = compose()["services"]["service"]
	assert set(service["environment"]) <= variables()
	assert int(service["stop_grace_period"].removesuffix("s")) > default_of("OTP_SHUTDOWN_SECONDS")
	assert service["environment"]["OTP_SERVICE_PORT"] == str(PORT)
	assert service["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
	image = (FOLDER / "Dockerfile").read_text().split(" AS service\n")[1]
	assert set(re.findall(r"\b(OTP_\w+)=", image)) <= variables()
	assert re.search(r"OTP_SERVICE_PORT'\] \+ '(/\w+)'", image)[1] in paths()
	script = (FOLDER / "make-secrets.sh").read_text()
	assert set(re.findall(r"\b((?:OTP|ERPNEXT)_\w+)=", script)) <= variables()


def test_secrets_are_made_once_differ_and_are_in_a_folder_for_their_owner(tmp_path: Path):
	script = shutil.copy(FOLDER / "make-secrets.sh", tmp_path)
	run(["bash", script])
	folder = tmp_path / "secrets"
	made = {file.name: file.read_text() for file in folder.iterdir()}
	assert set(made) == {"db_root_password", "admin_password", "metrics_token", "service.env"}
	assert len(set(made.values())) == 4 and all(len(text) >= 40 for text in made.values())
	assert stat.S_IMODE(folder.stat().st_mode) == 0o700
	run(["bash", script])
	assert {file.name: file.read_text() for file in folder.iterdir()} == made


def test_configure_writes_the_apps_of_the_image_and_where_the_others_are(bench: Path):
	(bench / "sites/apps.txt").write_text("frappe\nerpnext\ngone\n")
	calls = site_script(
		bench, "configure", DB_HOST="db", REDIS_CACHE="redis://c:6379", REDIS_QUEUE="redis://q:6379"
	)
	assert (bench / "sites/apps.txt").read_text().split() == ["erpnext", "frappe", "otp_app"]
	assert "set-config -g db_host db" in calls and "set-config -g redis_queue redis://q:6379" in calls


def test_create_makes_a_site_installs_the_app_and_the_second_time_migrates(bench: Path):
	(bench / "secrets/metrics_token").write_text("a-token")
	first = site_script(bench, "create", SITE_NAME="erp.test")
	passwords = "--db-root-password root-secret --admin-password admin-secret"
	assert first[0].startswith(f"new-site erp.test {passwords}")
	assert first[2:] == [
		"--site erp.test install-app otp_app",
		"--site erp.test set-config otp_metrics_token a-token",
	]
	(bench / "installed").write_text("frappe 15\nerpnext 15\notp_app 0.1\n")
	second = site_script(bench, "create", SITE_NAME="erp.test")
	assert second[:2] == ["--site erp.test migrate", "--site erp.test list-apps"]
	assert not [call for call in second if "install-app" in call or "new-site" in call]


def test_an_empty_password_makes_no_site(bench: Path):
	(bench / "secrets/admin_password").write_text("")
	done = subprocess.run(
		["bash", FOLDER / "site.sh", "create"],
		cwd=bench,
		env={
			"PATH": f"{bench / 'bin'}:/usr/bin:/bin",
			"SECRETS": str(bench / "secrets"),
			"SITE_NAME": "erp.test",
		},
		capture_output=True,
		text=True,
	)
	assert done.returncode != 0
	assert "admin_password is empty: write the password into it." in done.stderr
	assert not (bench / "calls").exists()
