"""The stages of the load, one after the other against one server, and what was seen of it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.staged.processes import Sampling

USERS_FILE = Path(__file__).with_name("users.py")
CHECKOUT = Path(__file__).parent.parent.parent
LOCUST = "locust"


@dataclass(frozen=True, slots=True)
class Stage:
	"""`users` at once for `seconds`; together `rate` orders a second, or each with a pause of `pause` seconds."""

	name: str
	users: int
	seconds: float
	pause: float = 1.0
	rate: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
	"""The server: where, what is sent with each order, the orders, and its processes (name -> pid of the first)."""

	url: str
	path: str
	headers: Mapping[str, str]
	orders: Sequence[Mapping[str, Any]]
	processes: Mapping[str, int]


def stages(scale: float, rate: float) -> list[Stage]:
	"""10 users for five minutes, 100 for ten, `rate` orders a second for two; all times `scale`."""
	wanted = [
		Stage("10 users", 10, 300),
		Stage("100 users", 100, 600),
		Stage(f"{rate:g} a second", 100, 120, rate=rate),
	]
	return [replace(stage, seconds=max(5.0, stage.seconds * scale)) for stage in wanted]


def run(target: Target, wanted: Sequence[Stage], locust: str) -> Iterator[dict[str, Any]]:
	"""The figures of each stage, as soon as it has ended."""
	for stage in wanted:
		with tempfile.TemporaryDirectory() as folder, Sampling(target.processes) as sampling:
			figures = _run_locust(target, stage, locust, Path(folder), sampling)
			errors, asked = figures["errors"], figures["requests"]
			yield {
				"stage": stage.name,
				**figures,
				"per_second": round(asked / figures["seconds"], 1) if figures["seconds"] else 0.0,
				"error_percent": round(100 * errors / asked, 3) if asked else None,
				"settings": asdict(stage),
				"processes": [series.summary() for series in sampling.series()],
				"series": [asdict(series) for series in sampling.series()],
			}


def _run_locust(
	target: Target, stage: Stage, locust: str, folder: Path, sampling: Sampling
) -> dict[str, Any]:
	plan, report = folder / "plan.json", folder / "report.json"
	each = stage.rate / stage.users if stage.rate else None
	plan.write_text(
		json.dumps(
			{
				"path": target.path,
				"headers": dict(target.headers),
				"orders": list(target.orders),
				"pause": stage.pause,
				"per_second": each,
			}
		)
	)
	command = [
		*(locust, "-f", str(USERS_FILE), "--headless", "--only-summary", "--host", target.url),
		*("-u", str(stage.users), "-r", str(max(10, stage.users // 2)), "-t", f"{round(stage.seconds)}s"),
	]
	environment = {**os.environ, "OTP_LOAD_PLAN": str(plan), "OTP_LOAD_REPORT": str(report)}
	log = folder / "locust.log"
	with log.open("w") as file:
		process = subprocess.Popen(command, env=environment, cwd=CHECKOUT, stdout=file, stderr=file)
		sampling.watch(LOCUST, process.pid)
		process.wait()
	if not report.exists():
		raise RuntimeError(f"locust wrote no figures:\n{log.read_text()[-2000:]}")
	figures: dict[str, Any] = json.loads(report.read_text())
	return figures


def told(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
	"""The rows of the table: one a stage."""
	columns = ("stage", "requests", "per_second", "p50_ms", "p95_ms", "p99_ms", "most_ms", "errors")
	return [{name: row[name] for name in columns} | {"statuses": _statuses(row)} for row in rows]


def _statuses(row: Mapping[str, Any]) -> str:
	return ", ".join(f"{count} x {status}" for status, count in row["statuses"].items())


def told_processes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
	"""The rows of the second table: one a process and stage, processes that did nothing left out."""
	return [
		{"stage": row["stage"], **process}
		for row in rows
		for process in row["processes"]
		if process["cpu_percent"] >= 0.5
	]
