"""What a report card sets off on its arrival, and that a past day judged late finds what it would have."""

from datetime import timedelta

import pytest

from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import system_user
from pingji.monitor.surveillance.tests.card_factories import NOON, home, sent
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.warn.alerts import actions, queries, tasks
from pingji.warn.alerts.models import Alert, DetectionRun
from pingji.warn.alerts.tests.factories import detected

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADULT = {"born_on": None, "age": 40, "guardian": "", "status": "confirmed"}


@pytest.fixture
def here():
    return home()


def heard(card, at=NOON) -> None:
    tasks.detect_on_card(at=at, card=card.pk, area=card.area_id, disease=card.disease_id)


def test_a_card_of_a_disease_that_always_counts_raises_its_alert_on_arrival(here):
    system_user()

    heard(sent(here, disease="cholera", **ADULT))

    assert Alert.objects.get().disease_id == "cholera"
    assert set(DetectionRun.objects.get().steps) == set(queries.ON_ARRIVAL)


def test_the_same_word_twice_is_one_run(here):
    system_user()
    card = sent(here, disease="cholera", **ADULT)

    heard(card)
    heard(card)

    run = DetectionRun.objects.get()
    assert [sign.kind for sign in run.signs.all()].count("single_case") == 1
    assert Alert.objects.count() == 1


def test_a_whole_run_of_the_same_moment_asks_only_what_is_missing(here):
    system_user()
    heard(sent(here, disease="cholera", **ADULT))

    run = detected()

    assert set(run.steps) == set(queries.SOURCES)
    assert (Alert.objects.count(), run.signs.filter(kind="single_case").count()) == (1, 1)


def test_a_corrected_card_is_looked_at_again(here):
    system_user()
    card = sent(here, disease="varicella")

    tasks.detect_on_correction(at=NOON, card=card.pk, area=card.area_id, disease="varicella")

    assert DetectionRun.objects.get().state == "done"


def test_a_day_judged_late_raises_what_it_would_have_raised_then(here):
    sent(here, disease="cholera", **ADULT)
    sent(here, disease="plague", at=NOON + DAY, name="后来", phone="13700000000", **ADULT)

    actions.run_detection(
        area=Area.objects.get(pk=COUNTY), as_of=NOON, by=system_user(), at=NOON + 2 * DAY
    )

    assert [alert.disease_id for alert in Alert.objects.all()] == ["cholera"]
