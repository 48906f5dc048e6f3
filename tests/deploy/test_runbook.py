"""Pages of the runbook have what somebody who is called needs, and their commands are ones that can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from otp_app.telemetry.names import METRICS
from tests.deploy.names import paths
from tests.deploy.test_prometheus import ALERTS, asked_for, kebab, known_series
from tests.deploy.tools import CHECKOUT, RUNBOOK, run, tool

ALERT_PAGES = [RUNBOOK / f"{kebab(name)}.md" for name in sorted(ALERTS)]
PAGES = [RUNBOOK / "README.md", *ALERT_PAGES, CHECKOUT / "docs/deployment.md", CHECKOUT / "docs/metrics.md"]
# Series of the client of Molam, which has names of its own.
OTHERS = {"molam_sdk_requests_total"}
SECTIONS = ["Look", "Do", "It is over", "How it was tested"]


def blocks(page: Path) -> list[str]:
	return re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def queries() -> Iterator[tuple[Path, str]]:
	for page in PAGES:
		for text in re.findall(
			r'promtool query instant "\$PROM_URL" \'(.+?)\'$', "\n".join(blocks(page)), re.M
		):
			yield page, text


@pytest.mark.parametrize("page", ALERT_PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_it_means_what_callers_see_and_what_to_do(page: Path):
	text = page.read_text(encoding="utf-8")
	assert "**It means:**" in text and "**Callers see:**" in text
	assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
	assert "```bash" in text.split("## Look")[1].split("## Do")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_are_ones_that_a_shell_reads(page: Path):
	for block in blocks(page):
		run([tool("bash"), "-n", "-c", block])


def test_the_page_of_the_alerts_has_no_others():
	assert {page.name for page in RUNBOOK.glob("*.md")} == {"README.md", *(page.name for page in ALERT_PAGES)}


def test_queries_of_the_runbook_ask_for_series_that_there_are(tmp_path: Path):
	asked = list(queries())
	assert len(asked) > 15
	for page, text in asked:
		assert asked_for(text) <= known_series() | OTHERS | {"ALERTS"}, (page.name, text)


def test_promtool_accepts_the_queries_of_the_runbook(tmp_path: Path):
	lines = [f"  - {{record: 'query:{n}', expr: {text!r}}}" for n, (_, text) in enumerate(queries())]
	file = tmp_path / "queries.yml"
	file.write_text("\n".join(["groups:", "- name: queries", "  rules:", *lines]))
	run([tool("promtool"), "check", "rules", file])


def test_paths_that_are_asked_are_those_of_the_service():
	text = "\n".join(block for page in PAGES for block in blocks(page))
	asked = set(re.findall(r"(?:SERVICE_URL|SITE_URL|127\.0\.0\.1:8001|erp\.example\.com)(/\w+)", text))
	assert asked == {"/health", "/ready", "/metrics"}
	assert asked <= paths()


def test_every_metric_is_on_the_page_of_metrics_with_its_kind_and_labels():
	rows = {
		cells[0].strip("` "): cells
		for line in (CHECKOUT / "docs/metrics.md").read_text(encoding="utf-8").splitlines()
		if line.startswith("| `") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 6
	}
	for metric in METRICS:
		_, kind, labels, *_ = rows[metric.name]
		assert (kind, tuple(re.findall(r"`(\w+)`", labels))) == (metric.kind, metric.labels), metric.name
	assert set(rows) == {metric.name for metric in METRICS}
