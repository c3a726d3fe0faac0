"""Days that are not like others; the Spring Festival against the moon itself."""

from datetime import date

import numpy as np
import pytest

from pingji.analysis.simulate.holidays import (
    SPRING_FESTIVAL,
    from_spring_festival,
    public_holiday,
    school_holiday,
    spring_festival,
    weekday,
    working_day,
)

LUNATION = 29.530588861  # mean days from one new moon to the next


def new_moons_of(year: int) -> list[float]:
    """New moons of a year in Beijing days from 1 January 2000, with the largest terms of Meeus."""
    found = []
    for k in range(int((year - 2000) * 12.3685) - 1, int((year - 2000) * 12.3685) + 4):
        century = k / 1236.85
        sun = np.radians(2.5534 + 29.10535670 * k)
        moon = np.radians(201.5643 + 385.81693528 * k + 0.0107582 * century**2)
        node = np.radians(160.7108 + 390.67050284 * k)
        mean = 2451550.09766 + LUNATION * k
        true = mean - 0.40720 * np.sin(moon) + 0.17241 * np.sin(sun)
        true += 0.01608 * np.sin(2 * moon) + 0.01039 * np.sin(2 * node)
        true += 0.00739 * np.sin(moon - sun) - 0.00514 * np.sin(moon + sun)
        found.append(true - 2451544.5 + 8 / 24 - 0.0007)  # Beijing; Terrestrial Time to UTC
    return found


@pytest.mark.parametrize("written", SPRING_FESTIVAL)
def test_the_lunar_year_begins_on_a_day_of_new_moon(written: str):
    day = (date.fromisoformat(written) - date(2000, 1, 1)).days
    moons = new_moons_of(int(written[:4]))
    assert min(abs(moon - (day + 0.5)) for moon in moons) < 0.5 + 0.02


def test_the_table_holds_one_festival_for_each_year():
    years = [int(written[:4]) for written in SPRING_FESTIVAL]
    assert years == list(range(2000, 2041))
    assert all("01-21" <= written[5:] <= "02-20" for written in SPRING_FESTIVAL)


def test_years_beyond_the_table_are_refused():
    with pytest.raises(ValueError, match="2041"):
        spring_festival(2041)


def test_days_are_counted_from_the_festival_of_their_year():
    days = np.array(["2025-01-28", "2025-01-29", "2025-02-04", "2026-02-17"], "datetime64[D]")
    assert from_spring_festival(days).tolist() == [-1, 0, 6, 0]
    assert public_holiday(days).tolist() == [True, True, True, True]


def test_weekends_and_holidays_are_no_working_days():
    days = np.array(
        ["2025-03-07", "2025-03-08", "2025-10-01", "2025-10-07", "2025-10-08", "2025-05-01"],
        "datetime64[D]",
    )
    assert weekday(days).tolist()[:2] == [4, 5]
    assert working_day(days).tolist() == [True, False, False, False, True, False]


def test_schools_are_closed_in_summer_and_round_the_festival():
    days = np.array(
        ["2025-01-10", "2025-01-15", "2025-02-13", "2025-02-14", "2025-07-08", "2025-08-31"]
        + ["2025-09-01"],
        "datetime64[D]",
    )
    assert school_holiday(days).tolist() == [False, True, True, False, True, True, False]
