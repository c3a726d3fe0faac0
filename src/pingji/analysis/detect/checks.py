"""Input checks shared by the detectors: every refusal names series and time."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.result import Array

# No disease makes so many cases in one period: more is a slip of the pen or an overflow, and
# arithmetic on it would lose the single cases on which bounds and alarms rest.
MOST_CASES = 1e9


def as_counts(counts: ArrayLike, *, names: list[str] | None = None) -> Array:
    """Give the counts back as a float array of shape (time, series).

    A one-dimensional array is one series. NaN means "not reported" and is kept.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series).
        names: Names of the series for error messages.

    Returns:
        Counts, shape (time, series).

    Raises:
        ValueError: If a count is negative, infinite, above `MOST_CASES` or not a whole number,
            naming series and time.
    """
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ValueError(f"counts must have shape (time, series), not {array.shape}")
    if _whole_and_reported(array):
        return array
    for what, bad in (
        ("is negative", array < 0),
        ("is infinite or too large", array > MOST_CASES),
        ("is not a whole number", np.isfinite(array) & (array != np.floor(array))),
    ):
        if bad.any():
            t, s = (int(i) for i in np.argwhere(bad)[0])
            name = names[s] if names else f"number {s + 1}"
            raise ValueError(f"series {name}, time {t + 1}: count {array[t, s]:g} {what}")
    return array


def _whole_and_reported(array: Array) -> bool:
    """Whether all counts are sound and none is missing: the usual case, told in fewer passes."""
    if not array.size:
        return True
    # A NaN passes through the minimum and makes the comparison false.
    within = array.min() >= 0 and array.max() <= MOST_CASES
    return bool(within and (np.floor(array) == array).all())


def check_dates(dates: ArrayLike) -> NDArray[np.datetime64]:
    """Give back the dates as days, one per time point.

    Args:
        dates: One date per time point, oldest first.

    Returns:
        Dates as datetime64[D], shape (time,).

    Raises:
        ValueError: If dates are unsorted or repeated, naming the time.
    """
    days = np.asarray(dates, dtype="datetime64[D]")
    if days.ndim != 1:
        raise ValueError("dates must be one-dimensional")
    steps = np.diff(days).astype(int)
    if (steps <= 0).any():
        t = int(np.argmax(steps <= 0)) + 1
        raise ValueError(
            f"time {t + 1}: date {days[t]} does not come after {days[t - 1]};"
            " sort the rows by date and keep one row per date"
        )
    return days
