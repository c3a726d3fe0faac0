"""What is looked at as soon as a card or a figure has come, and what waits for the next run."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.record.actions.jobs import listeners
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.tests.card_factories import (
    NOON,
    TOWN,
    facts,
    home,
    sent,
)
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.warn.alerts import actions, queries, tasks
from pingji.warn.alerts.models import Alert, DetectionRun, Sign
from pingji.warn.alerts.tests.factories import detected, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ADULT = {"born_on": None, "age": 40, "guardian": "", "status": "confirmed"}


@pytest.fixture
def here():
    return home()


def arrive(card, *, minutes: int = 0) -> None:
    """What the worker does with the fact that a card has come."""
    tasks.detect_on_card(
        at=NOON + minutes * MINUTE, card=card.pk, area=card.area_id, disease=card.disease_id
    )


def test_sending_or_correcting_a_card_has_it_looked_at():
    assert tasks.detect_on_card in listeners("report_received")
    assert tasks.detect_on_correction in listeners("report_corrected")


def test_one_case_that_always_counts_is_an_alert_as_soon_as_its_card_comes(here):
    arrive(sent(here, disease="cholera", **ADULT))

    alert = Alert.objects.get()
    assert (alert.disease_id, alert.area_id, alert.observed) == ("cholera", TOWN, 1)
    assert alert.run.on_arrival


def test_a_card_that_changes_nothing_makes_no_run(here):
    arrive(sent(here, disease="influenza"))

    assert not DetectionRun.objects.exists()


def test_the_same_card_heard_of_twice_makes_one_run_and_one_alert(here):
    card = sent(here, disease="cholera", **ADULT)

    arrive(card)
    arrive(card)
    arrive(card, minutes=5)

    assert (DetectionRun.objects.count(), Alert.objects.count()) == (1, 1)
    assert Sign.objects.filter(kind=Sign.Kind.SINGLE_CASE).count() == 1


def test_the_countys_row_is_locked_before_the_record_as_everywhere(here):
    card = sent(here, disease="cholera", **ADULT)

    with CaptureQueriesContext(connection) as asked:
        arrive(card)

    said = [one["sql"].lower() for one in asked]
    county = next(
        at for at, sql in enumerate(said) if "directory_area" in sql and "for no key update" in sql
    )
    run = next(at for at, sql in enumerate(said) if 'insert into "alerts_detectionrun"' in sql)
    assert county < run  # whose beginning is the first that goes on record


def test_the_next_case_extends_the_alert(here):
    arrive(sent(here, disease="cholera", **ADULT))

    arrive(sent(here, disease="cholera", name="李四", phone="13900000002", **ADULT), minutes=5)

    alert = Alert.objects.get()
    assert alert.observed == 2
    of_one = alert.signs.filter(kind=Sign.Kind.SINGLE_CASE).order_by("pk")
    assert [sign.observed for sign in of_one] == [1, 2]


def test_a_corrected_card_is_looked_at_anew(here):
    card = sent(here, disease="influenza", **ADULT)
    arrive(card)
    assert not Alert.objects.exists()

    surveillance.correct_card(
        card=card,
        facts=facts(disease="cholera", **ADULT),
        by=here.epidemiologist,
        at=NOON + 9 * MINUTE,
        reason="实验室复核为霍乱弧菌",
    )
    tasks.detect_on_correction(
        at=NOON + 9 * MINUTE, card=card.pk, area=card.area_id, disease="cholera"
    )

    assert Alert.objects.get().disease_id == "cholera"


def test_the_series_of_this_morning_stay_the_headline_until_they_are_judged_again():
    outbreak(40)
    detected()
    alert = Alert.objects.get()
    before = (alert.observed, alert.expected, alert.ends_on)

    tasks.detect_on_card(at=NOON + MINUTE, card=0, area=TOWN, disease="campylobacteriosis")

    alert.refresh_from_db()
    assert (alert.observed, alert.expected, alert.ends_on) == before


def test_figures_that_came_are_judged_after_the_pause():
    outbreak(40)
    UserFactory()  # somebody works in the county

    tasks.detect_what_came(at=NOON)
    assert DetectionRun.objects.whole().count() == 1

    tasks.detect_what_came(at=NOON + timedelta(hours=2))
    assert DetectionRun.objects.whole().count() == 1, "nothing came since"


def test_figures_that_came_within_the_pause_wait(here):
    sent(here, disease="influenza")
    detected()
    settings = queries.settings_for(COUNTY, on=date(2025, 11, 20))
    pause = timedelta(minutes=settings.number("detection.arrival_pause"))
    sent(here, disease="influenza", name="李四", phone="13900000002", at=NOON + MINUTE)

    assert not queries.waits_for_a_run(COUNTY, NOON + pause - MINUTE)
    assert queries.waits_for_a_run(COUNTY, NOON + pause)


def test_a_cluster_in_a_class_is_found_when_the_card_that_makes_it_comes(here):
    for n in range(9):
        card = sent(
            here,
            disease="varicella",
            name=f"学生{n}",
            phone=f"138{n:08}",
            address=f"{n} 组",
            workplace="第一小学",
            school_class="三年级2班",
        )
    arrive(card)

    assert Sign.objects.filter(kind=Sign.Kind.CLUSTER).exists()


def test_a_whole_run_of_the_same_moment_asks_only_what_is_missing(here):
    arrive(sent(here, disease="cholera", **ADULT))

    run = detected()

    assert set(run.steps) == set(queries.SOURCES)
    assert (Alert.objects.count(), run.signs.filter(kind="single_case").count()) == (1, 1)


def test_a_day_judged_late_raises_what_it_would_have_raised_then(here):
    sent(here, disease="cholera", **ADULT)
    sent(here, disease="plague", at=NOON + DAY, name="后来", phone="13700000000", **ADULT)

    actions.run_detection(
        area=Area.objects.get(pk=COUNTY), as_of=NOON, by=system_user(), at=NOON + 2 * DAY
    )

    assert [alert.disease_id for alert in Alert.objects.all()] == ["cholera"]
