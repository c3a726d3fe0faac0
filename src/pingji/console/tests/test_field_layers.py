"""The map of the field: its layers, as they stand now and as they stood at a past moment."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import FacilityFactory, UserFactory
from pingji.ground.standards.actions import enter_emergency
from pingji.monitor.surveillance.models import CaseReport, Disease
from pingji.monitor.surveillance.tests.factories import COUNTY, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import FreeCount, SharedResource
from pingji.respond.incidents.tests.factories import commander, opened

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SHAPE = {"type": "Polygon", "coordinates": [[[108, 28], [109, 28], [109, 29], [108, 28]]]}


@pytest.fixture
def begun():
    """When everything began: three days ago."""
    return timezone.now() - timedelta(days=3)


@pytest.fixture
def incident(begun):
    """An incident with a risk area, a checkpoint, a team and a hospital that tells its beds."""
    by = commander()
    made = opened(by=by, at=begun)
    Area.objects.filter(pk__in=[TOWN, OTHER_TOWN]).update(
        shape=SHAPE, longitude=108.5, latitude=28.5
    )
    town, police = Area.objects.get(pk=TOWN), Organisation.objects.get(name="县公安局")
    field.set_risk_area(
        incident=made, area=town, level="high", reason="病例集中", by=by, at=begun + HOUR
    )
    field.open_checkpoint(
        incident=made, name="东路口", area=town, organisation=police, by=by, at=begun + HOUR
    )
    resource(police, by, begun + HOUR)
    hospital = Organisation.objects.get(name="县人民医院")
    facility = FacilityFactory(organisation=hospital, area=hospital.area, name="住院部")
    field.tell_free_in(facility=facility, counts={"beds": (30, 400)}, by=by, at=begun + HOUR)
    return made


def resource(organisation, by, at, name="转运队", kind="people"):
    return actions.keep_resource(
        organisation=organisation,
        kind=kind,
        name=name,
        amount=3,
        unit="支",
        free=2,
        contact="周强",
        phone="13800000002",
        by=by,
        at=at,
    )


@pytest.fixture
def draw(client):
    """What the map draws for somebody, of an address."""

    def drawn(user=None, **asked):
        user = user or UserFactory(role=Role.LEADER)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(reverse("console:map_data"), {"layers": "all"} | asked)
        assert answer.status_code == 200
        return answer.json()

    return drawn


def of(drawn, layer):
    return [(point["name"], point["free"]) for point in drawn["points"] if point["layer"] == layer]


def test_the_map_has_every_layer_of_an_incident(incident, draw):
    drawn = draw(incident=incident.pk)

    assert of(drawn, "incidents") == [(incident.title, "")]
    assert of(drawn, "checkpoints") == [("东路口", "")]
    assert of(drawn, "teams") == [("县公安局", "2")]
    assert of(drawn, "facilities") == [("住院部", "30")]
    (risk,) = drawn["risk"]["features"]
    assert (risk["properties"]["code"], risk["properties"]["rank"]) == (TOWN, 1)
    assert risk["geometry"] == SHAPE
    assert {"risk", "teams", "vehicles"} <= {layer["key"] for layer in drawn["layers"]}


def test_a_facility_is_a_dot_until_it_has_something_to_say(incident, draw):
    silent = FacilityFactory(area=Area.objects.get(pk=TOWN), name="村卫生室")
    told = {p["name"]: p for p in draw()["points"] if p["layer"] == "facilities"}
    assert ("plain" in told["住院部"], told["村卫生室"].get("plain")) == (False, True)

    enter_emergency(
        area=silent.area, facility=silent, conversion="icu", by=commander(), at=timezone.now()
    )

    drawn = draw()
    told = {p["name"]: p for p in drawn["points"] if p["layer"] == "facilities"}
    assert "plain" not in told["村卫生室"]
    assert "已转急时" in told["村卫生室"]["words"]
    assert "场所（未报告可用数量）" not in [line["words"] for line in drawn["legend"]]


def test_a_map_that_names_no_layers_is_as_before(incident, draw):
    drawn = draw(layers="", facilities="0")

    assert drawn["points"] == []
    assert "risk" not in drawn


def test_only_the_layers_asked_for_are_drawn(incident, draw):
    drawn = draw(layers="checkpoints")

    assert {point["layer"] for point in drawn["points"]} == {"checkpoints"}
    assert drawn["risk"]["features"] == []
    assert {cell["properties"]["value"] for cell in drawn["cells"]["features"]} == {None}


def test_the_past_is_drawn_from_what_was_known_then_and_always_alike(incident, draw, begun):
    user = UserFactory(role=Role.LEADER)
    moment = (begun + 2 * HOUR).isoformat()
    before = draw(user, incident=incident.pk, at=moment)

    by = commander()
    now = timezone.now()
    field.lift_risk_area(risk_area=incident.risk_areas.get(), reason="解除", by=by, at=now)
    field.close_checkpoint(checkpoint=incident.checkpoints.get(), reason="撤卡", by=by, at=now)
    team = SharedResource.objects.get()
    field.tell_free(resource=team, free=0, amount=3, by=by, at=now)

    later = draw(user, incident=incident.pk)
    assert draw(user, incident=incident.pk, at=moment) == before
    assert (of(later, "checkpoints"), of(later, "teams")) == ([], [("县公安局", "0")])
    assert later["risk"]["features"] == []
    assert of(draw(user, at=(begun - HOUR).isoformat()), "teams") == []


def test_cases_known_later_are_not_in_an_earlier_picture(draw, begun):
    flu = Disease.objects.create(code="flu_on_map", name="流感", name_en="Influenza")
    incident = opened(at=begun, disease=flu)
    Area.objects.filter(pk=TOWN).update(shape=SHAPE)
    for number, known in enumerate((begun, begun + 10 * HOUR)):
        CaseReport.objects.create(
            key=f"c{number}",
            disease=flu,
            area_id=TOWN,
            status="confirmed",
            onset_on=timezone.localdate(begun),
            known_at=known,
        )

    def total(**asked):
        cells = draw(incident=incident.pk, **asked)["cells"]["features"]
        return sum(cell["properties"]["value"] for cell in cells)

    assert (total(), total(at=(begun + HOUR).isoformat())) == (2, 1)


@pytest.mark.parametrize("said", ["", "yesterday", "2999-01-01T00:00Z", "2026-13-45T00:00"])
def test_what_is_no_past_moment_is_now(incident, draw, said):
    assert draw(at=said)["as_of"] == ""


def test_a_figure_that_is_out_of_date_is_marked_so(incident, draw):
    drawn = draw()

    (team,) = [point for point in drawn["points"] if point["layer"] == "teams"]
    assert team["stale"]
    field.tell_free(
        resource=SharedResource.objects.get(), free=1, amount=3, by=commander(), at=timezone.now()
    )
    (team,) = [point for point in draw()["points"] if point["layer"] == "teams"]
    assert not team["stale"]
    assert "截至" in team["words"]
    assert "分钟" not in team["words"]  # just told: no age of nought minutes


def test_a_village_without_an_outline_is_a_circle_beside_its_township(incident, draw):
    village = Area.objects.create(code=f"{TOWN}001", name="花园村")
    field.set_risk_area(
        incident=incident,
        area=village,
        level="low",
        reason="一例",
        by=commander(),
        at=timezone.now(),
    )

    drawn = {one["properties"]["code"]: one for one in draw()["risk"]["features"]}

    ring = drawn[village.code]["geometry"]["coordinates"][0]
    assert (ring[0], drawn[village.code]["properties"]["schematic"]) == (ring[-1], True)
    assert draw()["schematic"]


def test_nobody_next_door_sees_the_field(incident, draw):
    Area.objects.get_or_create(code="370983", defaults={"name": "肥城市"})
    stranger = UserFactory(role=Role.LEADER, area=Area.objects.get(pk="370983"))

    drawn = draw(stranger)

    assert (drawn["points"], drawn["risk"]["features"]) == ([], [])


def test_who_sees_incidents_but_no_alerts_sees_the_incident_without_cases(incident, draw, client):
    dispatcher = UserFactory(role=Role.DISPATCHER, area=Area.objects.get(pk=COUNTY))

    drawn = draw(dispatcher, incident=incident.pk)

    assert {layer["key"] for layer in drawn["layers"]}.isdisjoint({"cases", "alerts"})
    assert client.get(reverse("console:map_data")).status_code == 409


def test_the_list_beside_the_map_names_what_the_map_draws(incident, client):
    client.force_login(commander(), backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse("console:map"), {"incident": incident.pk}).content.decode()
    part = client.get(reverse("console:map_part"), {"incident": incident.pk}).content.decode()
    past = client.get(
        reverse("console:map_list"), {"at": (incident.opened_at - 2 * HOUR).isoformat()}
    ).content.decode()

    for name in ("东路口", "县公安局", "住院部", incident.title):
        assert name in page
        assert name in part
    assert "东路口" not in past


def test_two_thousand_resources_take_no_more_queries_than_one(incident, draw):
    user = UserFactory(role=Role.LEADER)

    def asked():
        draw(user, incident=incident.pk)
        with CaptureQueriesContext(connection) as found:
            draw(user, incident=incident.pk)
        return len(found)

    few = asked()
    police, by, now = Organisation.objects.get(name="县公安局"), commander(), timezone.now()
    common = {"organisation": police, "area": police.area, "amount": 3, "free": 1}
    common |= {"unit": "辆", "kind": "vehicles", "updated_by": by, "updated_at": now}
    made = SharedResource.objects.bulk_create(
        SharedResource(name=f"车{number}", **common) for number in range(2_000)
    )
    FreeCount.objects.bulk_create(
        FreeCount(
            resource=one,
            amount=3,
            free=1,
            area=police.area,
            longitude=108 + at / 4_000,
            latitude=28.5,
            as_of=now,
            known_at=now,
            told_by=by,
        )
        for at, one in enumerate(made)
    )

    assert asked() == few <= 40
    assert len(of(draw(user), "vehicles")) == 2_000
