"""`otp backtest`: tables, JSON, bad rows, the picture, predictions."""

from __future__ import annotations

import csv
import io
import json
import runpy
import sys
from pathlib import Path

import pytest

from otp_app.cli.backtest import DEMO_DELIVERIES
from otp_app.cli.backtest_file import TOLD
from tests.cli.conftest import Otp

HEADER = "supplier,product_group,ordered_on,promised_on,delivered_on"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def file(tmp_path) -> Path:
	"""Two suppliers, a delivery a week for two years; B is late every third time."""
	rows = [HEADER]
	for week in range(104):
		promised = f"20{24 + week // 52}-{1 + week % 52 // 4.34:02.0f}-{1 + week % 4 * 7:02}"
		rows.append(f"A,X,,{promised},{promised}")
		late = promised[:-2] + f"{int(promised[-2:]) + 5:02}" if week % 3 == 0 else promised
		rows.append(f'"B, Ltd",Y,,{promised},{late}')
	path = tmp_path / "deliveries.csv"
	path.write_text("\n".join(rows) + "\n", encoding="utf-8")
	return path


def written(tmp_path: Path, *rows: str) -> str:
	path = tmp_path / "bad.csv"
	path.write_text("\n".join(rows), encoding="utf-8")
	return str(path)


def test_the_table_has_the_model_and_the_three_others_then_years_and_history(bare_otp: Otp, file: Path):
	ran = bare_otp("backtest", str(file))
	assert ran.code == 0
	assert ran.out.startswith("Deliveries of deliveries.csv: 208, walking forward\n")
	firsts = [line.split("  ")[0] for line in ran.out.splitlines()]
	for name in ("this model", "scheduled date", "global quantile", "days-to-go rules", "2024", "2025"):
		assert name in firsts
	assert {"under 30 before", "30 or more", "1 day, model", "7 days, global"} <= set(firsts)
	assert (
		"0 are forecast on the day of their order, 208 on the day 30 days before their scheduled date"
		in ran.out
	)


def test_without_a_file_it_shows_the_invented_deliveries_of_the_demo(bare_otp: Otp):
	assert bare_otp("backtest").out.startswith("Deliveries of deliveries.csv: 428, walking forward\n")


def test_json_has_every_figure_for_every_forecaster_and_slice(bare_otp: Otp, file: Path):
	answer = bare_otp("backtest", str(file), "--json", "--train-until", "2024-12-31").answer
	assert list(answer) == [
		"file",
		"assumptions",
		"levels",
		"little_history_below",
		"deliveries",
		"overall",
		"pit_drawn",
		"at_equal_coverage",
		"reliability",
		"by_year",
		"by_history",
		"overdue",
		"by_cut_off",
	]
	assert answer["deliveries"] == 104
	assert list(answer["by_year"]) == ["2025"]
	assert answer["by_cut_off"]["2024-12-31"] == answer["overall"]
	assert list(answer["overall"]) == ["model", "scheduled_date", "global_quantile", "days_to_go_rules"]
	model = answer["overall"]["model"]
	assert [len(model[name]) for name in ("pit", "dates_cover", "day_before_covers", "days_beyond")] == [
		3,
		3,
		3,
		3,
	]
	assert all(model[name] >= 0 for name in ("calibration_error", "brier", "crps"))
	assert answer["overall"]["days_to_go_rules"]["pit"] is None
	assert answer["overall"]["scheduled_date"]["dates_cover"][0] == pytest.approx(1 - 17 / 104, abs=0.01)


def test_train_until_scores_only_what_comes_later_and_changes_no_forecast(
	bare_otp: Otp, file: Path, tmp_path
):
	rows = {}
	for name, more in (("all", ()), ("later", ("--train-until", "2025-03-31"))):
		path = tmp_path / f"{name}.csv"
		assert bare_otp("backtest", str(file), "--predictions", str(path), *more).code == 0
		rows[name] = {row["line"]: row for row in csv.DictReader(path.open(encoding="utf-8"))}
	assert 0 < len(rows["later"]) < len(rows["all"])
	assert min(row["promised_on"] for row in rows["later"].values()) > "2025-03-31"
	drawn = {"pit"}
	for line, row in rows["later"].items():
		assert {k: v for k, v in row.items() if k not in drawn} == {
			k: v for k, v in rows["all"][line].items() if k not in drawn
		}


def test_several_cut_offs_are_compared(bare_otp: Otp, file: Path):
	out = bare_otp("backtest", str(file), "--train-until", "2025-06-30", "--train-until", "2024-12-31").out
	assert "promised after 2024-12-31" in out.splitlines()[0]
	assert [line.split("  ")[0] for line in out.splitlines() if line.startswith("202") and "," in line] == [
		"2024-12-31, model",
		"2024-12-31, global",
		"2025-06-30, model",
		"2025-06-30, global",
	]
	assert (
		"choose an earlier --train-until"
		in bare_otp("backtest", str(file), "--train-until", "2030-01-01").out
	)


def test_predictions_are_enough_to_check_the_figures(bare_otp: Otp, file: Path, tmp_path):
	path = tmp_path / "predictions.csv"
	answer = bare_otp("backtest", str(file), "--json", "--predictions", str(path)).answer
	rows = list(csv.DictReader(path.open(encoding="utf-8")))
	assert len(rows) == 208
	covered = sum(int(row["days_late"]) <= int(row["date_90"]) for row in rows) / len(rows)
	assert covered == pytest.approx(answer["overall"]["model"]["dates_cover"][1], abs=1e-4)
	drawn = sum(float(row["pit"]) <= 0.8 for row in rows) / len(rows)
	assert drawn == pytest.approx(answer["pit_drawn"][0], abs=1e-4)
	brier = sum((float(row["p_on_time"]) - (int(row["days_late"]) <= 0)) ** 2 for row in rows) / len(rows)
	assert brier == pytest.approx(answer["overall"]["model"]["brier"], abs=1e-4)
	assert all(row["forecast_on"] < row["promised_on"] for row in rows)
	assert all(float(row["pit_from"]) <= float(row["pit"]) <= float(row["pit_to"]) for row in rows)


