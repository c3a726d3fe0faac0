"""When reports are due: working days, holidays, weeks and months; each against a plain count."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from pingji.monitor.surveillance.rules.periods import (
    Rhythm,
    after_period,
    begin_of_period,
)

FRIDAY = date(2025, 11, 21)
MONDAY = date(2025, 11, 24)


def local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def test_a_day_is_due_so_many_hours_after_it_ends():
    assert local(Rhythm("day", 10).due_at(FRIDAY)) == "2025-11-22 10:00"


def test_on_working_days_friday_is_due_on_monday():
    assert local(Rhythm("day", 10, workdays_only=True).due_at(FRIDAY)) == "2025-11-24 10:00"


def test_long_grace_counts_only_the_hours_of_days_that_are_on():
    thursday = FRIDAY - timedelta(days=1)
    assert local(Rhythm("day", 36, workdays_only=True).due_at(thursday)) == "2025-11-24 12:00"


def test_holidays_are_off_and_weekends_can_be_worked():
    rhythm = Rhythm(
        "day",
        10,
        workdays_only=True,
        off=frozenset({MONDAY}),
        worked=frozenset({FRIDAY + timedelta(days=1)}),
    )

    assert [str(day) for day in rhythm.starts(FRIDAY, MONDAY + timedelta(days=1))] == [
        "2025-11-21",
        "2025-11-22",
        "2025-11-25",
    ]
    assert local(rhythm.due_at(FRIDAY + timedelta(days=1))) == "2025-11-25 10:00"


@pytest.mark.parametrize(
    ("period", "day", "begins", "after"),
    [
        ("day", FRIDAY, FRIDAY, FRIDAY + timedelta(days=1)),
        ("week", FRIDAY, date(2025, 11, 17), MONDAY),
        ("month", FRIDAY, date(2025, 11, 1), date(2025, 12, 1)),
        ("month", date(2025, 12, 31), date(2025, 12, 1), date(2026, 1, 1)),
    ],
)
def test_periods_begin_and_end(period, day, begins, after):
    assert begin_of_period(period, day) == begins
    assert after_period(period, begins) == after


def test_a_day_can_be_reported_from_its_morning_a_week_from_its_last_day():
    friday_morning = timezone.make_aware(datetime(2025, 11, 21, 8, 0))
    sunday = friday_morning + timedelta(days=2)

    assert Rhythm("day", 10).open_at(friday_morning, 2) == [FRIDAY, FRIDAY - timedelta(days=1)]
    assert Rhythm("week", 10).open_at(friday_morning, 1) == [date(2025, 11, 10)]
    assert Rhythm("week", 10).open_at(sunday, 1) == [date(2025, 11, 17)]


def test_a_calendar_without_a_working_day_ends_the_search():
    every = frozenset(FRIDAY + timedelta(days=at) for at in range(-900, 900))
    never = Rhythm("day", 10, off=every)

    assert never.open_at(timezone.make_aware(datetime(2025, 11, 21, 8)), 3) == []
    assert not never.is_expected(FRIDAY)
    assert never.due_at(FRIDAY) > timezone.make_aware(datetime(2026, 1, 1))


@given(
    st.sampled_from(["day", "week", "month"]),
    st.integers(1, 200),
    st.booleans(),
    st.sets(st.integers(0, 120), max_size=30),
    st.dates(date(2024, 1, 1), date(2026, 1, 1)),
)
def test_due_times_follow_a_slow_count_of_hours(period, grace, workdays_only, off, first):
    days_off = frozenset(first + timedelta(days=at) for at in off)
    rhythm = Rhythm(period, grace, workdays_only, days_off)
    start = begin_of_period(period, first)

    hour, left = datetime.combine(after_period(period, start), datetime.min.time()), grace
    while left:
        hour += timedelta(hours=1)
        left -= rhythm.is_on((hour - timedelta(hours=1)).date())

    assert rhythm.due_at(start) == timezone.make_aware(hour)
    dues = [rhythm.due_at(s) for s in rhythm.starts(first, first + timedelta(days=60))]
    assert dues == sorted(dues)
