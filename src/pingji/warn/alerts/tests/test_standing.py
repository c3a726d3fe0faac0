"""A sign whose cards were withdrawn or corrected since counts no more; its alert stays."""

from datetime import date, timedelta

import pytest

from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.tests.card_factories import NOON, TOWN, home, sent
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.warn.alerts import queries
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.queries.signs.standing import fallen
from pingji.warn.alerts.tests.factories import detected, outbreak

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LATER = NOON + 2 * HOUR
ONSET = date(2025, 11, 20)
ADULT = {"born_on": None, "age": 40, "guardian": "", "status": "confirmed"}


@pytest.fixture
def here():
    return home()


def pupils(here, number, **given):
    place = OrganisationFactory(
        code="s1", name="第一小学", kind=Organisation.Kind.SCHOOL, area=Area.objects.get(pk=TOWN)
    )
    return [
        sent(
            here,
            name=f"学生{n}",
            phone=f"138{n:08}",
            address=f"{n} 组 {n} 号",
            institution=place.pk,
            **{"disease": "mumps", "onset_on": ONSET} | given,
        )
        for n in range(number)
    ]


def withdrawn(here, card, at=NOON + HOUR):
    surveillance.withdraw_card(card=card, by=here.reporter, at=at, reason="误报。")


def down(as_of=LATER):
    signs = list(Sign.objects.all())
    gone = fallen(signs, area=COUNTY, as_of=as_of)
    return {(sign.kind, sign.method) for sign in signs if sign.pk in gone}


def test_what_nobody_withdrew_stands(here):
    sent(here, disease="cholera", **ADULT)
    pupils(here, 6)
    detected()

    assert Sign.objects.count() >= 2
    assert down() == set()


def test_a_single_case_that_was_withdrawn_bears_its_sign_out_no_more(here):
    card = sent(here, disease="cholera", **ADULT)
    detected()
    withdrawn(here, card)

    assert ("single_case", "single_case") in down()
    assert down(as_of=NOON) == set(), "at that moment the card still stood"


def test_a_threshold_falls_only_when_it_is_no_longer_reached(here):
    cards = pupils(here, 6, disease="varicella")
    detected()
    reached = ("cluster", "threshold")
    assert reached in set(Sign.objects.values_list("kind", "method"))

    withdrawn(here, cards[0])
    assert reached not in down()
    withdrawn(here, cards[1])
    assert reached in down()


def test_a_crowded_school_falls_with_the_first_card_withdrawn(here):
    cards = pupils(here, 3)
    detected()
    withdrawn(here, cards[0])

    assert ("cluster", "crowd") in down()


def test_a_waiting_sign_that_fell_joins_no_alert_and_is_shown_as_such(here, client):
    cards = pupils(here, 3)
    detected()
    Sign.objects.update(alert=None)  # as of signs too weak for an alert
    for card in cards:
        withdrawn(here, card)

    run = detected(as_of=LATER, at=LATER)
    assert "crowd" not in {sign.method for sign in queries.signs_that_wait(run, 14 * DAY)}

    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    assert "该迹象已不成立" in client.get("/alerts/signs/?kind=cluster").content.decode()


def test_the_alert_stays_and_its_page_says_that_the_card_was_withdrawn(here, client):
    card = sent(here, disease="cholera", **ADULT)
    detected()
    alert = Alert.objects.get(disease="cholera")
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    before = client.get(alert.get_absolute_url()).content.decode()
    withdrawn(here, card)
    detected(as_of=LATER, at=LATER)

    after = client.get(alert.get_absolute_url()).content.decode()
    alert.refresh_from_db()
    assert alert.state == "new"
    assert "该迹象已不成立" not in before
    assert "该迹象已不成立" in after


def test_a_series_of_counts_that_others_send_stands_while_they_do():
    outbreak(40)
    detected()

    assert Sign.objects.filter(kind="series").exists()
    assert down() == set()
