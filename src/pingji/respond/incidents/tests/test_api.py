"""What other programs read of an event: its grade, its responses, its orders."""

from datetime import timedelta

import pytest

from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Response
from pingji.respond.incidents.tests.factories import activated, commander

SOON = NOON + timedelta(minutes=10)


@pytest.fixture
def officer(db):
    return commander()


@pytest.fixture
def incident(officer):
    made = activated(by=officer)
    return actions.grade_incident(
        incident=made, grade="IV", reason="一周内二十例", by=officer, at=SOON
    )


def read(client, incident, part=""):
    return client.get(f"/api/incidents/{incident.pk}{part}")


def test_a_program_reads_an_incident_with_its_plan_and_why_it_has_its_grade(
    client, officer, incident
):
    client.force_login(officer)

    said = read(client, incident).json()

    assert (said["grade"], said["grade_reason"]) == ("IV", "一周内二十例")
    assert (said["plan_code"], said["plan_version"]) == ("enteric_outbreak", 2)
    assert said["phase_number"] == 1


def test_a_program_reads_every_decision_on_the_grade(client, officer, incident):
    client.force_login(officer)

    [said] = read(client, incident, "/gradings").json()

    decision = incident.gradings.get()
    assert (said["chosen"], said["suggested"]) == ("IV", decision.suggested)
    assert said["figures"] == decision.figures
    assert said["overrides"] is True


def test_a_program_reads_the_responses_by_area(client, officer, incident):
    Response.objects.create(
        incident=incident, area=incident.area, level="III", started_by=officer, started_at=SOON
    )
    client.force_login(officer)

    [said] = read(client, incident, "/responses").json()

    assert (said["area_id"], said["level"], said["ended_at"]) == (incident.area_id, "III", None)


def test_a_program_reads_the_orders_it_may_see_in_every_state(client, officer, incident):
    order = incident.orders.first()
    actions.withdraw(order=order, reason="重复", by=officer, at=SOON)
    client.force_login(officer)

    rows = read(client, incident, "/orders").json()["items"]

    assert {row["id"] for row in rows} == set(incident.orders.values_list("pk", flat=True))
    assert {row["state"] for row in rows} == {"issued", "withdrawn"}


@pytest.mark.parametrize("part", ["", "/gradings", "/responses", "/orders"])
def test_an_incident_of_another_county_is_not_found(client, incident, part):
    AreaFactory(code="500243")
    client.force_login(commander(area=Area.objects.get(pk="500243")))

    assert read(client, incident, part).status_code == 404


@pytest.mark.parametrize("part", ["", "/gradings", "/responses", "/orders"])
def test_a_role_without_incidents_is_told_so(client, incident, part):
    client.force_login(UserFactory(role=Role.SENTINEL_REPORTER, area_id=COUNTY))

    assert read(client, incident, part).status_code == 409
