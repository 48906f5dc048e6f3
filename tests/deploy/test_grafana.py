"""The dashboard asks for series that there are, in expressions that Prometheus accepts, and is one that Grafana can read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from otp_app.telemetry.names import METRICS
from tests.deploy.test_prometheus import ALERTS, asked_for, known_series, rules
from tests.deploy.tools import DEPLOY, run, tool

yaml = pytest.importorskip("yaml")

DASHBOARD = json.loads((DEPLOY / "grafana/otp-dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
COLUMNS = 24


def expressions() -> list[str]:
	"""Every query, with values in place of what Grafana puts in."""
	queries = [target["expr"] for panel in PANELS for target in panel["targets"]]
	queries += [note["expr"] for note in DASHBOARD["annotations"]["list"] if "expr" in note]
	return [query.replace("$__rate_interval", "5m").replace("$job", "otp-service") for query in queries]


def test_prometheus_accepts_every_expression(tmp_path: Path):
	recorded = [{"record": f"panel:{n}", "expr": text} for n, text in enumerate(expressions())]
	file = tmp_path / "panels.yml"
	file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}))
	assert f"{len(recorded)} rules found" in run([tool("promtool"), "check", "rules", file])


def test_nothing_is_left_for_grafana_that_it_does_not_know():
	assert [text for text in expressions() if "$" in text] == []
	names = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
	used = set(re.findall(r"\$\{?([a-z_]\w*)\}?", json.dumps(DASHBOARD))) - {"__rate_interval", "__all"}
	assert names == used == {"datasource", "job"}


def test_every_series_is_there():
	for text in expressions():
		assert asked_for(text) <= known_series() | {"ALERTS"}, text


def test_every_metric_is_shown():
	shown = set().union(*map(asked_for, expressions()))
	behind = {name for rule in rules() if rule.get("record") in shown for name in asked_for(rule["expr"])}
	while (
		more := {n for rule in rules() if rule.get("record") in behind for n in asked_for(rule["expr"])}
		- behind
	):
		behind |= more
	bare = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown | behind}
	assert {metric.name for metric in METRICS} <= bare


def test_every_panel_is_told_where_its_data_is_and_what_it_shows():
	for panel in PANELS:
		assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
		assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
		assert panel["description"].endswith("."), panel["title"]
		assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


def test_panels_have_numbers_of_their_own_and_do_not_cover_each_other():
	numbers = [panel["id"] for panel in DASHBOARD["panels"]]
	assert len(set(numbers)) == len(numbers)
	taken: set[tuple[int, int]] = set()
	for panel in DASHBOARD["panels"]:
		place: dict[str, Any] = panel["gridPos"]
		assert place["x"] + place["w"] <= COLUMNS
		cells = {
			(x, y)
			for x in range(place["x"], place["x"] + place["w"])
			for y in range(place["y"], place["y"] + place["h"])
		}
		assert not cells & taken, panel["title"]
		taken |= cells


def test_alerts_that_panels_name_are_alerts_that_there_are():
	named = set(re.findall(r"\bOtp[A-Z]\w+", json.dumps(DASHBOARD)))
	assert named == ALERTS


def test_lines_of_panels_are_the_thresholds_of_the_alerts():
	limits = {
		float(match[1])
		for rule in rules()
		if "alert" in rule and (match := re.search(r"> ([\d.e]+)", rule["expr"]))
	}
	lines = {
		float(step["value"])
		for panel in PANELS
		for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
		if step["value"] is not None
	}
	assert lines == limits
