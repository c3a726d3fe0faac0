"""What an alert's page draws: the map around it, ages and institutions of who fell ill."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.tests.card_factories import home, sent
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN
from pingji.warn.alerts.queries import pictures
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[108, 28], [109, 28], [109, 29], [108, 29], [108, 28]]],
}


@pytest.fixture
def officer(client):
    user = UserFactory(role=Role.EPIDEMIOLOGIST)
    client.force_login(user)
    return user


def townships() -> None:
    for code in (TOWN, OTHER_TOWN, f"{COUNTY}109"):
        AreaFactory(code=code)
        Area.objects.filter(pk=code).update(longitude=108.7, latitude=28.8, shape=SQUARE)


def test_the_map_shades_the_townships_by_the_alerts_own_figures(client, officer):
    alert = AlertFactory()
    townships()
    figures = [("hand_foot_mouth", TOWN, 0, 7), ("hand_foot_mouth", OTHER_TOWN, 1, 2)]
    figures += [("hand_foot_mouth", TOWN, 9, 50), ("mumps", OTHER_TOWN, 0, 50)]
    tallies.add(
        (
            (disease, "case", area, alert.ends_on - timedelta(days=back), n)
            for disease, area, back, n in figures
        ),
        at=NOON,
    )

    drawn = client.get(reverse("alerts:map", args=[alert.pk])).json()

    values = {f["properties"]["code"]: f["properties"]["value"] for f in drawn["cells"]["features"]}
    assert values == {TOWN: 7.0, OTHER_TOWN: 2.0, f"{COUNTY}109": 0.0}
    assert [(p["kind"], p["url"]) for p in drawn["points"]] == [("alert", alert.get_absolute_url())]
    assert reverse("alerts:map", args=[alert.pk]) in client.get(alert.get_absolute_url()).text


def test_a_part_is_shaded_and_listed_with_its_whole(client, officer):
    here = home()
    alert = AlertFactory(disease_id="viral_hepatitis")
    sent(here, onset_on=alert.ends_on, diagnosed_on=alert.ends_on)
    CaseReport.objects.update(disease="hepatitis_a", area=alert.area_id)
    tallies.add([("hepatitis_a", "case", TOWN, alert.ends_on, 3)], at=NOON)

    figures = {one.area.pk: one.cases for one in pictures.by_township(alert, officer)}

    assert figures[TOWN] == 3
    assert pictures.cases_of(alert, officer).count() == 1


def test_without_figures_of_townships_there_is_no_map_on_the_page(client, officer):
    alert = AlertFactory()

    assert reverse("alerts:map", args=[alert.pk]) not in client.get(alert.get_absolute_url()).text


@pytest.mark.parametrize("name", ["map", "ages", "chart"])
def test_pictures_of_another_county_are_not_found(client, name):
    alert = AlertFactory()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code="370983")))

    assert client.get(reverse(f"alerts:{name}", args=[alert.pk])).status_code == 404


def test_who_fell_ill_is_told_by_age_sex_and_institution_without_withdrawn_cards(client, officer):
    here = home()
    alert = AlertFactory(disease_id="influenza")
    for n, day in enumerate((alert.starts_on, alert.starts_on, alert.ends_on, alert.ends_on)):
        sent(
            here,
            name=f"病人{n}",
            phone=f"137{n:08}",
            address=f"{n} 组",
            onset_on=day,
            diagnosed_on=alert.ends_on,
        )
    rows = CaseReport.objects.order_by("pk")
    CaseReport.objects.update(workplace="第一小学", school_class="一班", age=7, sex="M")
    CaseReport.objects.filter(pk=rows.last().pk).update(state="withdrawn")
    cases = pictures.cases_of(alert, officer)

    drawn = client.get(reverse("alerts:ages", args=[alert.pk])).json()

    assert cases.count() == 3
    assert pictures.institutions(cases) == [("第一小学 一班", 3)]
    men = drawn["series"][0]["values"]
    assert (sum(men), men[1]) == (3, 3)
    shown = client.get(alert.get_absolute_url()).text
    assert "第一小学 一班 3" in shown
    address = pictures.line_list(alert)
    assert escape(address) in shown
    listed = set(client.get(address).context["page"].keys)
    assert listed == set(cases.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("period", "begins", "last"),
    [("day", "2026-02-02", "2026-02-02"), ("week", "2026-02-02", "2026-02-08")]
    + [("month", "2026-02-01", "2026-02-28")],
)
def test_the_last_day_of_a_period_is_the_last_it_holds(period, begins, last):
    alert = AlertFactory.build(period=period, area=None, run=None)
    alert.ends_on = type(alert.ends_on).fromisoformat(begins)

    assert pictures.last_day(alert).isoformat() == last
