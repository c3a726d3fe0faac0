"""Orders by the clock: to many at once, reminded of once, handed on and never lost."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.actions import put_on_duty
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.ground.notices.models import Delivery, Notice
from pingji.ground.record.models import Line
from pingji.ground.standards.actions import sweep_deadlines
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN, county
from pingji.respond.incidents import actions, queries, tasks
from pingji.respond.incidents.models import IncidentGroup, Order
from pingji.respond.incidents.tests.factories import (
    SOON,
    clocks,
    commander,
    opened,
    person_of,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
VILLAGE = TOWN + "201"


def school(**given) -> Organisation:
    county()
    return OrganisationFactory(**{"kind": "school", "area": Area.objects.get(pk=TOWN)} | given)


def village_doctor(**given):
    county()
    clinic = OrganisationFactory(kind="village_clinic", area=Area.objects.get(pk=TOWN))
    return UserFactory(
        **{"role": Role.VILLAGE_DOCTOR, "organisation": clinic, "area": clinic.area} | given
    )


def issued(*, by=None, organisation=None, **given) -> Order:
    by = by or commander()
    incident = opened(by=by)
    if "people" not in given:
        given["organisations"] = [organisation or school()]
    return actions.issue_orders(
        incident=incident, text="停课三天", standard="order.complete", by=by, at=NOON, **given
    )[0]


def on_duty(*people) -> None:
    """These are called one after the other, all day."""
    county()
    admin = UserFactory(role=Role.ADMINISTRATOR)
    for rank, person in enumerate(people, 1):
        put_on_duty(
            area=Area.objects.get(pk=COUNTY),
            person=person,
            rank=rank,
            starts_at=NOON,
            ends_at=NOON + timedelta(days=1),
            by=admin,
            at=NOON - MINUTE,
        )


def run_out(at) -> None:
    """The clocks are swept, and the worker hears of each that ran out."""
    before = set(Deadline.objects.filter(state="missed").values_list("pk", flat=True))
    sweep_deadlines(at=at)
    for clock in Deadline.objects.filter(state="missed").exclude(pk__in=before).order_by("due_at"):
        tasks.hand_on_what_is_late(
            at=at,
            deadline=clock.pk,
            key=clock.key,
            subject_type=clock.subject_type,
            subject_id=clock.subject_id,
            area=clock.area_id,
            escalates_to=clock.escalates_to,
            owner=clock.owner_id,
        )


def test_several_organisations_and_people_get_the_same_order_at_once():
    by, incident = commander(), None
    incident = opened(by=by)
    doctor = village_doctor()

    sent = actions.issue_orders(
        incident=incident,
        organisations=[school(), school()],
        people=[doctor],
        text="停课三天",
        standard="order.complete",
        until=NOON + timedelta(hours=6),
        by=by,
        at=NOON,
    )

    assert len(sent) == 3
    assert {clocks(order)["order.complete"] for order in sent} == {"open"}
    due = Deadline.objects.filter(key="order.complete").values_list("due_at", flat=True)
    assert set(due) == {NOON + timedelta(hours=6)}
    assert sent[2].person == doctor
    assert doctor.deliveries.filter(means="page").count() == 1


def test_of_several_none_is_issued_where_one_is_refused():
    by = commander()
    incident = opened(by=by)

    with pytest.raises(Refused):
        actions.issue_orders(
            incident=incident,
            organisations=[school(), school(closed_on="2025-01-01")],
            text="停课",
            standard="order.complete",
            by=by,
            at=NOON,
        )

    assert not Order.objects.exists()


def test_the_same_sending_twice_is_one_order_each():
    by = commander()
    incident, key, to = opened(by=by), uuid.uuid4(), [school()]
    given = {"incident": incident, "text": "停课", "standard": "order.complete", "key": key}

    first = actions.issue_orders(organisations=to, by=by, at=NOON, **given)
    second = actions.issue_orders(organisations=to, by=by, at=NOON, **given)

    assert first == second
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": " "}, "text"),
        ({"until": NOON}, "until"),
        ({"organisations": []}, "organisation"),
    ],
)
def test_an_order_says_what_to_whom_and_a_time_ahead(given, field):
    by = commander()
    incident = opened(by=by)
    asked = {"text": "停课", "organisations": [school()]} | given

    with pytest.raises(Refused) as refused:
        actions.issue_orders(incident=incident, standard="order.complete", by=by, at=NOON, **asked)

    assert refused.value.field == field


def test_an_order_after_the_incident_has_ended_is_refused_with_the_reason():
    by = commander()
    incident = opened(by=by)
    to = school()
    actions.close_incident(incident=incident, reason="已控制", by=by, at=SOON)

    with pytest.raises(Refused, match="2026|2025"):
        actions.issue_orders(
            incident=incident,
            organisations=[to],
            text="停课",
            standard="order.complete",
            by=by,
            at=SOON,
        )


@pytest.mark.parametrize(
    "given", [{"is_active": False}, {"organisation": None, "role": Role.EPIDEMIOLOGIST}]
)
def test_no_order_goes_to_who_has_left_or_belongs_nowhere(given):
    with pytest.raises(Refused):
        issued(people=[village_doctor(**given)])


def test_only_the_person_named_answers_and_only_they_are_told():
    doctor = village_doctor()
    colleague = village_doctor(organisation=doctor.organisation)
    order = issued(people=[doctor])

    with pytest.raises(Refused, match=doctor.display_name):
        actions.acknowledge(order=order, by=colleague, at=SOON)
    assert not colleague.deliveries.exists()
    assert actions.acknowledge(order=order, by=doctor, at=SOON).acknowledged_by == doctor


def test_a_reminder_arrives_once_for_each_clock():
    to = school()
    doer = person_of(to)
    order = issued(organisation=to)
    clock = Deadline.objects.of(order).get(key="order.acknowledge")

    for at in (clock.warn_at - MINUTE, clock.warn_at, clock.warn_at + MINUTE):
        tasks.remind(at=at)

    told = Notice.objects.filter(kind="order_reminder")
    assert [notice.told_at for notice in told] == [clock.warn_at]
    assert doer.deliveries.filter(notice__in=told, means="page").count() == 1


def test_who_has_acknowledged_is_reminded_of_the_next_clock_only():
    to = school()
    doer = person_of(to)
    order = actions.acknowledge(order=issued(organisation=to), by=doer, at=NOON)
    first = Deadline.objects.of(order).get(key="order.acknowledge")
    second = Deadline.objects.of(order).get(key="order.complete")

    tasks.remind(at=first.warn_at)
    tasks.remind(at=second.warn_at)

    told = Notice.objects.filter(kind="order_reminder")
    assert [notice.told_at for notice in told] == [second.warn_at]


@pytest.mark.parametrize(
    ("seen", "text", "why"),
    [(True, "", "seen"), (False, "sent", "unanswered"), (False, "not_sent", "unreached")],
)
def test_an_order_not_acknowledged_goes_to_the_next_on_duty_with_the_reason(seen, text, why):
    next_one = commander()
    on_duty(next_one)
    to = school()
    doer = person_of(to)
    order = issued(organisation=to)
    if seen:
        page = doer.deliveries.filter(means="page")
        page.update(state="delivered", delivered_at=NOON)
    if text == "sent":
        doer.deliveries.filter(means="sms").update(state="sent", why_not="", sent_at=NOON)

    run_out(NOON + timedelta(hours=1))

    order.refresh_from_db()
    assert (order.escalated_to, order.escalated_why, order.state) == (next_one, why, "issued")
    assert next_one.deliveries.filter(notice__kind="order_handed_on", means="page").count() == 1
    assert clocks(order)["order.take_over"] == "open"
    line = Line.objects.get(kind="order.handed_on")
    assert line.details["to"] == next_one.username
    assert line.reason


def test_an_order_to_a_place_where_nobody_signs_in_is_handed_on_too():
    next_one = commander()
    on_duty(next_one)
    order = issued()

    run_out(NOON + timedelta(hours=1))

    order.refresh_from_db()
    assert (order.escalated_to, order.escalated_why) == (next_one, "nobody")


def test_who_does_not_take_it_over_is_followed_by_the_next_until_nobody_is_left():
    first, second = commander(), commander()
    on_duty(first, second)
    order = issued()
    at = NOON + timedelta(hours=1)
    for following in (first, second, second):
        run_out(at)
        order.refresh_from_db()
        assert order.escalated_to == following
        at += timedelta(hours=1)

    assert order.state == "issued"
    assert Line.objects.filter(kind="order.handed_on").count() == 2


def test_who_has_not_answered_is_not_called_again():
    silent, other = commander(), commander()
    office = OrganisationFactory(area=Area.objects.get(pk=COUNTY))
    for one in (silent,):
        one.organisation = office
        one.save()
    on_duty(silent, other)
    order = issued(organisation=office)

    assert queries.next_on_duty(order, SOON) == other


def test_whoever_it_was_handed_on_to_answers_it_and_both_clocks_stop():
    doctor = UserFactory(role=Role.EPIDEMIOLOGIST)
    on_duty(doctor)
    order = issued()
    run_out(NOON + timedelta(hours=1))

    order = actions.acknowledge(order=order, by=doctor, at=NOON + timedelta(minutes=70))

    assert clocks(order)["order.take_over"] in ("met", "met_late")
    assert order.acknowledged_by == doctor


def test_an_acknowledged_order_is_not_handed_on():
    on_duty(commander())
    to = school()
    order = actions.acknowledge(order=issued(organisation=to), by=person_of(to), at=SOON)

    assert actions.hand_on(order=order, by=commander(), at=SOON) is None
    assert Order.objects.get().escalated_to is None


def test_a_telephone_that_is_off_is_answered_for_before_the_time_is_over():
    next_one = commander()
    on_duty(next_one)
    to = school()
    doer = person_of(to)
    order = issued(organisation=to)
    texts = doer.deliveries.filter(means="sms")
    texts.update(state="failed", why_not="", failed_at=SOON)

    tasks.hand_on_what_nobody_hears(
        at=SOON, delivery=0, subject_type="incidents.order", subject_id=str(order.pk)
    )

    order.refresh_from_db()
    assert (order.escalated_to, order.escalated_why) == (next_one, "unreached")


def test_one_failed_message_of_two_hands_nothing_on():
    on_duty(commander())
    to = school()
    people = [person_of(to), person_of(to)]
    order = issued(organisation=to)
    Delivery.objects.filter(receiver=people[0], means="sms").update(state="failed", why_not="")
    Delivery.objects.filter(receiver=people[1], means="page").update(
        state="delivered", delivered_at=SOON
    )

    tasks.hand_on_what_nobody_hears(
        at=SOON, delivery=0, subject_type="incidents.order", subject_id=str(order.pk)
    )

    assert Order.objects.get().escalated_to is None


def test_the_list_shows_the_overdue_first_and_alone_when_asked(client):
    by = commander()
    late, fresh = school(), school()
    order = issued(by=by, organisation=late)
    actions.issue_order(
        incident=order.incident,
        organisation=fresh,
        text="每日消毒",
        standard="order.complete",
        by=by,
        at=NOON + timedelta(days=3650),
    )
    client.force_login(by)

    page = client.get(reverse("incidents:orders")).content.decode()
    assert page.index("停课三天") < page.index("每日消毒")
    only = client.get(reverse("incidents:orders") + "?state=late").content.decode()
    assert "停课三天" in only
    assert "每日消毒" not in only


def test_orders_are_issued_on_the_page_to_all_of_a_kind_and_to_people(client):
    by = commander()
    incident, doctor = opened(by=by), village_doctor()
    schools = [school(), school()]
    client.force_login(by)
    address = reverse("incidents:issue", args=[incident.pk])
    assert schools[0].name in client.get(address).content.decode()

    answer = client.post(
        address, {"text": "停课", "kind": ["school"], "person": [doctor.pk]}, follow=True
    )

    assert Order.objects.count() == 3
    said = "".join(str(message) for message in answer.context["messages"])
    assert "3" in said
    assert schools[0].name in said  # nobody there signs in


def test_the_page_says_what_is_wrong_and_keeps_what_was_chosen(client):
    by = commander()
    incident, to = opened(by=by), school()
    client.force_login(by)

    answer = client.post(
        reverse("incidents:issue", args=[incident.pk]), {"text": "", "organisation": [to.pk]}
    )

    assert answer.status_code == 409
    assert f'value="{to.pk}" checked' in answer.content.decode()


def test_the_command_sees_whom_to_telephone(client):
    by, doctor = commander(), village_doctor(phone="13800000001")
    order = issued(by=by, people=[doctor])
    client.force_login(by)

    page = client.get(reverse("incidents:order", args=[order.pk])).content.decode()
    assert "tel:13800000001" in page

    client.force_login(doctor)
    page = client.get(reverse("incidents:order", args=[order.pk])).content.decode()
    assert "tel:13800000001" not in page


def group_of(incident, *people):
    """A group of the incident with these members, the first its head."""
    group = IncidentGroup.objects.create(
        incident=incident,
        key="field",
        name="现场处置组",
        name_en="Field group",
        formed_by=incident.opened_by,
        formed_at=NOON,
    )
    for place, person in enumerate(people):
        group.members.create(person=person, seat="member" if place else "head")
    return group


def ordered_group(*people):
    by = commander()
    incident = opened(by=by)
    return actions.issue_orders(
        incident=incident,
        groups=[group_of(incident, *people)],
        text="封控现场",
        standard="order.complete",
        by=by,
        at=NOON,
    )[0]


def test_an_order_to_a_group_goes_to_its_members_and_any_of_them_answers():
    head, member = village_doctor(), village_doctor()
    order = ordered_group(head, member)

    assert (order.organisation, order.addressee) == (head.organisation, "现场处置组")
    assert {one.receiver for one in Delivery.objects.filter(means="page")} == {head, member}
    assert order in Order.objects.visible_to(member)
    colleague = village_doctor(organisation=head.organisation)
    with pytest.raises(Refused, match="现场处置组"):
        actions.acknowledge(order=order, by=colleague, at=SOON)
    assert actions.acknowledge(order=order, by=member, at=SOON).acknowledged_by == member


def test_no_order_goes_to_a_group_without_members():
    with pytest.raises(Refused, match="现场处置组"):
        ordered_group()


def test_no_order_goes_to_a_group_of_another_incident():
    by = commander()
    other = group_of(opened(by=by), village_doctor())
    incident = opened(by=by, title="另一事件")

    with pytest.raises(Refused):
        actions.issue_orders(
            incident=incident,
            groups=[other],
            text="封控",
            standard="order.complete",
            by=by,
            at=NOON,
        )
