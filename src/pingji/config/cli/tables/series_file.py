"""Series of counts from a file, on a regular grid of days, weeks or months."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pingji.config.cli.tables.bad_input import BadInput, at
from pingji.config.cli.tables.reading import Table, read_table
from pingji.config.cli.tables.values import days, numbers, texts

Period = Literal["day", "week", "month"]
Gaps = Literal["missing", "zero"]
Array = NDArray[np.float64]
# So many steps of a week or a month in a row are no gaps of a daily series.
RUN = 4


@dataclass(frozen=True)
class Block:
    """Series that begin and end on the same dates.

    Attributes:
        index: Place of each series in the file's order, shape (series,).
        names: Their names.
        dates: Date of each time point, shape (time,).
        columns: Figures by column, each of shape (time, series); NaN where missing.
    """

    index: list[int]
    names: list[str]
    dates: NDArray[np.datetime64]
    columns: dict[str, Array]


@dataclass(frozen=True)
class SeriesFile:
    """All series of a file.

    Attributes:
        file: Name of the file.
        period: Time from one point to the next.
        names: Names of the series in the order of their first line.
        blocks: The series, grouped by their dates.
    """

    file: str
    period: Period
    names: list[str]
    blocks: list[Block]

    def parts(self, cells: int) -> Iterator[Block]:
        """The blocks cut so that no part has many more than `cells` figures in a column."""
        for block in self.blocks:
            width = max(1, cells // len(block.dates))
            for first in range(0, len(block.names), width):
                part = slice(first, first + width)
                yield Block(
                    block.index[part],
                    block.names[part],
                    block.dates,
                    {name: figures[:, part] for name, figures in block.columns.items()},
                )


def read_series(
    path: Path,
    *,
    needed: tuple[str, ...] = (),
    optional: tuple[str, ...] = ("population",),
    gaps: Gaps = "missing",
) -> SeriesFile:
    """Read `series,date,count` and further columns.

    Args:
        path: CSV or Parquet file.
        needed: Further columns that must be there.
        optional: Further columns read if they are there.
        gaps: What a date without a line means: no report, or no case.

    Returns:
        The series; every date between the first and the last of a series is there.

    Raises:
        BadInput: If a date or number is bad, dates are unsorted or repeated, or the frequency
            differs within a series or between series.
    """
    table = read_table(path, needed=("series", "date", "count", *needed), optional=optional)
    codes, names = texts(table.columns["series"])
    for code, name in enumerate(names):
        if not name:
            raise at(
                "序列名为空",
                "the name of the series is empty",
                file=table.file,
                line=table.line(int(np.argmax(codes == code))),
            )
    dates = days(table, "date")
    figures = {"count": numbers(table, "count", whole=True)}
    for column in (*needed, *optional):
        if column in table.columns:
            figures[column] = numbers(table, column, whole=column != "population")
    order = np.argsort(codes, kind="stable")
    _check_order(table, codes, names, dates, order)
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    rows = np.split(order, ends[:-1])
    period = _period(table, names, dates, rows)
    return SeriesFile(table.file, period, names, _blocks(names, dates, figures, rows, period, gaps))


def _check_order(
    table: Table,
    codes: NDArray[np.int64],
    names: list[str],
    dates: NDArray[np.datetime64],
    order: NDArray[np.int64],
) -> None:
    step = np.diff(dates[order]).astype(np.int64)
    bad = (step <= 0) & (codes[order][1:] == codes[order][:-1])
    if not bad.any():
        return
    row = int(order[1:][bad].min())
    before = int(order[np.flatnonzero(order == row)[0] - 1])
    place = {
        "file": table.file,
        "line": table.line(row),
        "series": names[codes[row]],
        "date": str(dates[row]),
    }
    if dates[row] == dates[before]:
        raise at(
            f"日期重复（上一次在第 {table.line(before)} 行），请每个日期只留一行",
            f"this date stands on line {table.line(before)} already; keep one line per date",
            **place,
        )
    raise at(
        f"日期排在 {dates[before]} 之后，请按日期从早到晚排序",
        f"the date follows {dates[before]}; sort the lines by date",
        **place,
    )


def _period(
    table: Table,
    names: list[str],
    dates: NDArray[np.datetime64],
    rows: list[NDArray[np.int64]],
) -> Period:
    """Day, week or month: what all series have in common."""
    found: dict[Period, int] = {}
    kinds = []
    for name, mine in zip(names, rows, strict=True):
        kind, odd = _kind(dates[mine])
        if odd is not None:
            row = int(mine[odd])
            raise at(
                "这里的日期间隔与本序列其余部分不同（频率混杂）",
                "here the step between dates differs from the rest (mixed frequency)",
                file=table.file,
                line=table.line(row),
                series=name,
                date=str(dates[row]),
            )
        kinds.append(kind)
        if kind is not None:
            found[kind] = found.get(kind, 0) + len(mine)
    if not found:
        return "day"
    period = max(found, key=lambda kind: found[kind])
    for name, mine, kind in zip(names, rows, kinds, strict=True):
        if kind not in (None, period) and not (len(mine) <= RUN and _fits(dates[mine], period)):
            raise at(
                f"本序列按{WORDS[kind][0]}，而文件其余部分按{WORDS[period][0]}（频率混杂）",
                f"this series is {WORDS[kind][1]} while the file is {WORDS[period][1]}"
                " (mixed frequency)",
                file=table.file,
                line=table.line(int(mine[0])),
                series=name,
            )
    return period


WORDS = {"day": ("日", "daily"), "week": ("周", "weekly"), "month": ("月", "monthly")}


def _kind(dates: NDArray[np.datetime64]) -> tuple[Period | None, int | None]:
    """The period of one series, and the first point that breaks it; None for a single date."""
    steps = np.diff(dates).astype(np.int64)
    if len(steps) == 0:
        return None, None
    if _fits(dates, "month"):
        return "month", None
    values, times = np.unique(steps, return_counts=True)
    usual = int(values[np.argmax(times)])
    if usual % 7 == 0:
        odd = steps % 7 != 0
        return "week", int(np.argmax(odd)) + 1 if odd.any() else None
    if 28 <= usual <= 31:
        odd = dates != dates.astype("datetime64[M]").astype("datetime64[D]")
        return "month", int(np.argmax(odd))
    return "day", _run(steps)


def _fits(dates: NDArray[np.datetime64], period: Period) -> bool:
    steps = np.diff(dates).astype(np.int64)
    if period == "week":
        return bool((steps % 7 == 0).all())
    if period == "month":
        return bool((dates == dates.astype("datetime64[M]").astype("datetime64[D]")).all())
    return True


def _run(steps: NDArray[np.int64]) -> int | None:
    """Where a daily series goes on in weeks or months."""
    for slow in (steps == 7, (steps >= 28) & (steps <= 31)):
        together = np.convolve(slow, np.ones(RUN), "valid") == RUN
        if together.any():
            return int(np.argmax(together)) + 1
    return None


def _blocks(
    names: list[str],
    dates: NDArray[np.datetime64],
    figures: dict[str, Array],
    rows: list[NDArray[np.int64]],
    period: Period,
    gaps: str,
) -> list[Block]:
    groups: dict[tuple, list[int]] = {}
    for series, mine in enumerate(rows):
        groups.setdefault((dates[mine[0]], dates[mine[-1]]), []).append(series)
    blocks = []
    for (first, last), members in groups.items():
        grid = _grid(first, last, period)
        empty = 0.0 if gaps == "zero" else np.nan
        columns = {
            column: np.full((len(grid), len(members)), np.nan if column == "population" else empty)
            for column in figures
        }
        for place, series in enumerate(members):
            mine = rows[series]
            at_grid = _steps(dates[mine], first, period)
            for column, values in figures.items():
                columns[column][at_grid, place] = values[mine]
        if "population" in columns:
            _carry(columns["population"])
        blocks.append(Block(members, [names[series] for series in members], grid, columns))
    return blocks


def _carry(population: Array) -> None:
    """A date without a population takes the one before it, or the first known."""
    for figures in population.T:
        known = np.flatnonzero(~np.isnan(figures))
        if len(known):
            before = np.searchsorted(known, np.arange(len(figures)), side="right") - 1
            figures[:] = figures[known[np.maximum(before, 0)]]


def _grid(first: np.datetime64, last: np.datetime64, period: Period) -> NDArray[np.datetime64]:
    if period == "month":
        months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
        return months.astype("datetime64[D]")
    return np.arange(first, last + 1, 7 if period == "week" else 1)


def _steps(
    dates: NDArray[np.datetime64], first: np.datetime64, period: Period
) -> NDArray[np.int64]:
    if period == "month":
        return (dates.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(np.int64)
    return (dates - first).astype(np.int64) // (7 if period == "week" else 1)


__all__ = ["BadInput", "Block", "SeriesFile", "read_series"]