def test_the_picture_is_a_png(bare_otp: Otp, file: Path, tmp_path):
	path = tmp_path / "picture.png"
	assert bare_otp("backtest", str(file), "--png", str(path)).code == 0
	assert path.read_bytes().startswith(PNG)
	assert path.stat().st_size > 20_000


def test_without_matplotlib_it_says_what_to_install_and_prints_the_rest(
	bare_otp: Otp, file: Path, tmp_path, monkeypatch
):
	monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
	ran = bare_otp("backtest", str(file), "--png", str(tmp_path / "picture.png"))
	assert ran.code == 2
	assert "this model" in ran.out
	assert ran.errors == ["Error: the picture needs matplotlib: pip install 'otp_app[backtest]'"]


def test_a_file_that_lacks_columns_names_each_of_them(bare_otp: Otp, tmp_path):
	path = written(tmp_path, "supplier,date", "A,2024-01-01")
	ran = bare_otp("backtest", path)
	assert ran.code == 2
	assert ran.errors == [
		f"Error: Line 1: {path} has no column promised_on (it has supplier, date). Name the columns in its first line.",
		f"Error: Line 1: {path} has no column delivered_on (it has supplier, date). Name the columns in its first line.",
	]
	assert "(it is empty)" in bare_otp("backtest", written(tmp_path)).err


def test_every_bad_row_is_named_by_line_and_column(bare_otp: Otp, tmp_path):
	path = written(
		tmp_path,
		HEADER,
		"A,X,,2024-01-01,2024-01-01",
		"A,X,,01/02/2024,2024-01-01",
		"",
		",X,,2024-01-01,soon",
		"A,X,2024-13-01,,",
		"A, Ltd,X,,2024-01-01,2024-01-01",
	)
	ran = bare_otp("backtest", path)
	assert ran.code == 2
	assert ran.errors == [
		"Error: Line 3, column promised_on: '01/02/2024' is no date. Write it like 2012-12-31.",
		"Error: Line 5, column supplier: it is empty. Fill it in.",
		"Error: Line 5, column delivered_on: 'soon' is no date. Write it like 2012-12-31.",
		"Error: Line 6, column promised_on: it is empty. Fill it in.",
		"Error: Line 6, column ordered_on: '2024-13-01' is no date. Write it like 2012-12-31.",
		"Error: Line 7 has 6 columns, the first line has 5: quote texts with a separator.",
		"Error: Mend these rows, or leave them out with --skip-bad-rows.",
	]
	told = json.loads(bare_otp("backtest", path, "--json").err)["error"]
	assert (told["code"], told["field"], len(told["problems"])) == ("INVALID_DATE", "promised_on", 7)
	skipped = bare_otp("backtest", path, "--skip-bad-rows")
	assert skipped.code == 0
	assert skipped.out.startswith("Deliveries of bad.csv: 1, ")
	assert "Bad rows that were left out (--skip-bad-rows): 4." in skipped.out


def test_many_bad_rows_are_counted_after_the_first_ones(bare_otp: Otp, tmp_path):
	rows = ["A,X,,2024-01-01,never"] * (TOLD + 5)
	ran = bare_otp("backtest", written(tmp_path, HEADER, *rows))
	assert len(ran.errors) == TOLD + 2
	assert ran.errors[-2] == "Error: There are 5 more problems like these."


@pytest.mark.parametrize(
	("content", "told"),
	[
		(b"supplier,promised_on,delivered_on\nA,2024-01-01,\n", "No row has a delivery that came"),
		(b"\xff\xfe\x00", "is no text in UTF-8"),
		(b'supplier,promised_on,delivered_on\n"A"x,2024-01-01,2024-01-01\n', "Line 2: "),
	],
)
def test_what_is_no_file_of_deliveries_is_refused(bare_otp: Otp, tmp_path, content, told):
	path = tmp_path / "odd.csv"
	path.write_bytes(content)
	ran = bare_otp("backtest", str(path))
	assert ran.code == 2
	assert told in ran.err
	assert "cannot be read" in bare_otp("backtest", str(tmp_path / "none.csv")).err


def test_semicolons_a_byte_order_mark_and_other_columns_do_no_harm(bare_otp: Otp, tmp_path):
	path = tmp_path / "excel.csv"
	path.write_text(
		"\ufeffdelivered_on;note;promised_on;supplier\r\n2024-01-05;a, b;2024-01-01;A\r\n;;2024-02-01;A\r\n",
		encoding="utf-8",
	)
	out = bare_otp("backtest", str(path)).out
	assert out.startswith("Deliveries of excel.csv: 1, ")
	assert "Still awaited, so learned from and not scored: 1." in out


def test_what_is_more_than_a_year_off_is_scored_but_not_learned_from(bare_otp: Otp, file: Path):
	with file.open("a", encoding="utf-8") as stream:
		stream.write("A,X,,2025-06-01,1970-01-01\n")
	ran = bare_otp("backtest", str(file))
	assert ran.code == 0
	assert "More than 366 days early or late, so scored as 366 and not learned from: 1." in ran.out


def test_the_invented_deliveries_are_what_their_program_makes(monkeypatch):
	printed = io.StringIO()
	monkeypatch.setattr(sys, "stdout", printed)
	runpy.run_module("benchmarks.made_up_deliveries", run_name="__main__")
	assert printed.getvalue() == DEMO_DELIVERIES.read_text(encoding="utf-8")
