"""What the pages of command ask of the database: as much for many rows as for few."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory, system_user
from pingji.ground.standards import actions as standards
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import consultations
from pingji.respond.incidents.actions.modes import finish_step
from pingji.respond.incidents.models import (
    IncidentGroup,
    IncidentGroupMember,
    Plan,
    PlanReview,
    Seat,
)
from pingji.respond.incidents.queries import modes
from pingji.respond.incidents.tests.factories import commander, opened, person_of, staffed
from pingji.respond.incidents.tests.test_modes import begun, hospital

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def questions(client, address: str) -> int:
    """How many queries a page needs once its templates are loaded."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def sign_in(client, user) -> None:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")


def test_orders_to_ones_group_are_no_query_each(client):
    by = commander()
    incident = opened(by=by)
    doctor = person_of(Organisation.objects.get(name="县人民医院"))

    def order(number: int) -> None:
        group = IncidentGroup.objects.create(
            incident=incident,
            key=f"group_{number}",
            name=f"第{number}组",
            name_en=f"Group {number}",
            formed_by=by,
            formed_at=NOON,
        )
        IncidentGroupMember.objects.create(group=group, person=doctor, seat=Seat.HEAD)
        actions.issue_orders(
            incident=incident,
            text="到位",
            standard="order.complete",
            groups=[group],
            by=by,
            at=NOON,
        )

    order(1)
    sign_in(client, doctor)
    few = questions(client, reverse("incidents:orders"))
    for number in range(2, 6):
        order(number)

    assert questions(client, reverse("incidents:orders")) == few


def test_reviews_of_plans_are_no_query_each(client):
    staffed()
    officer = commander(area=Area.objects.get(pk=COUNTY))
    sign_in(client, officer)
    reviews = actions.open_reviews(area=officer.area, by=system_user(), at=NOON)
    few_plans = [one.pk for one in reviews[1:]]
    PlanReview.objects.filter(pk__in=few_plans).update(
        reviewed_by=officer, reviewed_at=NOON, outcome="kept", findings="无需修订"
    )
    few = questions(client, reverse("incidents:plans"))
    PlanReview.objects.filter(pk__in=few_plans).update(
        reviewed_by=None, reviewed_at=None, outcome="", findings=""
    )

    assert questions(client, reverse("incidents:plans")) == few


def test_earlier_reviews_of_a_plan_are_no_query_each(client):
    staffed()
    officer = commander(area=Area.objects.get(pk=COUNTY))
    sign_in(client, officer)
    actions.open_reviews(area=officer.area, by=system_user(), at=NOON)

    def review(hours: int) -> str:
        due = PlanReview.objects.get(code="class_a", reviewed_at__isnull=True)
        by = commander(area=officer.area)
        at = NOON + timedelta(hours=hours)
        actions.review_plan(review=due, findings="无需修订", by=by, at=at)
        return reverse("incidents:plan", args=[Plan.objects.get(code="class_a").pk])

    few = questions(client, review(1))
    for hours in range(2, 5):
        address = review(hours)

    assert questions(client, address) == few


def test_receivers_of_a_circular_are_no_query_each(client):
    by = commander()
    incident = opened(by=by)
    sign_in(client, by)

    def told(many: int) -> str:
        made = actions.issue_circular(
            incident=incident,
            title="聚集性疫情通报",
            text="请协助排查。",
            organisations=[
                OrganisationFactory(kind="department", area=incident.area) for _ in range(many)
            ],
            by=by,
            at=NOON,
        )
        return made.get_absolute_url()

    few = questions(client, told(1))

    assert questions(client, told(5)) == few


def test_consultations_of_an_incident_are_no_query_each(client):
    by = commander()
    incident = opened(by=by)
    chair = UserFactory(role=Role.EPIDEMIOLOGIST)
    expert = directory.name_expert(
        person=chair, field="epidemiology", title="主任医师", by=by, at=NOON
    )
    sign_in(client, by)
    address = reverse("incidents:consultations", args=[incident.pk])

    def call() -> None:
        consultations.call_consultation(
            incident=incident,
            subject="疫情研判",
            starts_at=LATER,
            agenda=["是否停课？"],
            experts=[expert],
            by=chair,
            at=NOON,
        )

    call()
    few = questions(client, address)
    for _more in range(4):
        call()

    assert questions(client, address) == few


def test_steps_of_a_switch_are_no_query_each(django_assert_num_queries):
    staffed()
    switch = begun(hospital(), way="icu")
    for key in ("move", "equip", "crew"):
        step = switch.steps.get(key=key)
        finish_step(step=step, result="", by=commander(), at=NOON)
    assert [one["step"].key for one in modes.with_clocks(switch) if one["clock"]] == ["convert"]
    for step in switch.steps.exclude(key="convert"):
        standards.start_deadline(
            key="order.complete", subject=step, area=switch.area, by=commander(), at=NOON
        )

    with django_assert_num_queries(2):  # the steps, and all their clocks with their standards
        steps = modes.with_clocks(switch)
        said = [str(one["clock"].standard) for one in steps]

    assert len(said) == switch.steps.count() > 3
