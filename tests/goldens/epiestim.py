"""Reproduction numbers against the stored outputs of the reference."""

from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from pingji.analysis.estimate import (
    ReproductionNumber,
    UncertainSerialInterval,
    reproduction_number,
    wallinga_teunis,
)
from tests.goldens.agreement import Golden, difference, read_golden, read_series
from tests.goldens.csv_rows import file_rows, golden_rows
from tests.goldens.rows import Row

FILE = "epiestim"
RELATIVE = 1e-6
# Monte Carlo rows: the reference's error is that of its draws of the serial interval and of R.
# Ours is estimated from this many repetitions of its design with other seeds.
REPETITIONS = 10
DEVIATIONS = 5.0
# Early windows use only the draws whose mean lies before their end; so few make no estimate.
DRAWS = 30
FEW = f"fewer than {DRAWS} of the drawn serial intervals end early enough to be used"
UNKNOWN = "the serial interval is not stored: no file epiestim_si, or not this series in it"
QUANTILES = ("q025", "q05", "q25", "median", "q75", "q95", "q975")


def stored_intervals(data: Path) -> dict[tuple[str, str], np.ndarray]:
    """Serial intervals that came with a data set, from interval 0, by series and method."""
    found: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    stored_file = any((data / "golden").glob("epiestim_si.csv*"))
    for row in golden_rows(data, "epiestim_si") if stored_file else []:
        found[row["series"], row["method"]][int(row["k"])] = float(row["w"])
    weights = {}
    for key, stored in found.items():
        weights[key] = np.zeros(max(stored) + 1)
        weights[key][list(stored)] = list(stored.values())
    return weights


def imported_cases(data: Path, name: str, dates: np.ndarray) -> np.ndarray | None:
    """Imported cases of a series from the file `<its first word>_imported.csv`, if there is one.

    The file has a row per day (column `date` or time index `t`), or one per imported case.
    """
    for path in sorted(data.rglob("*_imported.csv*")):
        stem = path.name.split("_imported")[0]
        if name == stem or name.startswith(stem + "_"):
            return _by_day(file_rows(path), name, dates)
    return None


def _by_day(rows: list[dict[str, str]], name: str, dates: np.ndarray) -> np.ndarray:
    columns = list(rows[0])
    amount = next((c for c in columns if "import" in c.lower()), None)
    amount = amount or next((c for c in columns if c in ("count", "n", "cases")), None)
    index = {str(date): t for t, date in enumerate(dates)}
    imported = np.zeros(len(dates))
    for row in rows:
        if row.get("series", name) != name:
            continue
        t = index.get(row["date"]) if "date" in row else int(row["t"]) - 1
        if t is not None:
            imported[t] += float(row[amount]) if amount else 1.0
    return imported


def estimate(golden: Golden, counts: np.ndarray, **given) -> ReproductionNumber:
    """Rerun one setting on the windows of its rows."""
    params = golden.params
    starts = golden.columns["t_start"].astype(int) - 1
    ends = golden.columns["t_end"].astype(int) - 1
    given |= {"windows": (starts, ends)}
    if golden.method.startswith("wallinga_teunis"):
        given.pop("imported", None)
        return wallinga_teunis(counts, correct_recent=False, **given)
    return reproduction_number(
        counts,
        prior_mean=params.get("mean_prior", 5),
        prior_sd=params.get("std_prior", 5),
        keep_uninformed=True,
        **given,
    )


def serial_interval(golden: Golden, intervals: dict, seed: int = 1) -> dict:
    """The serial interval of a setting as arguments."""
    params = golden.params
    if "std_mean_si" in params:
        return {
            "si_uncertain": UncertainSerialInterval(
                mean=params["mean_si"],
                mean_sd=params["std_mean_si"],
                mean_min=params["min_mean_si"],
                mean_max=params["max_mean_si"],
                sd=params["std_si"],
                sd_sd=params["std_std_si"],
                sd_min=params["min_std_si"],
                sd_max=params["max_std_si"],
                draws=params["n1"],
                seed=seed,
            )
        }
    if "mean_si" in params:
        return {"si_mean": params["mean_si"], "si_sd": params["std_si"]}
    return {"si_weights": intervals[golden.series, golden.method]}


