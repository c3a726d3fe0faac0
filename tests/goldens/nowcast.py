"""Nowcasts against the stored outputs of the reference.

The settings do not say from which day on the reference was given a reporting triangle. Where the
whole of it does not reproduce the stored shares reported, the first day is sought that reproduces
them all, for all nowcasts of the series together; medians and bounds are then compared with it.
"""

import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from pingji.analysis.estimate import Nowcast, ReportingTriangle, nowcast, reporting_triangle
from tests.goldens.csv_rows import file_rows, golden_rows
from tests.goldens.rows import Row

FILE = "nowcast"
METHODS = {
    "nowcast_lawless": "lawless",
    "nowcast_bayes.notrunc.bnb": "bayes_notrunc_bnb",
    "nowcast_bayes.trunc": "bayes_trunc",
    "nowcast_bayes.notrunc": "bayes_notrunc",
}
PERIODS = {"1 day": "day", "1 week": "week", "1 month": "month"}
STEPS = {"day": 1, "week": 7}
RELATIVE = 1e-6
# Sampled rows: repetitions of the reference's own design with other seeds tell its error.
REPETITIONS = 10
DEVIATIONS = 5.0


def line_list(data: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Event day, report day and number of cases: from a line list or a reporting triangle."""
    folder = data / "series"
    for path in sorted(folder.glob(f"{name}_linelist.csv*")):
        rows = file_rows(path)
        days = [
            np.array([r[c] for r in rows], "datetime64[D]") for c in ("event_date", "report_date")
        ]
        return days[0], days[1], np.ones(len(rows))
    for path in sorted(folder.glob(f"reporting_triangle_{name}.csv*")):
        rows = file_rows(path)
        column = next(c for c in rows[0] if c.startswith("delay"))
        step = STEPS["week" if "week" in column else "day"]
        event = np.array([r["date"] for r in rows], "datetime64[D]")
        delay = np.array([int(r[column]) for r in rows])
        return event, event + delay * step, np.array([float(r["count"]) for r in rows])
    return None


def rerun(triangle: ReportingTriangle, method: str, params: dict, seed: int = 1) -> Nowcast:
    """The nowcast under the reference's settings."""
    prior = re.findall(r"[\d.]+", params["prior"].split("(")[1]) if params.get("prior") else None
    return nowcast(
        triangle,
        method=METHODS[method],
        level=1 - params["alpha"],
        window=params["m"],
        prior_kappa=params["gd_prior_kappa"],
        prior=(float(prior[0]), float(prior[1])) if prior else None,
        samples=params.get("nSamples") or 1,
        seed=seed,
        support_max=params["N_tInf_max"],
        reference=True,
    )


def compare(data: Path) -> list[Row]:
    """Rerun every nowcast of the file and count the rows that agree."""
    groups = defaultdict(list)
    for row in golden_rows(data, FILE):
        groups[row["series"], row["method"], row["params"], row["now"]].append(row)
    triangles = {key: _triangle(data, *key) for key in groups}
    first = {series: _first_row(series, groups, triangles) for series, *_ in groups}
    lines: dict[str, list] = {}
    for (series, method, setting, now), rows in groups.items():
        params = json.loads(setting)
        line = lines.setdefault(_title(method, series, params), [0, 0, 0, "", 0.0])
        line[0] += len(rows)
        whole = triangles[series, method, setting, now]
        if whole is None or first[series] is None:
            line[2] += len(rows)
            line[3] = (
                "neither a line list nor a reporting triangle is stored"
                if whole is None
                else "no first day of the triangle gives the stored shares reported"
            )
            continue
        good, worst = _agree(_from(whole, first[series]), method, params, rows)
        line[1] += int(good.sum())
        line[4] = max(line[4], worst)
    return [Row(FILE, title, *counted) for title, counted in lines.items()]


def _triangle(
    data: Path, series: str, _method: str, setting: str, now: str
) -> ReportingTriangle | None:
    cases, params = line_list(data, series), json.loads(setting)
    if cases is None:
        return None
    return reporting_triangle(
        cases[0],
        cases[1],
        now=now,
        period=PERIODS[params["aggregate_by"]],
        max_delay=params["D"],
        cases=cases[2],
    )


def _from(triangle: ReportingTriangle, row: int) -> ReportingTriangle:
    return replace(triangle, dates=triangle.dates[row:], counts=triangle.counts[row:])


def _first_row(series: str, groups: dict, triangles: dict) -> int | None:
    """First row of the triangle that reproduces the stored shares; None if there is none."""
    known = [key for key in groups if key[0] == series and groups[key][0]["delay_cdf"]]
    if not known or triangles[known[0]] is None:
        return 0
    longest = max(json.loads(key[2])["D"] for key in known)
    shortest = min(len(triangles[key].dates) for key in known)
    for row in range(shortest - longest):
        if all(_same_shares(_from(triangles[key], row), key, groups[key]) for key in known):
            return row
    return None


def _same_shares(triangle: ReportingTriangle, key: tuple, rows: list[dict[str, str]]) -> bool:
    params = json.loads(key[2]) | {"nSamples": 1}
    ours = rerun(triangle, key[1], params).reported_share[_index(triangle, rows)]
    return bool(np.allclose(ours, [float(row["delay_cdf"]) for row in rows], rtol=RELATIVE, atol=0))


def _index(triangle: ReportingTriangle, rows: list[dict[str, str]]) -> np.ndarray:
    return np.searchsorted(triangle.dates, np.array([row["date"] for row in rows], "datetime64[D]"))


def _title(method: str, series: str, params: dict) -> str:
    title = f"{method} {series} D={params['D']} max={params['N_tInf_max']}"
    return title + " (within its Monte Carlo error)" if params["stochastic"] else title


def _agree(
    triangle: ReportingTriangle, method: str, params: dict, rows: list[dict[str, str]]
) -> tuple[np.ndarray, float]:
    index = _index(triangle, rows)
    runs = [
        rerun(triangle, method, params, seed)
        for seed in range(1, 1 + (REPETITIONS if params["stochastic"] else 1))
    ]
    reported = np.array([float(row["observed"]) for row in rows])
    good = reported == triangle.reported[index]
    share = np.array([float(row["delay_cdf"] or "nan") for row in rows])
    gap = np.abs(runs[0].reported_share[index] - share) / share
    good &= np.isnan(share) | (gap <= RELATIVE)
    worst = float(np.nanmax(gap, initial=0.0))
    for column, figure in (("median", "median"), ("lo", "lower"), ("hi", "upper")):
        stored = np.array([float(row[column]) for row in rows])
        # Where no number of its support reaches the probability, the reference gives 0.
        ours = np.nan_to_num([getattr(run, figure)[index] for run in runs])
        allowed = _allowed(ours) if params["stochastic"] else 0.0
        off = np.abs(ours.mean(axis=0) - stored)
        good &= off <= allowed
        if not params["stochastic"]:
            worst = max(worst, float((off / np.maximum(stored, 1)).max()))
    return good, worst


def _allowed(ours: np.ndarray) -> np.ndarray:
    """Monte Carlo error of one run and of our mean, and one case for rounding to whole cases."""
    return DEVIATIONS * ours.std(axis=0, ddof=1) * np.sqrt(1 + 1 / len(ours)) + 1
