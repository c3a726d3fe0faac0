"""The list of orders, narrowed to whom they went; a photo from the camera; groups of many places."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.monitor.surveillance.tests.factories import NOON, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import IncidentGroup, IncidentGroupMember, Order, Seat
from pingji.respond.incidents.tests.factories import SOON, brought_to, commander, opened, person_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    """An order each to an organisation, a person and a group; and who issued them."""
    by = commander()
    incident = opened(by=by)
    police = Organisation.objects.get(name="县公安局")
    doctor = person_of(Organisation.objects.get(name="县人民医院"))
    group = IncidentGroup.objects.create(
        incident=incident,
        key="field",
        name="现场处置组",
        name_en="Field group",
        formed_by=by,
        formed_at=NOON,
    )
    IncidentGroupMember.objects.create(group=group, person=doctor, seat=Seat.HEAD)
    actions.issue_orders(
        incident=incident,
        text="到位",
        standard="order.complete",
        organisations=[police],
        people=[doctor],
        groups=[group],
        by=by,
        at=NOON,
    )
    return by, police, doctor, group


def listed(client, **asked: str) -> set[Order]:
    return set(client.get(reverse("incidents:orders"), asked).context["page"].object_list)


def test_the_command_narrows_the_list_to_an_organisation_a_person_or_a_group(client, sent):
    by, police, doctor, group = sent
    client.force_login(by)

    offered = dict(client.get(reverse("incidents:orders")).context["to_whom"])

    assert (f"group-{group.pk}", "现场处置组") in offered["小组"]
    assert (f"person-{doctor.pk}", doctor.display_name) in offered["人员"]
    assert listed(client, to=f"organisation-{police.pk}") == {
        Order.objects.get(organisation=police)
    }
    assert listed(client, to=f"person-{doctor.pk}") == {Order.objects.get(person=doctor)}
    assert listed(client, to=f"group-{group.pk}") == {Order.objects.get(group=group)}
    assert len(listed(client, to="state-1")) == len(listed(client, to="nobody")) == 3


def test_who_carries_orders_out_is_offered_no_such_choice(client, sent):
    _by, _police, doctor, _group = sent
    client.force_login(doctor)

    assert client.get(reverse("incidents:orders")).context["to_whom"] == []


def test_a_photo_from_the_camera_is_kept_beside_the_other_files(client, sent):
    _by, police, _doctor, _group = sent
    order = Order.objects.get(organisation=police)
    doer = person_of(police)
    actions.acknowledge(order=order, by=doer, at=NOON)
    client.force_login(doer)

    client.post(
        reverse("incidents:report", args=[order.pk]),
        {
            "result": "已封控",
            "photo": SimpleUploadedFile("现场.jpg", b"\xff\xd8\xff now"),
            "files": [SimpleUploadedFile("名单.pdf", b"%PDF-1.7 list")],
        },
    )

    assert list(order.files.values_list("name", flat=True)) == ["现场.jpg", "名单.pdf"]
    page = client.get(order.get_absolute_url()).content.decode()
    assert 'capture="environment"' in page


def test_every_member_of_a_group_sees_its_order_wherever_its_head_sits(client, sent):
    *_rest, group = sent
    centre = Organisation.objects.get(name="钟多卫生院")
    member, other = person_of(centre), person_of(centre)
    group.members.create(person=member, seat=Seat.MEMBER)
    order = Order.objects.get(group=group)
    assert not order.area_id.startswith(member.area_id)

    client.force_login(member)
    assert listed(client) == {order}
    assert client.get(order.get_absolute_url()).status_code == 200
    client.post(reverse("incidents:acknowledge", args=[order.pk]))
    order.refresh_from_db()
    assert order.acknowledged_by == member

    client.force_login(other)
    assert listed(client) == set()
    assert client.get(order.get_absolute_url()).status_code == 404


def test_who_has_left_a_group_sees_its_orders_no_longer(client, sent):
    *_rest, group = sent
    elsewhere = person_of(Organisation.objects.get(name="钟多卫生院"))
    member = group.members.create(person=elsewhere, seat=Seat.MEMBER)
    order = Order.objects.get(group=group)
    client.force_login(elsewhere)
    assert listed(client) == {order}

    member.left_at = SOON
    member.save()

    assert listed(client) == set()
    assert client.get(order.get_absolute_url()).status_code == 404


def of_township(group, role):
    """Somebody of a township's command who sits in a group that the county answers for."""
    someone = UserFactory(role=role, area=Area.objects.get(pk=OTHER_TOWN))
    group.members.create(person=someone, seat=Seat.MEMBER)
    return someone


