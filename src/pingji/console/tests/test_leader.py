"""The page a leader reads of an incident, what changed since they read, and the nudge."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.console import queries
from pingji.console.queries import leader as queries_of_one
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices.models import Delivery, Notice
from pingji.ground.record.models import KINDS, Line
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Incident, Reading
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    brought_to,
    commander,
    opened,
    orders,
    person_of,
    staffed,
)
from pingji.respond.incidents.tests.test_modes import in_emergency

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


def test_a_county_that_goes_over_to_emergency_is_told_of_and_links_to_its_switch():
    staffed()
    switch = in_emergency(Area.objects.get(pk=COUNTY), way="county", by=commander(area_id=COUNTY))
    leader = UserFactory(role=Role.LEADER, area_id=COUNTY)

    news = queries.news(leader, at=timezone.now(), most=99)

    told = [change for change in news.changes if change.what == KINDS["switch.finished"]]
    assert [change.url for change in told] == [switch.get_absolute_url()]
    assert KINDS["switch.started"] in whats(news)
    assert KINDS["switch.step_done"] not in whats(news)  # its page tells them


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


def test_what_another_has_read_is_new_still(leader):
    now = timezone.now()
    actions.mark_read(until=now, by=UserFactory(role=Role.LEADER, area_id=COUNTY), at=now)

    assert queries.news(leader, at=now, most=9).marked is False


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


def test_a_report_and_a_call_that_are_late_are_told_beside_the_orders(client, leader):
    incident = opened()  # the first report and the calls to the chain of command run since NOON

    shown = client.get(reverse("console:leader", args=[incident.pk]))

    late = {one.clock.key for one in shown.context["late"]}
    assert shown.context["orders"].late == []
    assert "incident.initial_report" in late
    assert "本事件的各项时限均已办结" not in shown.content.decode()


def test_an_order_that_is_late_twice_is_told_once(client, leader):
    incident = activated()

    shown = client.get(reverse("console:leader", args=[incident.pk]))

    found = shown.context["orders"]
    assert shown.context["all_late"] > len(found.late)  # the report and the calls besides
    told = [one.order for one in queries_of_one.late(found, [], at=timezone.now())]
    assert len(told) == len(set(told)) == incident.orders.count()


def test_calls_alike_are_told_once_with_their_number_and_owners(client, leader):
    staffed()
    by = commander()
    people = [UserFactory(role=Role.LEADER, area_id=COUNTY, display_name=n) for n in ("甲", "乙")]
    for person, group in zip(people, ["leading_group", "office"], strict=True):
        actions.seat_person(
            area=person.area, group=group, person=person, seat="head", by=by, at=SOON
        )
    incident = opened(by=by, grade="III", grade_reason="依据")
    assert incident.callouts.count() == len(people)

    shown = client.get(reverse("console:leader", args=[incident.pk]))

    (calls,) = [one for one in shown.context["late"] if one.n > 1]
    assert set(calls.owners) == {"甲", "乙"}
    assert "甲" in shown.content.decode()


def test_an_order_is_late_since_the_first_of_its_clocks(client, leader):
    incident = activated()

    shown = client.get(reverse("console:leader", args=[incident.pk]))

    for one in shown.context["orders"].late:
        clocks = Deadline.objects.of(one.order).open()
        assert one.clock.due_at == min(clock.due_at for clock in clocks)


def test_the_page_of_an_event_that_ended_says_so(client, leader):
    incident = opened()
    Incident.objects.filter(pk=incident.pk).update(
        state="closed", closed_at=SOON, closed_by=leader, closing_reason="排除"
    )

    shown = client.get(reverse("console:leader", args=[incident.pk])).content.decode()

    assert "结束于" in shown


def test_an_event_without_a_named_illness_counts_no_cases(client, leader):
    incident = opened()

    shown = client.get(reverse("console:leader", args=[incident.pk]))

    assert shown.context["cases"] is None
    assert "疾病尚未确定" in shown.content.decode()


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