def figures(result: ReproductionNumber) -> dict[str, np.ndarray]:
    """The columns of the golden file."""
    quantiles = dict(zip(QUANTILES, result.quantiles[:, :, 0], strict=True))
    return {"mean": result.mean[:, 0], "sd": result.sd[:, 0]} | quantiles


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series, intervals = read_series(data), stored_intervals(data)
    lines: dict[str, list] = {}
    for golden in read_golden(data, FILE):
        if "mean_si" not in golden.params and (golden.series, golden.method) not in intervals:
            line = lines.setdefault(_title(golden), [0, 0, 0, "", 0.0])
            line[0] += len(golden.rows)
            line[2] += len(golden.rows)
            line[3] = UNKNOWN
            continue
        one = series[golden.series]
        given = {"imported": imported_cases(data, golden.series, one.dates)}
        sampled = bool(golden.params.get("stochastic"))
        runs = [
            figures(
                estimate(golden, one.counts, **given, **serial_interval(golden, intervals, seed))
            )
            for seed in range(1, 1 + (REPETITIONS if sampled else 1))
        ]
        out = _few_draws(golden) if sampled else np.zeros(len(golden.rows), bool)
        good, gap = _within_noise(runs, golden) if sampled else _exactly(runs[0], golden)
        line = lines.setdefault(_title(golden), [0, 0, 0, "", 0.0])
        line[0] += len(golden.rows)
        line[1] += int((good & ~out).sum())
        line[2] += int(out.sum())
        if out.any():
            line[3] = FEW
        line[4] = max(line[4], float(gap[~out].max(initial=0.0)))
    return [Row(FILE, title, *counted) for title, counted in lines.items()]


def _title(golden: Golden) -> str:
    params = golden.params
    title = f"{golden.method} window={params['window']}"
    if "mean_prior" in params:
        title += f" prior={params['mean_prior']}/{params['std_prior']}"
    return title + " (within its Monte Carlo error)" if params.get("stochastic") else title


def _exactly(ours: dict[str, np.ndarray], golden: Golden) -> tuple[np.ndarray, np.ndarray]:
    gap = np.zeros(len(golden.rows))
    for column, stored in golden.columns.items():
        # Wallinga-Teunis: the reference simulates sd and quantiles, and they are not stored.
        if column in ours and (column == "mean" or not np.isnan(stored).all()):
            gap = np.maximum(gap, difference(ours[column], stored))
    return gap <= RELATIVE, gap


def _few_draws(golden: Golden) -> np.ndarray:
    """Windows that end before all but a few drawn serial intervals: whose draws decide."""
    params = golden.params
    low, high, end = (
        (edge - params["mean_si"]) / params["std_mean_si"]
        for edge in (params["min_mean_si"], params["max_mean_si"], golden.columns["t_end"])
    )
    share = (ndtr(np.clip(end, low, high)) - ndtr(low)) / (ndtr(high) - ndtr(low))
    return (share > 0) & (share * params["n1"] < DRAWS)


def _within_noise(runs: list[dict], golden: Golden) -> tuple[np.ndarray, np.ndarray]:
    """Compare with the spread of the repetitions; the reference adds its own draws of R."""
    params = golden.params
    good, worst = np.ones(len(golden.rows), bool), np.zeros(len(golden.rows))
    average = {column: np.mean([run[column] for run in runs], axis=0) for column in runs[0]}
    # Error of a quantile from so many draws of a density near the normal's, taken generously.
    sampling = 3 * average["sd"] / np.sqrt(params["n1"] * params["n2"])
    for column, ours in average.items():
        stored = golden.columns[column]
        between = np.std([run[column] for run in runs], axis=0, ddof=1)
        allowed = DEVIATIONS * np.hypot(between * np.sqrt(1 + 1 / len(runs)), sampling)
        with np.errstate(invalid="ignore"):
            near = np.abs(ours - stored) <= allowed
        good &= near | (np.isnan(ours) & np.isnan(stored))
        worst = np.maximum(worst, difference(ours, stored))
    return good, worst
