"""Running the estimates on the series of a file, and their results as columns."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pingji.config.cli.language import say
from pingji.config.cli.tables.bad_input import BadInput
from pingji.config.cli.tables.reading import read_table
from pingji.config.cli.tables.series_file import Block, SeriesFile
from pingji.config.cli.tables.values import numbers

if TYPE_CHECKING:
    from pingji.analysis.estimate import CaseFatality, GrowthRate, ReproductionNumber

    Result = CaseFatality | GrowthRate | ReproductionNumber

CELLS = 200_000
NOTES = {
    1: ("早于平均代际间隔，尚不能估计", "ends before the mean serial interval has passed"),
    2: ("有缺失的计数", "counts are missing"),
    3: ("病例数太少", "too few cases"),
    4: ("此前无可传染他人的病例", "nobody who could have infected others"),
    5: ("太近，后续感染尚未显现", "too recent: infections are still to come"),
    6: ("病例都在首日或末日，无法拟合", "all cases on the first or last day: no finite fit"),
    7: ("上界超出可考虑的范围", "a bound lies beyond every number considered"),
    8: ("死亡多于延迟所允许，延迟可能取得过长", "more deaths than the delay allows"),
}


def note_words(note: int) -> str:
    """Why a point was not estimated, in words."""
    return say(*NOTES.get(int(note), ("未估计", "not estimated"))) if note else ""


@dataclass(frozen=True)
class Estimated:
    """The estimates of one series; arrays of shape (estimate,).

    Attributes:
        name: Name of the series.
        dates: Date of every point of the series.
        counts: Count of every point.
        end: Time index each estimate is for (last of its window).
        start: First time index of its window.
        figures: Figures by column.
        note: Why there is none; 0 where there is.
    """

    name: str
    dates: NDArray[np.datetime64]
    counts: NDArray[np.float64]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    figures: dict[str, NDArray[np.float64]]
    note: NDArray[np.int8]


def estimate_all(
    file: SeriesFile, estimate: "Callable[[Block], Result]", step: Callable[[int], None]
) -> list[Estimated]:
    """Estimate every series of a file.

    Args:
        file: The series.
        estimate: Gives the result (of `pingji.analysis.estimate`) for a block of series.
        step: Told how many more series are done.

    Returns:
        The estimates in the file's order.

    Raises:
        BadInput: If an estimate refuses its options or the counts.
    """
    found: dict[int, Estimated] = {}
    for block in file.parts(CELLS):
        try:
            result = estimate(block)
        except ValueError as error:
            names = say("、", ", ").join(block.names[:3])
            raise BadInput(
                say(
                    f"{file.file}（{names}）：无法估计：{error}",
                    f"{file.file} ({names}): cannot be estimated: {error}",
                )
            ) from error
        columns = _columns(result)
        size = len(result.note)
        end = getattr(result, "end", np.arange(size))
        start = getattr(result, "start", end)
        for s, index in enumerate(block.index):
            found[index] = Estimated(
                block.names[s],
                block.dates,
                block.columns["count"][:, s],
                start,
                end,
                {name: values[:, s] for name, values in columns.items()},
                result.note[:, s],
            )
        step(len(block.names))
    return [found[index] for index in sorted(found)]


def _columns(result: "Result") -> dict[str, NDArray[np.float64]]:
    """The two-dimensional figures of a result by name; quantiles as q025, median ..."""
    from pingji.analysis.estimate import ReproductionNumber

    columns = {}
    for field in fields(result):
        value = getattr(result, field.name)
        if field.name == "quantiles" and isinstance(result, ReproductionNumber):
            for probability, quantile in zip(result.probabilities, value, strict=True):
                columns[quantile_name(probability)] = quantile
        elif isinstance(value, np.ndarray) and value.ndim == 2 and field.name != "note":
            columns[field.name] = value
    return columns


def quantile_name(probability: float) -> str:
    """q025 for 0.025, median for 0.5."""
    return "median" if probability == 0.5 else "q" + f"{probability:g}".split(".")[1]


def result_columns(found: list[Estimated], *, windows: bool = True) -> dict[str, object]:
    """The output table.

    Args:
        found: The estimates.
        windows: Whether an estimate is for a window, or for a date.

    Returns:
        Columns `series,start,end,...,note` or `series,date,...,note`.
    """
    columns: dict[str, object] = {"series": [one.name for one in found for _ in one.note]}
    ends = np.concatenate([one.dates[one.end] for one in found])
    if windows:
        columns["start"] = np.concatenate([one.dates[one.start] for one in found])
        columns["end"] = ends
    else:
        columns["date"] = ends
    for name in found[0].figures:
        columns[name] = np.concatenate([one.figures[name] for one in found])
    columns["note"] = [note_words(int(note)) for one in found for note in one.note]
    return columns


def read_weights(path: Path) -> NDArray[np.float64]:
    """Probabilities of a serial interval or delay from a file with columns `k,w`.

    Args:
        path: CSV or Parquet file.

    Returns:
        Probabilities from 0 on; those not in the file are 0.
    """
    table = read_table(path, needed=("k", "w"))
    lags, weights = numbers(table, "k", whole=True), numbers(table, "w")
    values = np.zeros(int(lags.max()) + 1)
    values[lags.astype(int)] = weights
    return values