@pytest.mark.parametrize("role", [Role.LEADER, Role.DUTY_OFFICER])
@pytest.mark.parametrize(
    ("state", "act", "said"),
    [
        ("done", "verify", {}),
        ("done", "send_back", {"reason": "缺名单"}),
        ("acknowledged", "withdraw", {"reason": "误发"}),
    ],
)
def test_a_township_in_a_group_answers_its_orders_but_does_not_command_them(
    client, sent, role, state, act, said
):
    *_rest, doctor, group = sent
    order = brought_to(Order.objects.get(group=group), state, doctor)
    someone = of_township(group, role)
    assert order in Order.objects.visible_to(someone)

    with pytest.raises(Refused, match="不在"):
        getattr(actions, act)(order=order, by=someone, at=SOON, **said)
    client.force_login(someone)
    page = client.get(order.get_absolute_url())
    assert not any(page.context[f"may_{what}"] for what in ("verify", "return", "withdraw"))
    answer = client.post(reverse(f"incidents:{act}", args=[order.pk]), said)

    assert answer.status_code == 409
    order.refresh_from_db()
    assert order.state == state


def test_the_event_of_an_order_is_a_link_only_for_who_sees_the_event(client, sent):
    by, *_rest, group = sent
    order = Order.objects.get(group=group)
    event = reverse("incidents:detail", args=[order.incident_id])

    for reader, sees in ((by, True), (of_township(group, Role.LEADER), False)):
        client.force_login(reader)
        assert (client.get(event).status_code == 200) is sees
        page = client.get(order.get_absolute_url()).content.decode()
        assert (f'href="{event}"' in page) is sees
        assert order.incident.title in page


def test_a_township_does_not_verify_a_countys_orders_from_the_list(client, sent):
    *_rest, doctor, group = sent
    order = brought_to(Order.objects.get(group=group), "done", doctor)
    client.force_login(of_township(group, Role.LEADER))

    page = client.get(reverse("incidents:orders"), {"state": "done"})
    assert [row.choosable for row in page.context["page"].object_list] == [False]
    answer = client.post(reverse("incidents:verify_chosen"), {"order": [order.pk]})

    assert answer.status_code == 409
    order.refresh_from_db()
    assert order.state == "done"


def test_a_township_verifies_what_it_ordered_itself_wherever_the_groups_head_sits(sent):
    *_rest, doctor, group = sent
    officer = commander(area=Area.objects.get(pk=TOWN))
    given = {"text": "到位", "standard": "order.complete", "by": officer, "at": NOON}
    (order,) = actions.issue_orders(incident=group.incident, groups=[group], **given)
    assert not order.area_id.startswith(officer.area_id)
    assert order in Order.objects.visible_to(officer)
    other = commander(area=officer.area, username="other")
    assert order not in Order.objects.visible_to(other)

    order = brought_to(order, "done", doctor)

    assert actions.verify(order=order, by=officer, at=SOON).state == "verified"


@pytest.mark.parametrize(
    ("state", "said"), [("late", "没有逾期的指令"), ("verified", "没有这类指令"), ("open", "待办")]
)
def test_an_empty_list_says_what_it_is_empty_of(client, state, said, db):
    client.force_login(commander())

    assert said in client.get(reverse("incidents:orders"), {"state": state}).content.decode()
