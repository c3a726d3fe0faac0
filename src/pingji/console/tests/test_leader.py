"""The page a leader reads of an incident, what changed since they read, and the nudge."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.console import queries
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices.models import Delivery, Notice
from pingji.ground.record.models import KINDS, Line
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Reading
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    brought_to,
    commander,
    opened,
    orders,
    person_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(client):
    user = UserFactory(role=Role.LEADER, area_id=COUNTY, display_name="县领导")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def whats(news) -> list[str]:
    return [change.what for change in news.changes]


def test_everything_that_happens_in_an_incident_is_told():
    by = commander()
    incident = activated(by=by)
    order = brought_to(orders(incident)[0], "verified", by)
    leader = UserFactory(role=Role.LEADER, area_id=COUNTY)

    news = queries.news(leader, at=timezone.now(), most=99, incident=incident)

    told = {"incident.opened", "order.acknowledged", "order.done", "order.verified"}
    assert {str(KINDS[kind]) for kind in told} <= set(whats(news))
    assert order.state == "verified"
    assert str(KINDS["deadline.started"]) not in whats(news)


def test_the_orders_of_a_plan_are_one_change_with_their_number():
    incident = activated()
    leader = UserFactory(role=Role.LEADER, area_id=COUNTY)

    news = queries.news(leader, at=timezone.now(), most=99, incident=incident)

    sent = [change for change in news.changes if change.n > 1 and change.at == SOON]
    assert incident.orders.count() in [change.n for change in sent]


def test_the_mark_moves_only_when_the_reader_says_so(client, leader):
    incident = activated()
    address = reverse("console:leader", args=[incident.pk])

    first = client.get(address).context["news"]
    again = client.get(address).context["news"]
    assert first.count == again.count > 0
    assert not Reading.objects.exists()

    read = reverse("console:read_incident", args=[incident.pk])
    assert client.post(read, {"until": again.until.isoformat()}).status_code == 302
    after = client.get(address).context["news"]
    assert (after.count, after.marked) == (0, True)


def test_what_happens_while_somebody_reads_stays_new(client, leader):
    by = commander()
    incident = activated(by=by)
    drawn = client.get(reverse("console:leader", args=[incident.pk])).context["news"].until
    brought_to(orders(incident)[0], "acknowledged", by)

    client.post(reverse("console:read_incident", args=[incident.pk]), {"until": drawn.isoformat()})

    news = client.get(reverse("console:leader", args=[incident.pk])).context["news"]
    assert news.count == 1


def test_a_mark_never_goes_back_nor_lies_ahead(leader):
    now = timezone.now()
    actions.mark_read(until=now, by=leader, at=now)
    actions.mark_read(until=now - timedelta(hours=1), by=leader, at=now)
    actions.mark_read(until=now + timedelta(days=1), by=leader, at=now)

    assert Reading.objects.get().read_until == now
    assert Line.objects.filter(kind="changes.read").count() == 1


def test_reading_one_incident_marks_nothing_else(leader):
    incident, now = opened(), timezone.now()
    actions.mark_read(until=now, incident=incident, by=leader, at=now)

    assert queries.news(leader, at=now, most=9).marked is False


@pytest.mark.parametrize("until", ["", "gestern", "2026-11-22T10:00:00", "2026-13-40T00:00:00Z"])
def test_a_page_that_does_not_say_when_it_was_drawn_marks_nothing(client, leader, until):
    answer = client.post(reverse("console:read_changes"), {"until": until})

    assert answer.status_code == 409
    assert not Reading.objects.exists()


def test_who_sees_one_organisation_is_told_of_its_orders_alone():
    incident = activated()
    order = orders(incident).filter(organisation__kind="department").first()
    liaison = person_of(order.organisation)

    news = queries.news(liaison, at=timezone.now(), most=99)

    mine = incident.orders.filter(organisation=order.organisation).count()
    issued = str(KINDS["order.issued"])
    assert [change.n for change in news.changes if change.what == issued] == [mine]
    assert mine < incident.orders.count()


def test_the_page_says_what_is_late_and_who_owns_it(client, leader):
    incident = activated()
    late = orders(incident)[0]

    shown = client.get(reverse("console:leader", args=[incident.pk]))

    found = shown.context["orders"]
    assert found.total == incident.orders.count()
    assert {one.order.pk for one in found.late} == set(incident.orders.values_list("pk", flat=True))
    assert found.owners[0].late
    assert late.organisation.label in shown.content.decode()


def test_cases_that_became_known_since_yesterday_are_told_apart(client, leader):
    from pingji.monitor.surveillance.tests.factories import case_row, cases, imported
    from pingji.warn.alerts.tests.factories import AlertFactory

    alert = AlertFactory(state="verified")
    incident = opened(alert=alert, area=alert.area)
    imported(cases([case_row()]), at=timezone.now() - timedelta(days=3))
    imported(cases([case_row(key="A2")]), at=timezone.now() - timedelta(hours=1))

    found = client.get(reverse("console:leader", args=[incident.pk])).context["cases"]

    assert (found.total, found.new) == (2, 1)
    assert sum(one.n for one in found.townships) == 2
    assert len(found.curve["labels"]) == len(found.curve["series"][0]["values"])


def test_a_nudge_reaches_who_answers_and_pressing_again_tells_nobody_again():
    by = commander()
    incident = activated(by=by)
    order = orders(incident)[0]
    performer = person_of(order.organisation)

    assert actions.nudge(order=order, by=by, at=SOON) >= 1
    actions.nudge(order=order, by=by, at=SOON + timedelta(minutes=1))

    told = Delivery.objects.filter(receiver=performer, notice__kind="order_reminder", means="page")
    assert told.count() == 1
    assert Notice.objects.filter(kind="order_reminder").count() == 1
    assert Line.objects.filter(kind="order.reminded").count() == 1


def test_a_nudge_is_refused_with_its_reason(client, leader):
    by = commander()
    incident = activated(by=by)
    order = brought_to(orders(incident)[0], "done", by)

    answer = client.post(reverse("console:nudge", args=[order.pk]), follow=True)

    assert "无需催办" in answer.content.decode()
    assert not Notice.objects.filter(kind="order_reminder").exists()
