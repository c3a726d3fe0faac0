"""Dates of a series as places on an unbroken calendar, and the same place in earlier years."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.checks import check_dates

Period = Literal["day", "week", "month"]
PERIODS_PER_YEAR: dict[str, int] = {"day": 365, "week": 52, "month": 12}
# No register reaches back further, and no year has more days: a larger option is a slip of the
# pen, and would take hours or the whole memory to say no more than "history too short".
MOST_YEARS = 200
MOST_IN_A_YEAR = 366


def periods_per_year(period: Period) -> int:
    """How many time points make a year where years are counted in time points.

    Args:
        period: What one time point stands for.

    Returns:
        365 days, 52 weeks or 12 months.

    Raises:
        ValueError: If the period is none of these.
    """
    if period not in PERIODS_PER_YEAR:
        raise ValueError(f"period must be day, week or month, not {period!r}")
    return PERIODS_PER_YEAR[period]


def check_reach(b: int, **in_a_year: int) -> None:
    """Refuse a baseline beyond any calendar, before a window is built for it.

    Args:
        b: Earlier years.
        in_a_year: Options that count points or levels within a year.

    Raises:
        ValueError: Naming the option that is too large.
    """
    for name, value, most in [("b", b, MOST_YEARS)] + [
        (name, value, MOST_IN_A_YEAR) for name, value in in_a_year.items()
    ]:
        if value > most:
            raise ValueError(f"{name} must be at most {most}, not {value}")


def calendar_index(dates: ArrayLike, period: Period) -> NDArray[np.int64]:
    """Number the time points by their place on the calendar, so that a gap in dates is a gap.

    Args:
        dates: One date per time point, oldest first; of weeks always the same weekday.
        period: What one time point stands for.

    Returns:
        Periods since the first date, shape (time,): 0, 1, 2 ... where no date is missing.

    Raises:
        ValueError: If dates are unsorted or repeated, if two fall into one month, or if one is not
            a whole number of weeks after the first.
    """
    periods_per_year(period)
    days = check_dates(dates)
    index: NDArray[np.int64]
    if not len(days):
        return np.zeros(0, np.int64)
    if period == "month":
        index = (days.astype("datetime64[M]") - days[0].astype("datetime64[M]")).astype(np.int64)
        wrong = np.diff(index, prepend=-1) == 0
        reason = "falls into the month of the one before"
    else:
        index, rest = np.divmod((days - days[0]).astype(np.int64), 7 if period == "week" else 1)
        wrong = rest != 0
        reason = f"is not a whole number of weeks after {days[0]}"
    if wrong.any():
        t = int(np.argmax(wrong))
        raise ValueError(f"time {t + 1}: date {days[t]} {reason}")
    return index


def years_before(
    dates: ArrayLike, index: NDArray[np.int64], years: int, period: Period
) -> NDArray[np.int64]:
    """Find the same place of the calendar some years earlier.

    Days keep their date (29 February becomes 1 March); weeks take the week that starts nearest to
    that date; months keep their month.

    Args:
        dates: Dates of the points asked about, shape (points,).
        index: Their `calendar_index`, shape (points,).
        years: How many years back.
        period: What one time point stands for.

    Returns:
        Places on the same count as `index`; negative before the first date.
    """
    if period == "month":
        return index - 12 * years
    days = np.asarray(dates, "datetime64[D]")
    month = days.astype("datetime64[M]")
    back = (month - 12 * years).astype("datetime64[D]") + (days - month.astype("datetime64[D]"))
    moved = (days - back).astype(np.int64)
    place: NDArray[np.int64] = index - (moved if period == "day" else (moved + 3) // 7)
    return place
