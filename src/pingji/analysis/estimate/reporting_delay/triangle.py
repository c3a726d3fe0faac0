"""Cases by the day they happened and the delay until they were reported."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.estimate.result import Array

Period = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class ReportingTriangle:
    """Cases known on one day, by when they happened and when they were reported.

    Attributes:
        dates: First day of each period, oldest first, the last one being `now`; shape (time,).
        counts: Cases by period and delay, shape (time, delay); NaN where not yet observable.
            The last delay holds longer ones too.
        period: Length of a period.
        without_dates: Rows of the line list left out because a date is missing.
        not_yet_reported: Rows left out because they were reported after `now`.
    """

    dates: NDArray[np.datetime64]
    counts: Array
    period: Period
    without_dates: int
    not_yet_reported: int

    @property
    def max_delay(self) -> int:
        """The longest delay told apart, in periods."""
        return int(self.counts.shape[1]) - 1

    @property
    def reported(self) -> Array:
        """Cases reported by now, shape (time,)."""
        reported: Array = np.nansum(self.counts, axis=1)
        return reported


def reporting_triangle(
    event: ArrayLike,
    report: ArrayLike,
    *,
    now: str | np.datetime64,
    period: Period = "day",
    max_delay: int = 15,
    start: str | np.datetime64 | None = None,
    cases: ArrayLike | None = None,
) -> ReportingTriangle:
    """Count a line list by period of the event and delay of its report.

    Args:
        event: Day on which each case happened (onset, admission), shape (row,); NaT if unknown.
        report: Day on which each case was reported, shape (row,); NaT if unknown.
        now: Day whose knowledge is taken: later reports are left out.
        period: Periods to count by; weeks begin on Monday.
        max_delay: Longest delay told apart, in periods; longer ones are taken as this long.
        start: First day counted; by default the earliest event of the list.
        cases: Number of cases of each row when rows are already summed; by default 1 each.

    Returns:
        The triangle, its last row being the period of `now`.

    Raises:
        ValueError: If a report precedes its event, naming the row; if nothing is reported by
            `now`, or the list is shorter than `max_delay`.
    """
    event, report = (np.asarray(days, dtype="datetime64[D]").ravel() for days in (event, report))
    if event.shape != report.shape:
        raise ValueError(f"{event.size} event days but {report.size} report days")
    weight = np.ones(event.size) if cases is None else np.asarray(cases, dtype=np.float64).ravel()
    if weight.shape != event.shape or not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError("cases must be one number per row, finite and not negative")
    if max_delay < 1:
        raise ValueError(f"max_delay must be at least 1, not {max_delay}")
    early = report < event
    if early.any():
        row = int(np.argmax(early))
        raise ValueError(
            f"row {row + 1}: reported on {report[row]}, before it happened, {event[row]}"
        )
    known = ~(np.isnat(event) | np.isnat(report))
    today = period_index(np.asarray(now, dtype="datetime64[D]"), period)
    happened, told = period_index(event, period), period_index(report, period)
    use = known & (told <= today)
    if not use.any():
        raise ValueError(f"no case was reported by {now}")
    first = (
        happened[known].min()
        if start is None
        else period_index(np.asarray(start, dtype="datetime64[D]"), period)
    )
    size = int(today - first) + 1
    if size <= max_delay:
        raise ValueError(
            f"the list covers {size} {period}s up to {now}; a longest delay of"
            f" {max_delay} needs at least {max_delay + 1}"
        )
    use &= happened >= first
    delay = np.minimum(told - happened, max_delay)
    counts = np.zeros((size, max_delay + 1))
    np.add.at(counts, ((happened - first)[use], delay[use]), weight[use])
    lag = np.arange(size)[::-1, None]
    counts[np.arange(max_delay + 1)[None, :] > lag] = np.nan
    return ReportingTriangle(
        period_start(first + np.arange(size), period),
        counts,
        period,
        int((~known).sum()),
        int((known & (told > today)).sum()),
    )


def period_index(days: NDArray[np.datetime64], period: Period) -> NDArray[np.int64]:
    """Number of the period in which a day lies; weeks begin on Monday.

    Args:
        days: Days.
        period: Length of a period.

    Returns:
        Numbers that grow by one from period to period.

    Raises:
        ValueError: If there is no such period.
    """
    if period == "day":
        return days.astype("datetime64[D]").astype(np.int64)
    if period == "week":
        return (days.astype("datetime64[D]").astype(np.int64) + 3) // 7
    if period == "month":
        return days.astype("datetime64[M]").astype(np.int64)
    raise ValueError(f"period must be day, week or month, not {period}")


def period_start(index: NDArray[np.int64], period: Period) -> NDArray[np.datetime64]:
    """First day of the periods numbered by `period_index`.

    Args:
        index: Numbers of periods.
        period: Length of a period.

    Returns:
        First days.
    """
    if period == "month":
        return index.astype("datetime64[M]").astype("datetime64[D]")
    days = index if period == "day" else index * 7 - 3
    return days.astype("datetime64[D]")
