"""The alert rules are good for Prometheus, and tell of metrics that there are and pages that there are."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from otp_app.telemetry.names import METRICS
from tests.deploy.tools import DEPLOY, RUNBOOK, run, tool

yaml = pytest.importorskip("yaml")

FOLDER = DEPLOY / "prometheus"
RULES = ("otp-recording.rules.yml", "otp-alerts.rules.yml")
ALERTS = {
	"OtpCalibrationDrift",
	"OtpCircuitOpen",
	"OtpErpnextUnavailable",
	"OtpHighCpu",
	"OtpHighMemory",
	"OtpPromisesAtRisk",
	"OtpServerErrors",
	"OtpSlowPromises",
	"OtpTargetDown",
	"OtpWatchingBehind",
}


def rules() -> list[dict[str, Any]]:
	"""Every rule of both files."""
	return [
		rule
		for name in RULES
		for group in yaml.safe_load((FOLDER / name).read_text())["groups"]
		for rule in group["rules"]
	]


def alerts() -> dict[str, dict[str, Any]]:
	return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def kebab(name: str) -> str:
	"""OtpHighCpu -> otp-high-cpu."""
	return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def known_series() -> set[str]:
	"""The names that a query may ask for: those of the metrics, what Prometheus makes of a histogram, and recorded ones."""
	series = {"up"} | {rule["record"] for rule in rules() if "record" in rule}
	for metric in METRICS:
		endings = ("_bucket", "_count", "_sum") if metric.kind == "histogram" else ("",)
		series |= {metric.name + ending for ending in endings}
	return series


def asked_for(expression: str) -> set[str]:
	"""The names of series in an expression of PromQL."""
	bare = re.sub(r'#.*|"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|on|without|ignoring) *\([^)]*\)', " ", expression)
	words = set(re.findall(r"[a-zA-Z_:][\w:]*(?! *\()\b(?! *\()", bare))
	return words - {"and", "or", "unless", "bool", "e6"}


def test_promtool_accepts_the_rules():
	printed = run([tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", *RULES], cwd=FOLDER)
	assert "10 rules found" in printed


def test_every_alert_fires_and_clears_in_the_tests_of_promtool():
	run([tool("promtool"), "test", "rules", "otp-alerts.test.yml"], cwd=FOLDER)


def test_no_alert_is_without_a_test_that_fires_one_that_clears_and_a_near_miss():
	cases = yaml.safe_load((FOLDER / "otp-alerts.test.yml").read_text())["tests"]
	fired: dict[str, int] = dict.fromkeys(ALERTS, 0)
	quiet: dict[str, int] = dict.fromkeys(ALERTS, 0)
	for case in cases:
		checks = case["alert_rule_test"]
		names = {check["alertname"] for check in checks}
		assert len(names) == 1, case["name"]
		fires = [bool(check["exp_alerts"]) for check in checks]
		if any(fires):
			assert (fires[0], fires[-1]) == (False, False), f"{case['name']}: quiet before, and cleared after"
		(fired if any(fires) else quiet)[names.pop()] += 1
	assert all(fired.values()), fired
	assert all(quiet.values()), quiet


def test_promtool_accepts_the_scrape_configuration(tmp_path: Path):
	for name in RULES:
		shutil.copy(FOLDER / name, tmp_path)
	text = (FOLDER / "prometheus.yml").read_text().replace("/etc/prometheus/", f"{tmp_path}/")
	(tmp_path / "prometheus.yml").write_text(text)
	for name in re.findall(r"credentials_file: .*/(\S+)", text):
		(tmp_path / name).write_text("a-token")
	assert "2 rule files found" in run([tool("promtool"), "check", "config", "prometheus.yml"], cwd=tmp_path)


def test_amtool_accepts_the_routing_of_alerts():
	assert "2 inhibit rules" in run([tool("amtool"), "check-config", FOLDER / "alertmanager.yml"])


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_critical_alerts_go_to_whoever_is_on_call_and_the_others_to_the_order_desk(name: str):
	labels = [f"alertname={name}", f"severity={alerts()[name]['labels']['severity']}"]
	file = f"--config.file={FOLDER / 'alertmanager.yml'}"
	told = run([tool("amtool"), "config", "routes", "test", file, *labels]).splitlines()[-1]
	assert told == ("on-call" if "severity=critical" in labels else "order-desk")


def test_alerts_of_the_routing_are_alerts_that_there_are():
	text = (FOLDER / "alertmanager.yml").read_text()
	assert set(re.findall(r"Otp[A-Z]\w+", text)) <= ALERTS


def test_the_alerts_are_those_that_are_promised():
	assert set(alerts()) == ALERTS


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_each_alert_says_how_bad_it_is_what_the_value_is_and_where_its_page_is(name: str):
	alert = alerts()[name]
	assert alert["labels"]["severity"] in {"critical", "warning"}
	assert alert["for"]
	assert "{{" in alert["annotations"]["summary"]
	file = f"{kebab(name)}.md"
	assert alert["annotations"]["runbook_url"].endswith(f"/docs/runbook/{file}")
	page = (RUNBOOK / file).read_text(encoding="utf-8")
	assert page.startswith(f"# {name}\n")
	assert f"({file})" in (RUNBOOK / "README.md").read_text(encoding="utf-8")


def test_rules_ask_for_series_that_there_are():
	for rule in rules():
		name = rule.get("alert") or rule["record"]
		assert asked_for(rule["expr"]) <= known_series(), name


def test_names_are_found_in_an_expression():
	expression = (
		'sum by (job, le) (rate(a_bucket{job=~"x.+"}[5m])) > 600e6 # of b\nand on (job) c:d{e="f"} or up'
	)
	assert asked_for(expression) == {"a_bucket", "c:d", "up"}
