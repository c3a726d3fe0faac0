"""The map's layer of sentinels: what its townships are shaded by."""

import pytest
from django.urls import reverse

from pingji.console.queries import sentinel_map
from pingji.console.tests.factories import SQUARE
from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.tests.factories import OrganisationFactory
from pingji.monitor.surveillance.tests.factories import TOWN
from pingji.monitor.surveillance.tests.sentinel_factories import (
    FRIDAY,
    MONDAY,
    NOON,
    epidemiologist,
    school,
    told,
)

pytestmark = pytest.mark.django_db


def cell(share: str) -> dict[str, object]:
    """What the town of the tests says, by one share."""
    drawn = sentinel_map(epidemiologist(), at=NOON, days=7, share=share)
    (found,) = (
        feature["properties"]
        for feature in drawn["cells"]["features"]
        if feature["properties"]["code"] == TOWN
    )
    return {**found, "title": drawn["title"]}


@pytest.fixture
def town():
    """A school that reported Monday late and Friday in time, and a health centre that sends."""
    here = school()
    Area.objects.filter(pk=TOWN).update(shape=SQUARE)
    told(here, MONDAY, when=NOON)
    told(here, FRIDAY, when=NOON)
    kind = Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
    OrganisationFactory(kind=kind, area=here.area, public=True, connected=True)
    OrganisationFactory(kind=kind, area=here.area, public=True, connected=False)
    return here


def test_townships_are_shaded_by_the_reports_that_came(town):
    assert cell("complete")["value"] == 25  # of Monday's to Thursday's one came


def test_townships_are_shaded_by_the_reports_that_came_in_time(town):
    shown = cell("timely")

    assert shown["value"] == 0
    assert "按时" in shown["title"] or "及时" in shown["title"]


def test_townships_are_shaded_by_the_institutions_that_are_connected(town):
    shown = cell("connected")

    assert shown["value"] == 50
    assert shown["words"] == "共 2 家公立医疗机构，已接入 1 家"


def test_the_map_page_offers_what_to_shade_by(client, town):
    client.force_login(epidemiologist())

    text = client.get(
        reverse("console:map"), {"layer": "sentinels", "show": "connected"}
    ).content.decode()

    assert "show=timely" in text
    assert "50%" in text
