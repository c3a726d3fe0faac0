"""Schools with more cases than chance brings to one of them."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.utils import timezone

from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.tests.factories import OrganisationFactory
from pingji.monitor.surveillance.tests.card_factories import NOON, TOWN, home, sent
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.warn.alerts import queries
from pingji.warn.alerts.queries.signs.places import Kind, crowd
from pingji.warn.alerts.tests.factories import detected

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ONSET = date(2025, 11, 20)


def school(number: int = 1) -> Organisation:
    return OrganisationFactory(
        code=f"s{number}",
        name=f"第{number}小学",
        kind=Organisation.Kind.SCHOOL,
        area=Area.objects.get(pk=TOWN),
    )


def pupils(here, place, number, **given):
    for n in range(number):
        sent(
            here,
            name=f"学生{place.pk}-{n}",
            phone=f"138{place.pk:04}{n:04}",
            address=f"{place.pk} 组 {n} 号",
            institution=place.pk,
            **{"disease": "mumps", "onset_on": ONSET} | given,
        )


def clusters() -> dict[str, queries.Found]:
    settings = queries.settings_for(COUNTY, on=timezone.localdate(NOON))
    found = queries.SOURCES["cluster"](queries.look_at(COUNTY, NOON, settings)).found
    return {sign.place: sign for sign in found if sign.place_kind == "institution"}


def test_three_cases_in_one_school_stand_out_below_any_threshold():
    here = home()
    place = school()
    pupils(here, place, 3)

    sign = clusters()[place.name]

    assert (sign.method, sign.layer, sign.observed, sign.days) == ("crowd", "", 3, 3)
    assert sign.expected < 0.1
    assert sign.p_value < 0.001
    assert sign.vulnerable


def test_what_reached_a_threshold_keeps_its_layer_and_takes_the_greater_strength():
    here = home()
    place = school()
    pupils(here, place, 5)

    sign = clusters()[place.name]

    assert (sign.method, sign.layer) == ("threshold", "cluster")
    assert sign.strength == 1


def test_one_case_is_no_crowd():
    here = home()
    pupils(here, school(), 1)

    assert clusters() == {}


def test_a_sign_of_a_crowded_school_is_told_in_words():
    here = home()
    place = school()
    pupils(here, place, 3)

    sign = detected().signs.get(method="crowd")

    words = queries.sign_in_words(sign)
    assert words.startswith("第1小学")
    assert words.endswith("3 天内 3 例，预期 0.0 例")


def test_where_such_cases_are_usual_as_many_are_no_wonder():
    home()
    settings = queries.settings_for(COUNTY, on=timezone.localdate(NOON))
    now = Counter({ONSET: 1, ONSET - DAY: 1})
    often = now + Counter({ONSET - n * DAY: 1 for n in range(15, 60, 5)})

    rare = crowd(now, Kind(now, 100, 5), last=ONSET, settings=settings)
    usual = crowd(often, Kind(often, 1, 1), last=ONSET, settings=settings)

    assert rare.chance < 0.001 < usual.chance
    assert usual.before > 0


def test_any_of_many_schools_nearby_could_have_been_the_one():
    home()
    settings = queries.settings_for(COUNTY, on=timezone.localdate(NOON))
    now = Counter({ONSET: 1, ONSET - DAY: 1})

    alone, among = (
        crowd(now, Kind(now, 100, near), last=ONSET, settings=settings) for near in (1, 8)
    )

    assert among.chance == pytest.approx(8 * alone.chance, rel=0.01)
