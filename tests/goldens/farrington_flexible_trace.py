"""Baselines of the flexible Farrington method, row by row, against those of the reference."""

from pathlib import Path

import numpy as np

from pingji.analysis.detect.farrington.explain import Explanation, explain_flexible
from tests.goldens.agreement import Series, difference, read_series
from tests.goldens.csv_rows import file_rows, golden_rows
from tests.goldens.rows import Row

FILE = "farringtonFlexible_trace"
SETTINGS = {"default": {}, "noufaily": {"periods": 10, "past_weeks_not_included": 26}}
COLUMNS = {
    "baseline_t": lambda found: found.rows + 1,
    "seasgroup": lambda found: found.season,
    "response": lambda found: found.observed,
    "fitted1": lambda found: found.first_mean,
    "hat1": lambda found: found.leverage,
    "anscombe": lambda found: found.residual,
    "weight": lambda found: found.weight,
    "fitted2": lambda found: found.mean,
}


def dated_series(data: Path) -> set[str]:
    """Names of the series whose years are counted by date."""
    rows = file_rows(data / "series" / "catalog.csv")
    return {row["series"] for row in rows if row["epoch_as_date"] == "TRUE"}


def explained(series: Series, config: str, *, dated: bool, standard_errors: str) -> Explanation:
    """Rerun a configuration such as "noufaily_t300"."""
    setting, time = config.rsplit("_t", 1)
    return explain_flexible(
        series.counts,
        int(time) - 1,
        dates=series.dates if dated else None,
        standard_errors=standard_errors,
        **SETTINGS[setting],
    )


def compare(data: Path) -> list[Row]:
    """Compare every baseline row, one line per setting."""
    series, dated = read_series(data), dated_series(data)
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in golden_rows(data, FILE):
        groups.setdefault((row["config"], row["series"]), []).append(row)
    lines = []
    for (config, name), rows in groups.items():
        found = explained(series[name], config, dated=name in dated, standard_errors="corrected")
        gap = np.full(len(rows), np.inf)
        if len(found.rows) == len(rows):
            theirs = {c: np.array([float(row[c]) for row in rows]) for c in COLUMNS}
            gap = np.max([difference(COLUMNS[c](found), theirs[c]) for c in COLUMNS], axis=0)
        agree = int((gap <= 1e-6).sum())
        lines.append(Row(FILE, f"{config} {name}", len(rows), agree, 0, "", float(gap.max())))
    return lines
