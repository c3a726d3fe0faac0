"""Months summed from the entries: the same figures as day by day, whatever comes when."""

from datetime import date, timedelta

import numpy as np
import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pingji.monitor.surveillance.actions import months, tallies
from pingji.monitor.surveillance.models import TallyMark, TallyMonth
from pingji.monitor.surveillance.queries import months as read_months
from pingji.monitor.surveillance.queries.tallies import Asked, totals
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN, reporter

pytestmark = pytest.mark.django_db
FIRST = date(2024, 11, 3)
TIMES = (
    (None, None),
    (date(2024, 11, 21), date(2025, 11, 20)),
    (date(2024, 12, 1), date(2025, 3, 31)),
    (date(2025, 1, 1), None),
    (None, date(2025, 6, 30)),
    (None, date(2025, 6, 29)),
    (date(2025, 2, 3), date(2025, 4, 2)),
    (date(2025, 2, 1), date(2025, 2, 28)),
    (date(2024, 2, 1), date(2024, 2, 28)),
    (date.min, date.max),
)


@pytest.fixture(autouse=True)
def ground():
    return reporter()


def arrive(number: int, *, seed: int) -> None:
    """Seeded changes; some take off what an earlier one added."""
    rng = np.random.default_rng(seed)
    for _at in range(number):
        day = FIRST + timedelta(days=int(rng.integers(0, 380)))
        key = (
            ["influenza", "hepatitis_a", "mumps"][rng.integers(3)],
            ["case", "syndrome"][rng.integers(2)],
            [TOWN, OTHER_TOWN, COUNTY][rng.integers(3)],
            day,
        )
        tallies.add([(*key, 2)], at=NOON)
        if rng.integers(3) == 0:
            tallies.add([(*key, -1)], at=NOON)


def asked(since, until, **more) -> Asked:
    return Asked("case", COUNTY, since=since, until=until, **more)


def day_by_day(which: Asked, level: int, monkeypatch) -> dict[tuple[str, str], int]:
    with monkeypatch.context() as patched:
        patched.setattr(read_months, "source", lambda asked: None)
        return totals(which, level=level)


@pytest.mark.parametrize(("since", "until"), TIMES)
@pytest.mark.parametrize("disease", ["", "influenza", "viral_hepatitis"])
def test_figures_by_months_are_those_by_days(monkeypatch, since, until, disease):
    which = asked(since, until, disease=disease)
    arrive(60, seed=1)
    months.sum_months(at=NOON)
    arrive(20, seed=2)  # after the mark

    for level in (0, 6, 9):
        assert totals(which, level=level) == day_by_day(which, level, monkeypatch)
    months.sum_months(at=NOON)
    arrive(10, seed=3)
    months.sum_months(at=NOON)

    for level in (0, 6, 9):
        assert totals(which, level=level) == day_by_day(which, level, monkeypatch)


def test_a_year_is_read_from_months_once_they_are_summed():
    arrive(30, seed=1)
    year = asked(date(2024, 11, 21), date(2025, 11, 20))
    with CaptureQueriesContext(connection) as before:
        totals(year, level=9)
    months.sum_months(at=NOON)
    with CaptureQueriesContext(connection) as after:
        totals(year, level=9)

    assert "tallymonth" not in before[-1]["sql"]
    assert "tallymonth" in after[-1]["sql"]


def test_what_was_not_summed_for_long_is_read_day_by_day(monkeypatch):
    arrive(5, seed=1)
    months.sum_months(at=NOON)
    monkeypatch.setattr(read_months, "MOST_LATER", 3)
    year = asked(date(2024, 11, 21), date(2025, 11, 20))
    assert read_months.source(year)
    arrive(4, seed=2)

    assert read_months.source(year) is None


def test_a_moment_of_the_past_is_read_day_by_day():
    arrive(5, seed=1)
    months.sum_months(at=NOON)

    assert read_months.source(asked(None, None, as_of=NOON)) is None


def test_nothing_is_summed_twice():
    arrive(10, seed=1)
    assert months.sum_months(at=NOON) > 0
    before = list(TallyMonth.objects.order_by("pk").values())

    assert months.sum_months(at=NOON) == 0
    assert list(TallyMonth.objects.order_by("pk").values()) == before
    assert TallyMark.objects.get().summed_at == NOON


def test_without_a_report_there_is_no_mark():
    assert months.sum_months(at=NOON) == 0
    assert not TallyMark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_mark_waits_for_an_entry_on_its_way():
    """Its number is smaller than those of entries that are there already."""
    arrive(3, seed=1)
    params = connection.get_connection_params()
    kept = {
        name: params[name]
        for name in ("host", "port", "user", "password", "dbname")
        if params.get(name)
    }
    with psycopg.connect(**kept) as other:
        other.execute(
            "insert into surveillance_tallyentry (disease_id, channel, area_id, day, change,"
            " known_at) values ('influenza', 'case', %s, %s, 1, now())",
            [TOWN, FIRST],
        )
        arrive(1, seed=2)
        assert months.sum_months(at=NOON) == 0
        assert not TallyMark.objects.exists()
        other.rollback()

    assert months.sum_months(at=NOON) > 0
