"""Mean and spread of a moving window, for many series at once."""

import numpy as np

from pingji.analysis.detect.result import Array


def window_moments(counts: Array, width: int, min_reported: int) -> tuple[Array, Array]:
    """Mean and standard deviation (divisor n - 1) of every run of `width` rows.

    Two passes over the window rather than differences of running sums: a constant window then
    has a spread of exactly 0, and large counts lose no digits.

    Args:
        counts: Counts, shape (time, series); NaN where none was reported.
        width: Rows in a window.
        min_reported: Reported rows a window needs; fewer give NaN.

    Returns:
        Mean and standard deviation, each of shape (time - width + 1, series): entry i is about
        rows i to i + width - 1. No rows where the counts are shorter than a window.
    """
    rows = max(0, len(counts) - width + 1)
    absent = np.isnan(counts)
    if absent.any():
        return _moments_with_gaps(counts, absent, width, min_reported)
    mean = np.zeros((rows, counts.shape[1]))
    for k in range(width):
        mean += counts[k : k + rows]
    mean /= width
    square, step = np.zeros_like(mean), np.empty_like(mean)
    for k in range(width):
        np.subtract(counts[k : k + rows], mean, out=step)
        step *= step
        square += step
    square /= width - 1
    return mean, np.sqrt(square, out=square)


def _moments_with_gaps(
    counts: Array, absent: np.ndarray, width: int, min_reported: int
) -> tuple[Array, Array]:
    """The same where counts are missing: each window's figures are of its reported rows."""
    rows = max(0, len(counts) - width + 1)
    filled = np.where(absent, 0.0, counts)
    present = (~absent).astype(float)
    total, reported = np.zeros((2, rows, counts.shape[1]))
    for k in range(width):
        total += filled[k : k + rows]
        reported += present[k : k + rows]
    reported[reported < max(2, min_reported)] = np.nan
    mean = total / reported
    square = np.zeros_like(mean)
    for k in range(width):
        square += present[k : k + rows] * (filled[k : k + rows] - mean) ** 2
    return mean, np.sqrt(square / (reported - 1))
