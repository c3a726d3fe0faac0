"""Counts: their periods, their versions, what was known when."""

from datetime import timedelta

import pytest

from pingji.monitor.surveillance import actions, queries
from pingji.monitor.surveillance.actions import reading, saving
from pingji.monitor.surveillance.models import (
    Count,
    Import,
)
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    answer_of,
    counted,
    counts,
    imported,
    reporter,
    standing,
    table,
    tally,
    weeks,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=3)
State = Import.State


@pytest.fixture(autouse=True)
def sender():
    return reporter()


def test_a_killed_import_of_counts_goes_on_without_counting_twice(monkeypatch, sender):
    monkeypatch.setattr(reading, "BATCH", 3)
    given = {"disease": "measles", "area": COUNTY}
    file = actions.hand_in(name="a.csv", content=counts(weeks([1] * 7)), by=sender, at=NOON)
    save = saving.save_counts
    calls = iter([save])
    monkeypatch.setattr(saving, "save_counts", lambda *some: next(calls)(*some))
    with pytest.raises(StopIteration):
        actions.read_file(import_id=file.pk, at=NOON, **given)

    monkeypatch.setattr(saving, "save_counts", save)
    done = actions.read_file(import_id=file.pk, at=NOON, **given)

    assert tally(done) == {"accepted": 7}
    assert Count.objects.count() == 7


def test_weeks_are_found_in_the_dates():
    counted(weeks([3, 4, 5]))

    assert standing("week") == {"2025-01-06": 3, "2025-01-13": 4, "2025-01-20": 5}


def test_months_and_days_are_found_in_the_dates():
    counted([("2025-01-01", 3), ("2025-02-01", 4)], disease="measles")
    counted([("2025-01-01", 5), ("2025-01-02", 6), ("2025-01-04", 7)], disease="rubella")

    assert list(standing("month").values()) == [3, 4]
    assert list(standing("day").values()) == [5, 6, 7]


def test_a_single_further_week_belongs_to_the_weeks_before():
    counted(weeks([3, 4]))

    counted([("2025-01-20", 9)], at=LATER)

    assert standing("week", at=LATER)["2025-01-20"] == 9


def test_a_file_may_say_its_periods_itself():
    content = table(
        ["日期", "例数", "周期"], [["2025-11-19", "4", "周"], ["2025-10-09", "9", "月"]]
    )

    file = imported(content, disease="measles", area=COUNTY)

    assert tally(file) == {"corrected": 2}
    assert (standing("week"), standing("month")) == ({"2025-11-17": 4}, {"2025-10-01": 9})


def test_weeks_that_begin_on_another_day_are_moved_to_monday_and_say_so():
    file = counted([("2025-11-02", 3), ("2025-11-09", 4)])

    assert tally(file) == {"corrected": 2}
    assert standing("week") == {"2025-11-03": 3, "2025-11-10": 4}
    assert "2025-11-03" in queries.sentence(file.answers.first())


def test_a_correction_is_a_new_version_and_the_old_one_is_still_known():
    counted(weeks([3, 4]))

    file = counted(weeks([3, 7]), at=LATER)

    assert tally(file) == {"accepted": 1, "repeated": 1}
    assert standing(at=NOON) == {"2025-01-06": 3, "2025-01-13": 4}
    assert standing(at=LATER) == {"2025-01-06": 3, "2025-01-13": 7}
    assert standing(at=NOON - timedelta(seconds=1)) == {}


def test_a_file_read_late_does_not_hide_what_came_after_it():
    counted(weeks([8, 8]), at=LATER)

    counted(weeks([3, 8]), at=NOON)

    assert standing(at=NOON) == {"2025-01-06": 3, "2025-01-13": 8}
    assert standing(at=LATER) == {"2025-01-06": 8, "2025-01-13": 8}


def test_two_files_of_the_same_moment_follow_each_other():
    counted(weeks([3, 4]))

    file = counted(weeks([3, 9]))

    assert tally(file) == {"accepted": 1, "repeated": 1}
    assert standing(at=LATER) == {"2025-01-06": 3, "2025-01-13": 9}


@pytest.mark.parametrize(
    ("number", "answers", "reason"),
    [(3, {"accepted": 2, "repeated": 1}, "same_row")]
    + [(5, {"accepted": 2, "refused": 1}, "period_taken")],
)
@pytest.mark.parametrize("batch", [1, 100])
def test_a_period_twice_in_a_file_counts_once(monkeypatch, batch, number, answers, reason):
    monkeypatch.setattr(reading, "BATCH", batch)

    file = counted([*weeks([3, 4]), ("2025-01-06", number)])

    assert tally(file) == answers
    assert (answer_of(file).reason, answer_of(file).details) == (reason, {"row": "2"})
    assert standing(at=LATER)["2025-01-06"] == 3


def test_a_period_twice_in_a_file_that_was_known_before_brings_nothing():
    counted(weeks([3, 4]))

    file = counted([*weeks([3, 4]), ("2025-01-06", 3)], at=LATER)

    assert tally(file) == {"repeated": 3}
    assert Count.objects.count() == 2


def test_a_refused_count_leaves_the_others():
    file = counted([*weeks([3, 4]), ("2025-01-20", "vier")])

    assert tally(file) == {"accepted": 2, "refused": 1}


def test_the_answers_of_counts_hold_every_row():
    file = counted(weeks([1, 2, 3]))

    assert [row[0] for row in queries.answers_as_rows(file)][1:] == ["2", "3", "4"]
