"""All figures of a backtest as JSON, for machines."""

from __future__ import annotations

from collections.abc import Sequence

from otp_app.cli.backtest_report import LITTLE, Report, assumptions, equal_coverage, of
from otp_app.engine.reliability.backtesting import FORECASTERS, MODEL, OVERDUE, Forecast
from otp_app.engine.reliability.scoring import LEVELS, Figures, bins


def as_dict(report: Report, file: str, draws: Sequence[float]) -> dict[str, object]:
	"""All figures; `draws` are the drawn PITs of the model, one a scored forecast."""
	slices: dict[str, dict[str, object]] = {"by_year": {}, "by_history": {}}
	for kind, name, some in report.slices():
		slices[kind][name] = _all(some)
	return {
		"file": file,
		"assumptions": assumptions(report),
		"levels": list(LEVELS),
		"little_history_below": LITTLE,
		"deliveries": len(report.scored),
		"overall": _all(report.scored),
		"pit_drawn": [round(sum(u <= level for u in draws) / len(draws), 4) for level in LEVELS]
		if draws
		else None,
		"at_equal_coverage": [_equal_dict(report.scored, n) for n in range(len(LEVELS))],
		"reliability": [
			{"deliveries": b.deliveries, "said": round(b.said, 4), "came_true": round(b.came_true, 4)}
			for b in bins([forecast.outcomes[MODEL] for forecast in report.scored])
		],
		**slices,
		"overdue": {str(waited): _all(report.overdue(waited)) for waited in OVERDUE},
		"by_cut_off": {str(cut_off): _all(report.after(cut_off)) for cut_off in report.cut_offs},
	}


def _all(forecasts: Sequence[Forecast]) -> dict[str, object]:
	return {name: _figures_dict(of(forecasts, name)) for name in FORECASTERS}


def _figures_dict(of: Figures | None) -> dict[str, object] | None:
	if of is None:
		return None
	return {name: _rounded(getattr(of, name)) for name in Figures.__slots__}


def _rounded(value: object) -> object:
	if isinstance(value, tuple):
		return [_rounded(one) for one in value]
	return round(value, 4) if isinstance(value, float) else value


def _equal_dict(forecasts: Sequence[Forecast], level: int) -> dict[str, object]:
	model, other = of(forecasts, MODEL), equal_coverage(forecasts, level) if forecasts else None
	body: dict[str, object] = {"level": LEVELS[level], "model": None, "global_quantile": None}
	if model and model.dates_cover and model.days_beyond:
		body["model"] = {
			"covers": round(model.dates_cover[level], 4),
			"days_beyond": round(model.days_beyond[level], 2),
		}
	if other:
		body["global_quantile"] = {
			"level": other.level,
			"covers": round(other.covers, 4),
			"days_beyond": round(other.days_beyond, 2),
		}
	return body
