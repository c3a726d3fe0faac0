"""The moving percentile method of the Chinese national early-warning system."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.calendar import (
    PERIODS_PER_YEAR,
    Period,
    calendar_index,
    years_before,
)
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.result import Array, Detection, Note

# Blocks of history held in memory at once, of all series together.
HELD = 2_000_000


def moving_percentile(
    counts: ArrayLike,
    *,
    dates: ArrayLike,
    period: Period,
    percentile: ArrayLike = 90.0,
    years: int = 5,
    neighbours: int = 2,
    window: int | None = None,
    min_blocks: int | None = None,
    min_cases: int = 1,
    judge: slice | None = None,
) -> Detection:
    """Compare the last days with the same days of earlier years, by a percentile of the latter.

    The count of the last `window` time points is compared with blocks of the same length in each
    of `years` earlier years: the one that ends on the same date, and `neighbours` adjoining blocks
    before and after it. It alarms when it is above the percentile of these blocks and has at least
    `min_cases` cases.

    The percentile is the linearly interpolated one (type 7 of Hyndman and Fan, the default of R,
    numpy and Excel): of n blocks sorted from the smallest, the value at place
    1 + (n - 1) * percentile / 100.

    The best percentile differs between diseases (in the sources below from 45 to 90); it is a
    local setting, to be tuned on local data. The default is the one found best for most diseases.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        dates: Date of each time point, shape (time,); of weeks always the same weekday. Dates left
            out count as not reported.
        period: What one time point stands for: "day", "week" or "month".
        percentile: Percentile that makes an alarm, 0 to 100; one number, or one per series, so
            that each disease has its own.
        years: Earlier years looked at.
        neighbours: Adjoining blocks on either side of the same window in each earlier year.
        window: Time points added up; None for 7 days, 1 week or 1 month.
        min_blocks: Complete blocks the history needs; None asks for all of them.
        min_cases: Smallest count of the window that may alarm.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point, in counts of the whole window: `expected` is the median of the
        blocks, `upper_bound` their percentile, `score` the share of blocks below the window's
        count in percent (blocks equal to it count half). `extra` holds `window_count`, the count
        judged, and `blocks`, how many it was compared with. `Note.HISTORY_TOO_SHORT` where blocks
        are lacking, `Note.MISSING` where a point of the window is, `Note.TOO_FEW_CASES` where the
        count is above the percentile but below `min_cases`.

    Raises:
        ValueError: If a count, a date or an option is out of range.

    Source: Yang et al. 2011, Western Pac Surveill Response J 2(1):10,
        doi:10.5365/WPSAR.2010.1.1.009; five weeks of five years as in Wang et al. 2017,
        BMC Public Health, doi:10.1186/s12889-017-4488-0.
    """
    array = as_counts(counts)
    index = calendar_index(dates, period)
    if len(index) != len(array):
        raise ValueError(f"there are {len(array)} counts but {len(index)} dates per series")
    width = window if window is not None else (7 if period == "day" else 1)
    cut = _percentiles(percentile, array.shape[1])
    _check_options(years, neighbours, width, min_cases, period)
    all_blocks = years * (2 * neighbours + 1)
    needed = all_blocks if min_blocks is None else min_blocks
    if not 1 <= needed <= all_blocks:
        raise ValueError(f"min_blocks must lie between 1 and {all_blocks}, not {min_blocks}")

    asked = judged_rows(len(array), judge)
    ends = _block_ends(dates, index, asked, years, neighbours, width, period)
    shape = (asked.stop - asked.start, array.shape[1])
    now, blocks, bound, median, score = np.full((5, *shape), np.nan)
    step = max(1, HELD // max(1, ends.size))
    for first in range(0, shape[1], step) if shape[0] else ():
        some = slice(first, first + step)
        sums = _window_sums(array[:, some], index, width)
        now[:, some] = sums[:, index[asked]].T
        held = np.sort(np.where(ends >= 0, sums[:, np.maximum(ends, 0)], np.nan), axis=-1)
        count = now[:, some].T[..., None]
        number = (~np.isnan(held)).sum(axis=-1)
        blocks[:, some] = number.T
        bound[:, some] = _quantile(held, number, cut[some, None]).T
        median[:, some] = _quantile(held, number, np.array(50.0)).T
        below = (held < count).sum(axis=-1) + 0.5 * (held == count).sum(axis=-1)
        score[:, some] = (100.0 * below / np.maximum(number, 1)).T

    above = now > bound
    note = np.where(above & (now < min_cases), np.int8(Note.TOO_FEW_CASES), np.int8(Note.JUDGED))
    note[np.isnan(now)] = Note.MISSING
    note[(blocks < needed) | (index[asked] < width - 1)[:, None]] = Note.HISTORY_TOO_SHORT
    return assemble(
        array,
        asked,
        expected=median,
        upper_bound=bound,
        score=score,
        alarm=above,
        note=note,
        extra={"window_count": now, "blocks": blocks},
    )


def _percentiles(percentile: ArrayLike, series: int) -> Array:
    """One percentile per series."""
    cut = np.asarray(percentile, dtype=np.float64)
    if cut.ndim and cut.shape != (series,):
        raise ValueError(f"percentile must be one number or {series}, not shape {cut.shape}")
    if not ((cut >= 0) & (cut <= 100)).all():
        raise ValueError("percentile must lie between 0 and 100")
    return np.broadcast_to(cut, (series,))


def _check_options(
    years: int, neighbours: int, window: int, min_cases: int, period: Period
) -> None:
    """Refuse options that make no sense, or windows that would run into one another."""
    for name, value, least in (
        ("years", years, 1),
        ("neighbours", neighbours, 0),
        ("window", window, 1),
        ("min_cases", min_cases, 0),
    ):
        if value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")
    if (2 * neighbours + 1) * window > PERIODS_PER_YEAR[period]:
        raise ValueError(
            f"{2 * neighbours + 1} blocks of {window} {period}s are longer than a year;"
            " make window or neighbours smaller"
        )


def _block_ends(
    dates: ArrayLike,
    index: NDArray[np.int64],
    asked: slice,
    years: int,
    neighbours: int,
    window: int,
    period: Period,
) -> NDArray[np.int64]:
    """Calendar place of the last point of each block, shape (judged points, blocks).

    Negative where the block begins before the first date.
    """
    days = np.asarray(dates, "datetime64[D]")[asked]
    shifts = window * np.arange(-neighbours, neighbours + 1)
    ends = np.concatenate(
        [
            years_before(days, index[asked], back, period)[:, None] + shifts
            for back in range(1, years + 1)
        ],
        axis=1,
    )
    return np.where(ends >= window - 1, ends, -1)


def _window_sums(counts: Array, index: NDArray[np.int64], window: int) -> Array:
    """Sum of the last `window` places of the calendar, shape (series, places).

    NaN where one of them is missing or lies before the first.
    """
    places = int(index[-1]) + 1
    grid = np.full((counts.shape[1], places), np.nan)
    grid[:, index] = counts.T
    sums = np.full_like(grid, np.nan)
    full = max(0, places - window + 1)
    sums[:, places - full :] = sum(grid[:, k : k + full] for k in range(window))
    return sums


def _quantile(held: Array, number: np.ndarray, percent: Array) -> Array:
    """Interpolated percentile along the last axis of sorted values, NaN at their end."""
    place = percent * np.maximum(number - 1, 0) / 100.0
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, held.shape[-1] - 1)
    below = np.take_along_axis(held, low[..., None], axis=-1)[..., 0]
    above = np.take_along_axis(held, high[..., None], axis=-1)[..., 0]
    part = place - low
    return np.where(part > 0, below + part * (above - below), below)
