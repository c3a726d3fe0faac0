"""Golden rows of detectors, and how far a `Detection` agrees with them."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pingji.analysis.detect.result import Detection, Note
from tests.goldens.csv_rows import file_rows, golden_rows, series_rows
from tests.goldens.rows import Row

# Below this size a difference is taken as absolute: 1e-6 of it is still 1e-9.
SMALL = 1e-3
# What a series that is not there, a method that nobody knows or an option it refuses raises.
STOPS = (ArithmeticError, LookupError, OSError, TypeError, ValueError)


@dataclass(frozen=True)
class Series:
    """One series of the folder.

    Attributes:
        counts: Counts, shape (time,).
        dates: Date of each time point.
        frequency: Time points in a year by the reference's reckoning.
        start_period: Period of the year of the first time point, from 1.
        population: Population at risk, shape (time,); NaN where the file has none.
    """

    counts: np.ndarray
    dates: np.ndarray
    frequency: int
    start_period: int
    population: np.ndarray


@dataclass(frozen=True)
class Golden:
    """The stored rows of one series under one setting.

    Attributes:
        series: Name of the series.
        method: Method as the file names it.
        setting: Parameters as the file writes them.
        rows: Time index of each row, from 0.
        columns: Figures by column; NaN where the file is blank.
    """

    series: str
    method: str
    setting: str
    rows: np.ndarray
    columns: Mapping[str, np.ndarray]

    @property
    def params(self) -> dict:
        """The parameters, parsed."""
        return json.loads(self.setting)

    @property
    def span(self) -> slice:
        """From the first to the last row."""
        return slice(int(self.rows[0]), int(self.rows[-1]) + 1)


def _numbers(texts: list[str]) -> np.ndarray:
    known = {"": np.nan, "NA": np.nan, "TRUE": 1.0, "FALSE": 0.0}
    return np.array([known[text] if text in known else float(text) for text in texts])


def _figures(texts: dict[str, list[str]]) -> dict[str, np.ndarray]:
    """The columns that hold numbers; a remark in words is no figure to compare."""
    figures = {}
    for column, values in texts.items():
        with contextlib.suppress(ValueError):
            figures[column] = _numbers(values)
    return figures


def read_series(data: Path) -> dict[str, Series]:
    """All series of a folder of reference data, by name."""
    counts: dict[str, list[str]] = {}
    dates: dict[str, list[str]] = {}
    people: dict[str, list[str]] = {}
    for row in series_rows(data):
        counts.setdefault(row["series"], []).append(row["count"])
        dates.setdefault(row["series"], []).append(row["date"])
        people.setdefault(row["series"], []).append(row["population"])
    catalog = {row["series"]: row for row in file_rows(data / "series" / "catalog.csv")}
    return {
        name: Series(
            counts=_numbers(texts),
            dates=np.array(dates[name], "datetime64[D]"),
            frequency=int(catalog[name]["freq"]),
            start_period=int(catalog[name]["start_period"] or 1),
            population=_numbers(people[name]),
        )
        for name, texts in counts.items()
    }


def read_golden(data: Path, file: str) -> list[Golden]:
    """The rows of a golden file, grouped by method, parameters and series."""
    found: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for row in golden_rows(data, file):
        group = found.setdefault((row["series"], row["method"], row["params"]), {})
        for column, text in row.items():
            if column not in ("series", "method", "params", "date"):
                group.setdefault(column, []).append(text)
    goldens = []
    for (series, method, setting), texts in found.items():
        columns = _figures(texts)
        rows = columns.pop("t").astype(int) - 1
        goldens.append(Golden(series, method, setting, rows, columns))
    return goldens


def difference(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Relative difference; 0 where both are absent, infinite where only one is."""
    gap = np.full(np.shape(theirs), np.inf)
    gap[(np.isnan(ours) & np.isnan(theirs)) | (ours == theirs)] = 0.0
    both = np.isfinite(ours) & np.isfinite(theirs)
    gap[both] = np.abs(ours[both] - theirs[both]) / np.maximum(np.abs(theirs[both]), SMALL)
    return gap


def stopped_by(error: Exception) -> str:
    """Why rows that should have been compared were not: they count as falling short."""
    return f"stopped by {type(error).__name__}: {error}"


def agreement(
    file: str,
    goldens: list[Golden],
    judge: Callable[[Golden], Detection | str],
    *,
    columns: Mapping[str, str],
    tolerance: float = 1e-6,
) -> list[Row]:
    """Judge each group of golden rows and count, per method and setting, those that agree.

    Args:
        file: Name of the golden file.
        goldens: Its rows, grouped.
        judge: Gives the detection for a group, or why it cannot be compared.
        columns: Golden column of each figure of the detection that must agree; alarms always must.
        tolerance: Largest relative difference.

    Returns:
        One line per method and setting.
    """
    lines: dict[str, list] = {}
    for golden in goldens:
        line = lines.setdefault(f"{golden.method} {golden.setting}", [0, 0, 0, set(), 0.0])
        line[0] += len(golden.rows)
        try:
            found = judge(golden)
        except STOPS as error:
            line[3].add(stopped_by(error))
            continue
        if isinstance(found, str):
            line[2] += len(golden.rows)
            line[3].add(found)
            continue
        good = _same_alarms(found, golden)
        for figure, column in columns.items():
            ours = found.extra[figure] if figure in found.extra else getattr(found, figure)
            gap = difference(ours[golden.rows, 0], golden.columns[column])
            good &= gap <= tolerance
            line[4] = max(line[4], float(gap.max()))
        line[1] += int(good.sum())
    return [
        Row(file, method, rows, agree, left_out, "; ".join(sorted(why)), worst)
        for method, (rows, agree, left_out, why, worst) in lines.items()
    ]


def _same_alarms(found: Detection, golden: Golden) -> np.ndarray:
    """Whether each alarm agrees: a blank means that the reference did not judge."""
    theirs = golden.columns["alarm"]
    judged = found.note[golden.rows, 0] == Note.JUDGED
    alarm = found.alarm[golden.rows, 0]
    return np.where(np.isnan(theirs), ~judged, judged & (alarm == (theirs == 1)))
