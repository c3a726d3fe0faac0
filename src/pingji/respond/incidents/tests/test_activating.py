"""Activating a plan on the page: whom it reaches is seen first, and may be narrowed."""

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.tests.factories import OrganisationFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.tests.factories import COUNTY, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Incident, Order, Plan
from pingji.respond.incidents.queries.plans import gaps
from pingji.respond.incidents.tests.factories import SOON, commander, opened

pytestmark = pytest.mark.django_db
PLAN = "respiratory_outbreak"


@pytest.fixture
def incident():
    """An event of the whole county, which has a health centre in each of two townships."""
    made = opened(area=Area.objects.get(pk=COUNTY))
    centre = Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
    Organisation.objects.filter(kind=centre).delete()
    for code, name in ((TOWN, "一镇卫生院"), (OTHER_TOWN, "二镇卫生院")):
        OrganisationFactory(kind=centre, area=Area.objects.get(pk=code), name=name)
    return made


@pytest.fixture
def address(incident):
    return reverse("incidents:activate", args=[incident.pk])


@pytest.fixture
def officer(client):
    user = commander()
    client.force_login(user)
    return user


def plan():
    return Plan.objects.get(code=PLAN, in_force=True)


def centres_told(incident):
    sent = Order.objects.filter(
        incident=incident, organisation__kind=Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
    )
    return set(sent.values_list("organisation__name", flat=True))


def test_who_looks_sees_whom_the_orders_reach_and_nothing_is_sent(client, officer, address):
    page = client.get(address, {"plan": plan().pk}).content.decode()

    assert "一镇卫生院" in page
    assert "二镇卫生院" in page
    assert '<input type="radio" name="reach" value="every" id="id_reach_0" checked>' in page
    assert not Order.objects.exists()


def test_who_looks_sees_which_group_is_empty_and_which_role_nobody_holds(client, officer, address):
    page = client.get(address, {"plan": plan().pk}).content.decode()

    assert "无成员" in page
    assert "没有人担任“乡镇医生”" in page


def test_an_event_of_the_county_reaches_every_township_unless_narrowed(client, officer, address):
    assert client.post(address, {"plan": plan().pk}).status_code == 302

    assert centres_told(Incident.objects.get()) == {"一镇卫生院", "二镇卫生院"}


def test_the_officer_narrows_the_townships_and_later_phases_keep_to_them(client, officer, address):
    narrowed = {"plan": plan().pk, "reach": "chosen", "townships": [TOWN]}
    page = client.get(address, narrowed).content.decode()
    assert "二镇卫生院" not in page
    assert client.post(address, narrowed).status_code == 302
    answered = Incident.objects.get()
    assert centres_told(answered) == {"一镇卫生院"}

    for phase in answered.plan.phases.filter(number__gt=1):
        actions.enter_phase(incident=answered, phase=phase, reason="扩散", by=officer, at=SOON)

    assert centres_told(answered) == {"一镇卫生院"}
    assert not any("二镇卫生院" in gap.why for gap in gaps(Incident.objects.get()))
    line = Line.objects.get(kind="incident.plan_activated")
    assert line.details["townships"] == [TOWN]
    assert (
        Area.objects.get(pk=TOWN).label in client.get(answered.get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reach": "chosen"}, "请至少勾选一个乡镇。"),
        ({"townships": [TOWN]}, "已勾选乡镇：请选择“仅所勾选的乡镇”，或取消勾选。"),
        ({"reach": "chosen", "townships": ["999999999"]}, "乡镇"),
    ],
)
def test_a_narrowing_that_says_two_things_is_told_by_its_field(
    client, officer, address, given, said
):
    answer = client.post(address, {"plan": plan().pk} | given)

    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert not Order.objects.exists()


def test_a_township_of_another_area_is_refused(officer):
    incident = opened()

    with pytest.raises(Refused, match="不是"):
        actions.activate_plan(
            incident=incident,
            plan=plan(),
            townships=[Area.objects.get(pk=OTHER_TOWN)],
            by=officer,
            at=SOON,
        )


def test_a_page_on_which_orders_are_written_is_not_drawn_anew_meanwhile(client, officer, incident):
    for name in ("activate", "issue"):
        page = client.get(reverse(f"incidents:{name}", args=[incident.pk])).content.decode()
        assert '<div id="incident">' in page
    assert 'id="incident" hx-get=' in client.get(incident.get_absolute_url()).content.decode()
