"""Real weekly series whose outbreaks are known, from the reference data folder."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measures import Truth

ROOT = Path(__file__).resolve().parents[1]
# Baseline years that a half of the series leaves to methods that count in years.
BASELINE_YEARS = 2
YEAR = 52


def reference_data() -> Path | None:
    """Folder of the detection reference data, or None where there is none."""
    given = os.environ.get("PINGJI_REFERENCE_DATA")
    base = Path(given) if given else ROOT.parent / "shared" / "data"
    for folder in (base / "detection", base):
        if (folder / "series" / "series.csv.gz").is_file():
            return folder
    return None


def load(folder: Path) -> tuple[list[str], NDArray[np.float64], slice, Truth]:
    """Read the weekly series with known outbreaks, each in two ways.

    Most of these outbreaks fall into the first weeks of their series, where nothing could be
    judged. Therefore each half of a series is judged once with the other half as its history:
    once as it is, and once with the halves (whole years) exchanged.

    Args:
        folder: The detection reference data.

    Returns:
        Names; counts of shape (week, 2 x series), NaN before the shorter ones begin; the weeks to
        be judged; and the truth about these weeks.
    """
    series = _read(folder)
    names = sorted(series)
    weeks = max(len(rows) for rows in series.values())
    columns, states, counted = [], [], []
    for name in names:
        rows = np.array(series[name])
        half = YEAR * (len(rows) // (2 * YEAR))
        for judged in (np.arange(half, len(rows)), np.arange(half)):
            order = np.concatenate([np.setdiff1d(np.arange(len(rows)), judged), judged])
            missing = weeks - len(rows)
            columns.append(np.concatenate([np.full(missing, np.nan), rows[order, 0]]))
            states.append(np.concatenate([np.zeros(missing), rows[order, 1]]) > 0)
            counted.append(np.arange(weeks) >= weeks - len(judged))
    outbreak, inside = np.stack(states, axis=1), np.stack(counted, axis=1)
    outbreak &= inside
    first = outbreak.copy()
    first[1:] &= ~outbreak[:-1]
    judge = slice(int(np.argmax(inside.any(axis=1))), weeks)
    truth = Truth(outbreak[judge], first[judge], (inside & ~outbreak)[judge])
    return names, np.stack(columns, axis=1), judge, truth


def _read(folder: Path) -> dict[str, list[tuple[float, bool]]]:
    """Count and state of every week of the series with known outbreaks."""
    with (folder / "series" / "catalog.csv").open(newline="") as lines:
        known = {
            row["series"]
            for row in csv.DictReader(lines)
            if row["freq"] == "52" and int(row["known_outbreak_periods"] or 0) > 0
        }
    rows: dict[str, list[tuple[float, bool]]] = {}
    with gzip.open(folder / "series" / "series.csv.gz", "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["series"] in known:
                count = float(row["count"]) if row["count"] else np.nan
                rows.setdefault(row["series"], []).append((count, row["state"] == "1"))
    return rows
