"""Sum, mean and spread over a moving choice of rows, for many series at once."""

from collections.abc import Sequence

import numpy as np

from pingji.analysis.detect.calendar import check_reach
from pingji.analysis.detect.result import Array


def window_sums(counts: Array, offsets: Sequence[int], rows: int) -> tuple[Array, Array]:
    """Add up the rows i + offset of each i, leaving out what was not reported.

    Args:
        counts: Counts, shape (time, series); NaN where none was reported.
        offsets: Rows of a window, counted from its first; none negative.
        rows: Number of windows; the last needs row `rows - 1 + max(offsets)`.

    Returns:
        Sum of the reported counts and their number, each of shape (rows, series).
    """
    shape = (rows, counts.shape[1])
    absent = np.isnan(counts)
    total = np.zeros(shape)
    if not absent.any():
        for k in offsets:
            total += counts[k : k + rows]
        return total, np.full(shape, float(len(offsets)))
    reported = np.zeros(shape)
    for k in offsets:
        total += np.where(absent[k : k + rows], 0.0, counts[k : k + rows])
        reported += ~absent[k : k + rows]
    return total, reported


def seasonal_offsets(b: int, w: int, this_year: bool, frequency: int) -> tuple[list[int], int]:
    """The rows around the same time of earlier years, and those just before the one judged.

    Args:
        b: Earlier years.
        w: Half width of the window in each of them, and rows taken just before the one judged.
        this_year: Whether these last rows are taken.
        frequency: Rows in a year.

    Returns:
        Offsets of the rows from the earliest row that may be needed, and how far that row lies
        before the one judged.

    Raises:
        ValueError: If the options leave no rows, take in the row judged, or go back too far.
    """
    if b < 0 or w < 0 or w >= frequency:
        raise ValueError(f"b and w must be 0 or more, and w less than a year, not {b} and {w}")
    check_reach(b)
    lag = b * frequency + w
    offsets = [lag - year * frequency + k for year in range(b, 0, -1) for k in range(-w, w + 1)] + [
        lag + k for k in range(-w, 0) if this_year
    ]
    if not offsets:
        raise ValueError("b=0 needs this_year=True and w of at least 1, else there is no baseline")
    return offsets, lag


def window_moments(
    counts: Array, offsets: Sequence[int], rows: int, min_reported: int
) -> tuple[Array, Array]:
    """Mean and standard deviation (divisor n - 1) over the rows i + offset of each i.

    Two passes over the window rather than differences of running sums: a constant window then
    has a spread of exactly 0, and large counts lose no digits.

    Args:
        counts: Counts, shape (time, series); NaN where none was reported.
        offsets: Rows of a window, counted from its first; none negative.
        rows: Number of windows.
        min_reported: Reported rows a window needs, at least 2; fewer give NaN.

    Returns:
        Mean and standard deviation, each of shape (rows, series).
    """
    total, reported = window_sums(counts, offsets, rows)
    reported[reported < min_reported] = np.nan
    mean = np.divide(total, reported, out=total)
    square, step = np.zeros_like(mean), np.empty_like(mean)
    for k in offsets:
        np.subtract(counts[k : k + rows], mean, out=step)
        step *= step
        square += step
    if np.isnan(square).any():
        square = _squares_with_gaps(counts, offsets, mean)
    square /= reported - 1
    return mean, np.sqrt(square, out=square)


def _squares_with_gaps(counts: Array, offsets: Sequence[int], mean: Array) -> Array:
    """Sum of squared differences from the mean of the rows that were reported."""
    square = np.zeros_like(mean)
    for k in offsets:
        step = counts[k : k + len(mean)] - mean
        square += np.where(np.isnan(counts[k : k + len(mean)]), 0.0, step) ** 2
    return square
