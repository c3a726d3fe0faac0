"""Days that are not like others: the Spring Festival, public holidays, weekends, school holidays."""

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

# First day of the first lunar month, Beijing time, by the published calendar 农历. The tests compare
# each with the new moon as computed.
SPRING_FESTIVAL = (
    *("2000-02-05", "2001-01-24", "2002-02-12", "2003-02-01", "2004-01-22", "2005-02-09"),
    *("2006-01-29", "2007-02-18", "2008-02-07", "2009-01-26", "2010-02-14", "2011-02-03"),
    *("2012-01-23", "2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08", "2017-01-28"),
    *("2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22"),
    *("2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13"),
    *("2030-02-03", "2031-01-23", "2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08"),
    *("2036-01-28", "2037-02-15", "2038-02-04", "2039-01-24", "2040-02-12"),
)
FESTIVAL_DAYS = (-1, 6)  # from the eve to the seventh day
WINTER_HOLIDAY = (-18, 15)  # of schools, in days from the Spring Festival
# Month and day of the first and the last day off; each year announces its own, a day or two away.
FIXED_HOLIDAYS = (((1, 1), (1, 1)), ((5, 1), (5, 5)), ((10, 1), (10, 7)))
SUMMER_HOLIDAY = ((7, 8), (8, 31))

Days = NDArray[np.datetime64]


def spring_festival(year: int) -> date:
    """First day of the lunar year that begins in a calendar year.

    Args:
        year: Calendar year, 2000 to 2040.

    Raises:
        ValueError: Outside the years of the table.
    """
    first = int(SPRING_FESTIVAL[0][:4])
    if not first <= year < first + len(SPRING_FESTIVAL):
        raise ValueError(f"the Spring Festival of {year} is not in the table")
    return date.fromisoformat(SPRING_FESTIVAL[year - first])


def from_spring_festival(days: ArrayLike) -> NDArray[np.int64]:
    """Days from the Spring Festival of the same calendar year: negative before it, 0 on the day.

    Args:
        days: Days as datetime64[D].

    Returns:
        Whole numbers, of the shape of `days`.
    """
    when = np.asarray(days, "datetime64[D]")
    years = when.astype("datetime64[Y]").astype(int) + 1970
    table = {int(year): np.datetime64(spring_festival(int(year)), "D") for year in np.unique(years)}
    festival = np.array([table[int(year)] for year in years.ravel()], "datetime64[D]")
    apart: NDArray[np.int64] = (when - festival.reshape(when.shape)).astype(np.int64)
    return apart


def weekday(days: ArrayLike) -> NDArray[np.int64]:
    """Day of the week, 0 Monday to 6 Sunday."""
    numbered = np.asarray(days, "datetime64[D]").astype(np.int64)
    result: NDArray[np.int64] = (numbered + 3) % 7
    return result


def public_holiday(days: ArrayLike) -> NDArray[np.bool_]:
    """Whether a day is off by law: New Year, Spring Festival, Labour Day, National Day."""
    off = _between(from_spring_festival(days), *FESTIVAL_DAYS)
    for first, last in FIXED_HOLIDAYS:
        off |= _in_the_year(days, first, last)
    return off


def working_day(days: ArrayLike) -> NDArray[np.bool_]:
    """Whether offices work: Monday to Friday without public holidays."""
    open_days: NDArray[np.bool_] = (weekday(days) < 5) & ~public_holiday(days)
    return open_days


def school_holiday(days: ArrayLike) -> NDArray[np.bool_]:
    """Whether a day lies in the winter or summer holiday of schools."""
    return _between(from_spring_festival(days), *WINTER_HOLIDAY) | _in_the_year(
        days, *SUMMER_HOLIDAY
    )


def _between(value: NDArray[np.int64], first: int, last: int) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (value >= first) & (value <= last)
    return inside


def _in_the_year(
    days: ArrayLike, first: tuple[int, int], last: tuple[int, int]
) -> NDArray[np.bool_]:
    when = np.asarray(days, "datetime64[D]")
    month = when.astype("datetime64[M]")
    number = (
        (month.astype(np.int64) % 12 + 1) * 100
        + (when - month.astype("datetime64[D]")).astype(np.int64)
        + 1
    )
    return _between(number, first[0] * 100 + first[1], last[0] * 100 + last[1])
