"""Reading tallies: by place and step, now and as of any moment, and against the rows they count."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from pingji.monitor.surveillance import queries
from pingji.monitor.surveillance.actions import tallies as keeping
from pingji.monitor.surveillance.models import CaseReport, TallyEntry
from pingji.monitor.surveillance.queries import SeriesKey, tallies
from pingji.monitor.surveillance.queries.tallies import Asked
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    case_row,
    cases,
    county,
    imported,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MONDAY = date(2025, 11, 10)
FLU, MEASLES = "influenza", "measles"


@pytest.fixture(autouse=True)
def place():
    county()


def keep(*changes, at=NOON):
    """Changes of (disease, area, day, change) in the case channel."""
    keeping.add(
        [(disease, "case", area, day, change) for disease, area, day, change in changes], at=at
    )


def as_table(cells):
    return {(disease, area, day): n for disease, area, day, n in cells}


def test_villages_count_for_their_township_and_townships_for_their_county():
    keep((FLU, TOWN, MONDAY, 2), (FLU, VILLAGE, MONDAY, 3), (FLU, OTHER_TOWN, MONDAY, 4))

    asked = Asked(channel="case", area=COUNTY)

    assert as_table(tallies.figures(asked, level=12)) == {(FLU, VILLAGE, MONDAY): 3}
    assert as_table(tallies.figures(asked, level=9)) == {
        (FLU, TOWN, MONDAY): 5,
        (FLU, OTHER_TOWN, MONDAY): 4,
    }
    assert as_table(tallies.figures(asked, level=6)) == {(FLU, COUNTY, MONDAY): 9}
    assert as_table(tallies.figures(asked)) == {(FLU, COUNTY, MONDAY): 9}


def test_days_add_up_to_weeks_that_begin_on_monday_and_to_months():
    keep((FLU, TOWN, MONDAY, 1), (FLU, TOWN, MONDAY + 6 * DAY, 2), (FLU, TOWN, MONDAY + 7 * DAY, 4))
    keep((FLU, TOWN, date(2025, 12, 1), 8))

    asked = Asked(channel="case", area=COUNTY, until=date(2025, 12, 31))
    weeks = as_table(tallies.figures(asked, level=6, period="week"))
    months = as_table(tallies.figures(asked, level=6, period="month"))

    assert [n for _key, n in sorted(weeks.items())] == [3, 4, 8]
    assert {day for _d, _a, day in weeks} == {MONDAY, MONDAY + 7 * DAY, date(2025, 12, 1)}
    assert months == {(FLU, COUNTY, date(2025, 11, 1)): 7, (FLU, COUNTY, date(2025, 12, 1)): 8}


def test_a_correction_is_not_known_before_it_came():
    keep((FLU, TOWN, MONDAY, 5), at=NOON)
    keep((FLU, TOWN, MONDAY, -2), (MEASLES, TOWN, MONDAY, 2), at=NOON + DAY)

    def known(at):
        return tallies.totals(Asked(channel="case", area=COUNTY, as_of=at), level=9)

    assert known(NOON - timedelta(microseconds=1)) == {}
    assert known(NOON) == {(FLU, TOWN): 5}
    assert known(NOON + DAY) == known(None) == {(FLU, TOWN): 3, (MEASLES, TOWN): 2}


@pytest.mark.parametrize("seed", range(5))
def test_figures_as_of_any_moment_are_the_sum_of_what_was_known_until_then(seed):
    rng = random.Random(seed)
    history = []
    standing: Counter = Counter()
    for number in range(60):
        key = (rng.choice([FLU, MEASLES]), rng.choice([TOWN, OTHER_TOWN, VILLAGE]))
        key = (*key, MONDAY + rng.randrange(20) * DAY)
        change = rng.choice([1, 1, 2, 3, -standing[key]]) or 1
        standing[key] += change
        moment = NOON + number * timedelta(hours=1)
        history.append((moment, key, change))
        keep((*key, change), at=moment)

    for moment, _key, _change in rng.sample(history, 12):
        since, until = MONDAY + 3 * DAY, MONDAY + 15 * DAY
        expected: Counter = Counter()
        for known, (disease, area, day), change in history:
            if known <= moment and since <= day <= until:
                expected[disease, area[:9], day] += change
        asked = Asked("case", COUNTY, since=since, until=until, as_of=moment)

        assert as_table(tallies.figures(asked, level=9)) == {
            key: n for key, n in expected.items() if n
        }
    # No card stands behind these, and nothing else is wrong with them.
    assert {found.said for found in tallies.differences()} == {0}


def test_a_series_has_zeros_between_the_first_and_the_last_report_of_the_county():
    keep((FLU, TOWN, MONDAY + DAY, 2), (MEASLES, OTHER_TOWN, MONDAY + 3 * DAY, 1))
    keep((FLU, TOWN, MONDAY - 5 * DAY, 1), at=NOON + DAY)

    def one(at):
        key = SeriesKey(FLU, "case", TOWN, "day")
        dates, counts = queries.one_series(key=key, as_of=at)
        return str(dates[0]), counts.tolist()

    assert one(NOON) == ("2025-11-11", [2, 0, 0])
    assert one(NOON + DAY) == ("2025-11-05", [1, 0, 0, 0, 0, 0, 2, 0, 0])


@pytest.mark.parametrize("channel", ["syndrome", "pathogen"])
def test_series_of_other_channels_are_read_alike(channel):
    keeping.add(
        [("influenza_like_illness", channel, VILLAGE, MONDAY + n * DAY, n + 1) for n in range(3)],
        at=NOON,
    )

    series = queries.case_series(area=COUNTY, as_of=NOON, channel=channel)
    key = SeriesKey("influenza_like_illness", channel, TOWN, "day")

    assert {key.area for key in series.keys} == {COUNTY, TOWN}
    assert queries.one_series(key=key, as_of=NOON)[1].tolist() == [1, 2, 3]
    assert queries.case_series(area=COUNTY, as_of=NOON) is None


def test_what_lies_outside_the_area_or_the_time_is_left_out():
    keep((FLU, TOWN, MONDAY, 1), (FLU, OTHER_TOWN, MONDAY, 2), (FLU, TOWN, MONDAY + DAY, 4))

    asked = Asked("case", TOWN, disease=FLU, since=MONDAY, until=MONDAY)

    assert tallies.totals(asked) == {(FLU, TOWN): 1}
    assert tallies.totals(Asked("case", "511723")) == {}
    assert tallies.span(Asked("case", COUNTY)) == (MONDAY, MONDAY + DAY)
    assert tallies.span(Asked("case", "511723")) is None


def test_tallies_of_a_file_are_what_its_cards_say():
    imported(cases([case_row(key=f"A{n}", onset=f"2025-11-1{n % 5}") for n in range(30)]))

    assert tallies.differences() == []


def test_a_card_or_an_entry_that_no_tally_counts_is_found():
    imported(cases([case_row(), case_row(key="A2")]))
    CaseReport.objects.filter(key="A2").update(state="withdrawn")

    (found,) = tallies.differences()
    assert (found.area, found.kept, found.said) == (TOWN, 2, 1)

    CaseReport.objects.filter(key="A2").update(state="sent")
    entry = TallyEntry.objects.get()
    TallyEntry.objects.filter(pk=entry.pk).update(change=1)

    (found,) = tallies.differences()
    assert (found.kept, found.said) == (2, 1)
    assert tallies.differences(since=date(2025, 11, 21)) == []


def test_days_that_were_emptied_later_still_bound_what_was_known_before():
    keep((FLU, TOWN, MONDAY - 200 * DAY, 1), (FLU, TOWN, MONDAY, 1), at=NOON)
    keep((FLU, TOWN, MONDAY - 200 * DAY, -1), (FLU, TOWN, MONDAY + 90 * DAY, 1), at=NOON + DAY)

    assert tallies.span(Asked("case", COUNTY, as_of=NOON)) == (MONDAY - 200 * DAY, MONDAY)
    assert tallies.span(Asked("case", COUNTY)) == (MONDAY, MONDAY + 90 * DAY)
    assert tallies.span(Asked("case", COUNTY, as_of=NOON - DAY)) is None
