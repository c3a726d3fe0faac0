"""A line list: when each case happened and when it was reported."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pingji.config.cli.tables.bad_input import at
from pingji.config.cli.tables.reading import read_table
from pingji.config.cli.tables.values import days, numbers, texts


@dataclass(frozen=True)
class LineList:
    """Cases of a file, one or several a line.

    Attributes:
        file: Name of the file.
        names: Names of the series; one empty name where the file has no such column.
        series: Series of each line, by its place in `names`.
        event: Day each case happened; NaT where unknown.
        report: Day each case was reported; NaT where unknown.
        cases: Cases of each line.
    """

    file: str
    names: list[str]
    series: NDArray[np.int64]
    event: NDArray[np.datetime64]
    report: NDArray[np.datetime64]
    cases: NDArray[np.float64]


def read_line_list(path: Path) -> LineList:
    """Read `event_date,report_date[,series][,count]`.

    Args:
        path: CSV or Parquet file.

    Returns:
        The line list.

    Raises:
        BadInput: If a date or number is bad, or a report precedes its event.
    """
    table = read_table(path, needed=("event_date", "report_date"), optional=("series", "count"))
    event = days(table, "event_date", optional=True)
    report = days(table, "report_date", optional=True)
    early = np.flatnonzero(report < event)
    if early.size:
        row = int(early[0])
        raise at(
            f"报告日期 {report[row]} 早于发生日期 {event[row]}",
            f"reported on {report[row]}, before it happened on {event[row]}",
            file=table.file,
            line=table.line(row),
        )
    cases = np.ones(len(event))
    if "count" in table.columns:
        cases = np.nan_to_num(numbers(table, "count", whole=True))
    series, names = np.zeros(len(event), dtype=np.int64), [""]
    if "series" in table.columns:
        series, names = texts(table.columns["series"])
    return LineList(table.file, names, series, event, report, cases)
