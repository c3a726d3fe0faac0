"""Figures that are kept current as reports arrive."""

import random
import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.models import Sum

from pingji.ground.directory.tests.factories import system_user
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import CaseReport, Tally, TallyEntry
from pingji.monitor.surveillance.tests.factories import (
    NOON,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    case_row,
    cases,
    county,
    imported,
    reporter,
)

DAY = date(2025, 11, 20)


def standing():
    return {(t.disease_id, t.area_id, t.day): t.count for t in Tally.objects.all()}


def known():
    """The figures as the entries add up to."""
    rows = TallyEntry.objects.values_list("disease_id", "area_id", "day").annotate(Sum("change"))
    return {(disease, area, day): total for disease, area, day, total in rows if total}


@pytest.mark.django_db
def test_the_same_figure_said_several_times_is_added_up():
    county()
    tallies.add([("measles", "case", TOWN, DAY, 1)] * 3, at=NOON)
    tallies.add([("measles", "case", TOWN, DAY, 2), ("mumps", "case", TOWN, DAY, 1)], at=NOON)

    assert standing() == {("measles", TOWN, DAY): 5, ("mumps", TOWN, DAY): 1} == known()
    assert TallyEntry.objects.count() == 3


@pytest.mark.django_db
def test_a_correction_takes_off_here_and_adds_there():
    county()
    tallies.add([("measles", "case", TOWN, DAY, 2)], at=NOON)

    later = NOON + timedelta(hours=1)
    tallies.add(
        [("measles", "case", TOWN, DAY, -1), ("measles", "case", OTHER_TOWN, DAY, 1)], at=later
    )

    assert standing() == {("measles", TOWN, DAY): 1, ("measles", OTHER_TOWN, DAY): 1}
    assert TallyEntry.objects.filter(known_at__lte=NOON).get().change == 2


@pytest.mark.django_db
def test_a_change_that_cancels_itself_leaves_no_trace():
    county()
    tallies.add([("measles", "case", TOWN, DAY, 1), ("measles", "case", TOWN, DAY, -1)], at=NOON)

    assert not Tally.objects.exists()
    assert not TallyEntry.objects.exists()


@pytest.mark.django_db
def test_nothing_can_be_taken_off_that_was_never_there():
    county()
    with pytest.raises(IntegrityError), transaction.atomic():
        tallies.add([("measles", "case", TOWN, DAY, -1)], at=NOON)

    assert not TallyEntry.objects.exists()


@pytest.mark.django_db
def test_an_imported_file_is_counted_once_however_often_it_comes():
    reporter()
    rows = [case_row(key=f"A{n}", area=VILLAGE if n % 2 else TOWN) for n in range(5)]
    imported(cases(rows))
    imported(cases([*rows, case_row(key="A9", onset="2025-11-19")]))

    assert standing() == {
        ("hand_foot_mouth", TOWN, DAY): 3,
        ("hand_foot_mouth", VILLAGE, DAY): 2,
        ("hand_foot_mouth", TOWN, date(2025, 11, 19)): 1,
    }
    assert standing() == known()
    assert sum(standing().values()) == CaseReport.objects.count()


@pytest.mark.django_db(transaction=True)
def test_many_who_report_at_once_neither_block_each_other_for_good_nor_lose_a_change():
    county()
    system = system_user()
    diseases = ["measles", "mumps", "influenza", "hand_foot_mouth"]
    keys = [
        (d, a, DAY - timedelta(days=n))
        for d in diseases
        for a in (TOWN, VILLAGE, OTHER_TOWN)
        for n in range(3)
    ]
    tallies.add([(d, "case", a, day, 1000) for d, a, day in keys], at=NOON)
    expected = dict.fromkeys(keys, 1000)
    failures: list[Exception] = []
    plans = []
    for worker in range(6):
        chance = random.Random(worker)
        plan = []
        for _turn in range(15):
            chosen = chance.sample(keys, 12)
            changes = [
                (d, "case", a, day, chance.choice([-2, -1, 1, 2, 3])) for d, a, day in chosen
            ]
            plan.append(changes)
            for d, _channel, a, day, change in changes:
                expected[d, a, day] += change
        plans.append(plan)

    def work(plan):
        try:
            for changes in plan:
                with transaction.atomic():
                    tallies.add(changes, at=NOON)
                    note("demo.made", subject=None, by=system, at=NOON)
        except Exception as problem:
            failures.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert standing() == expected == known()
