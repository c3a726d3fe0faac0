"""Which points a detector is asked about, and how its answer is put together."""

from collections.abc import Iterator

import numpy as np

from pingji.analysis.detect.result import Array, Detection, Note

# Elements worked on at once: small enough for the processor's cache, whatever the number of series.
BLOCK = 32_768


def judged_rows(times: int, judge: slice | None) -> slice:
    """Say which time points are to be judged.

    Args:
        times: Number of time points.
        judge: Time indices asked for, with Python's meaning of negative ends; None for all.

    Returns:
        The same range with its two ends as plain indices, `start <= stop`.

    Raises:
        ValueError: If the range leaves out points (a step other than 1).
    """
    if judge is None:
        return slice(0, times)
    start, stop, step = judge.indices(times)
    if step != 1:
        raise ValueError("judge must be a range without gaps (a slice with step 1)")
    return slice(start, max(start, stop))


def series_blocks(times: int, series: int) -> Iterator[slice]:
    """Cut the series into runs that are worked on together.

    Args:
        times: Time points held per series.
        series: Number of series.

    Yields:
        Consecutive slices of the series axis.
    """
    width = max(1, BLOCK // max(1, times))
    for first in range(0, series, width):
        yield slice(first, min(series, first + width))


def assemble(
    counts: Array,
    rows: slice,
    *,
    upper_bound: Array,
    alarm: np.ndarray,
    note: np.ndarray,
    expected: Array | None = None,
    score: Array | None = None,
    extra: dict[str, Array] | None = None,
) -> Detection:
    """Put the answer for the rows judged into arrays of the shape of the counts.

    Points with a note lose their figures and their alarm, so that none is taken for a judgement.
    A missing count is noted as missing, whatever else hindered its judgement.

    Args:
        counts: All counts, shape (time, series).
        rows: The rows that the other arrays are about, as `judged_rows` gives them.
        upper_bound: Largest count without alarm, shape (rows, series).
        alarm: Alarms, same shape.
        note: A `Note` per point, same shape.
        expected: Expected counts, same shape or (1, series); None where the method has none.
        score: The method's statistic, same shape; None where the method has none.
        extra: Further columns by name, same shape.

    Returns:
        The judgement of every point; rows not asked for carry `Note.NOT_ASKED`.
    """
    note = np.asarray(note, np.int8)
    missing = np.isnan(counts[rows])
    if missing.any():
        note = np.where(missing, np.int8(Note.MISSING), note)
    silent = note != int(Note.JUDGED)
    some_silent = bool(silent.any())
    if some_silent:
        alarm = alarm & ~silent

    def whole(values: Array | None) -> Array:
        full = np.empty(counts.shape)
        full[: rows.start] = np.nan
        full[rows.stop :] = np.nan
        full[rows] = np.nan if values is None else values
        if some_silent:
            full[rows][silent] = np.nan
        return full

    alarms = np.zeros(counts.shape, np.bool_)
    alarms[rows] = alarm
    notes = np.full(counts.shape, Note.NOT_ASKED, np.int8)
    notes[rows] = note
    return Detection(
        observed=counts,
        expected=whole(expected),
        upper_bound=whole(upper_bound),
        score=whole(score),
        alarm=alarms,
        note=notes,
        extra={name: whole(values) for name, values in (extra or {}).items()},
    )
