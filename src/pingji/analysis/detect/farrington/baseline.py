"""Which past weeks a point is compared with, and into which seasonal levels they fall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.calendar import (
    PERIODS_PER_YEAR,
    Period,
    calendar_index,
    check_reach,
    years_before,
)
from pingji.analysis.detect.checks import check_dates
from pingji.analysis.detect.result import Array


@dataclass(frozen=True, slots=True)
class Clock:
    """The time axis of the series.

    Attributes:
        length: Number of time points.
        period: What one time point stands for.
        position: Time covariate of the trend: number of the point where points are evenly spaced,
            else days since the first date divided by the length of the first step.
        days: Dates, or None where a year is taken as 52 weeks, 12 months or 365 days.
        even: Whether positions are one apart.
    """

    length: int
    period: Period
    position: Array
    days: NDArray[np.datetime64] | None
    even: bool = True

    def back(self, times: NDArray[np.int64], years: int) -> NDArray[np.int64]:
        """Indices of the reference points some years before the given ones."""
        if self.days is None:
            return times - PERIODS_PER_YEAR[self.period] * years
        return years_before(self.days[times], times, years, self.period)


def read_clock(length: int, dates: ArrayLike | None, period: Period) -> Clock:
    """Describe the time axis.

    Args:
        length: Number of time points.
        dates: A date per time point; None for arithmetic on the index.
        period: What one time point stands for.

    Returns:
        The time axis.

    Raises:
        ValueError: If the period is unknown, or dates are unsorted, repeated, too few, or leave
            out a period.
    """
    if period not in PERIODS_PER_YEAR:
        raise ValueError(f"period must be day, week or month, not {period!r}")
    if dates is None:
        return Clock(length, period, np.arange(length, dtype=np.float64), None)
    days = check_dates(dates)
    if len(days) != length:
        raise ValueError(f"{len(days)} dates for {length} time points")
    gaps = np.diff(calendar_index(days, period)) != 1
    if gaps.any():
        t = int(np.argmax(gaps)) + 1
        raise ValueError(
            f"time {t + 1}: no row between {days[t - 1]} and {days[t]}; give every {period} a row,"
            " with a missing count where none was reported"
        )
    if period != "month" or length < 2:
        return Clock(length, period, np.arange(length, dtype=np.float64), days)
    since = (days - days[0]).astype(np.float64)
    return Clock(length, period, since / since[1], days, even=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """Baselines of the points to be judged, as runs of consecutive time points of one level.

    Attributes:
        times: Indices of the points whose oldest reference point lies within the series, shape
            (points,).
        start: First index of each run, shape (points, runs); unused places are empty runs.
        stop: Index after the last of each run, same shape.
        level: Seasonal level of each run, same shape; `levels - 1` is that of the point itself.
        levels: Number of seasonal levels.
    """

    times: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    level: NDArray[np.int64]
    levels: int


def lay_out(
    clock: Clock, asked: slice, *, b: int, w: int, periods: int, past_not_included: int
) -> Layout:
    """Find the baseline of every point asked about.

    The points up to `w` away from the same time in each of the `b` years before, and the last `w`
    points before the one judged, are of its own season. With `periods` above 1, each stretch
    between two such windows is cut into `periods - 1` blocks of equal length, those at the
    beginning one longer where the division leaves a rest; they are further seasonal levels. The
    oldest window may be cut off by the beginning of the series, up to its middle.

    Args:
        clock: The time axis.
        asked: Time indices to be judged.
        b: Years to go back.
        w: Half width of a window.
        periods: Seasonal levels.
        past_not_included: Most recent points left out, besides the point itself.

    Returns:
        The baselines; points without enough history are left out.

    Raises:
        ValueError: If the baseline goes back too far, windows overlap, or a stretch between two is
            too short for its blocks.
    """
    check_reach(b, periods=periods)
    times = np.arange(asked.start, asked.stop)
    references = np.stack([clock.back(times, k) for k in range(b, 0, -1)] + [times], axis=1)
    enough = references[:, 0] >= 0
    times, references = times[enough], references[enough]
    first = np.maximum(references - w, 0)
    after = np.append(references[:, :-1] + w + 1, times[:, None], axis=1)
    stretch = first[:, 1:] - after[:, :-1]
    if (stretch < 0).any():
        raise ValueError(f"w={w}: the windows of two years overlap")
    if periods > 1 and (stretch < periods - 1).any():
        raise ValueError(f"periods={periods}: too many for {int(stretch.min())} points in between")
    size, rest = np.divmod(stretch[..., None], max(1, periods - 1))
    block = np.arange(periods)
    # Edges of the blocks after each window, shape (points, years, periods): block 0 starts there.
    edge = after[:, :-1, None] + block * size + np.minimum(block, rest)
    points = len(times)
    start = np.append(edge[..., :-1], first[:, 1:, None], axis=2).reshape(points, b * periods)
    stop = np.append(edge[..., 1:], after[:, 1:, None], axis=2).reshape(points, b * periods)
    start = np.append(first[:, :1], start, axis=1)
    stop = np.append(after[:, :1], stop, axis=1)
    level = np.append(periods - 1, np.tile(block, b))
    last = (times - past_not_included)[:, None]
    return Layout(
        times=times,
        start=np.ascontiguousarray(start),
        stop=np.ascontiguousarray(np.maximum(start, np.minimum(stop, last))),
        level=np.ascontiguousarray(np.broadcast_to(level, start.shape)),
        levels=periods,
    )
