from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from pingji.evaluate.exercises.actions import staff
from pingji.evaluate.exercises.rules.conduct import conduct_of, done_at, drawn, shipped

MORNING = datetime(2025, 11, 24, 1, tzinfo=UTC)  # nine in the county
LATE = datetime(2025, 11, 24, 15, tzinfo=UTC)  # eleven at night
HOUR = timedelta(hours=1)


def waits(kind, since=MORNING, **given):
    return [
        done_at(conduct_of({}), kind, since=since, seed=1, key=str(n), **given) - since
        for n in range(400)
    ]


def test_every_deed_of_the_staff_has_its_time_with_a_word_on_where_it_comes_from():
    deeds = shipped().deeds

    assert set(deeds) == set(staff.HANDLERS)
    assert all(one.note and one.note_en and one.median_minutes > 0 for one in deeds.values())


def test_half_of_the_waits_are_shorter_than_the_median():
    minutes = [wait / timedelta(minutes=1) for wait in waits("alert.verify")]

    assert median(minutes) == pytest.approx(shipped().deeds["alert.verify"].median_minutes, rel=0.1)
    assert min(minutes) < 25
    assert max(minutes) > 100


def test_where_a_clock_runs_the_median_is_a_share_of_its_time():
    share = shipped().deeds["order.finish"].share_of_time

    found = median(wait / HOUR for wait in waits("order.finish", allowed=10 * HOUR))

    assert found == pytest.approx(10 * share, rel=0.1)


def test_the_same_seed_and_key_draw_the_same_wait_and_others_another():
    assert drawn(7, "alert.see", "a") == drawn(7, "alert.see", "a")
    assert len({drawn(7, "alert.see", "a"), drawn(8, "alert.see", "a"), drawn(7, "x", "a")}) == 3


def test_at_night_some_work_is_slower_and_some_rests_until_the_morning():
    by_day, by_night = median(waits("alert.see")), median(waits("alert.see", since=LATE))
    out_there = min(LATE + wait for wait in waits("alert.investigate", since=LATE))

    assert by_night == pytest.approx(by_day * shipped().night_factor, rel=0.2)
    assert out_there > LATE + 8 * HOUR  # seven in the morning, and then the way there


def test_a_scenario_sets_its_own_times():
    changed = conduct_of({"conduct": {"order.finish": {"median_minutes": 30, "spread": None}}})

    deed = changed.deeds["order.finish"]
    assert (deed.median_minutes, deed.share_of_time) == (30, None)
    assert deed.spread == shipped().deeds["order.finish"].spread
    assert changed.deeds["order.verify"] == shipped().deeds["order.verify"]
