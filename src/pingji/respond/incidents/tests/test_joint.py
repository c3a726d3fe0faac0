"""Joint prevention: circulars with receipt and reply, shared resources, requisitions, inspections."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    FacilityFactory,
    OrganisationFactory,
    UserFactory,
)
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, county
from pingji.respond.incidents import actions, queries
from pingji.respond.incidents.models import (
    Circular,
    CircularReceiver,
    Inspection,
    Order,
    Requisition,
    SharedResource,
)
from pingji.respond.incidents.tests.factories import clocks, commander, opened, person_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=1)
NEIGHBOUR = "500243"


def department(name: str = "县公安局", **given):
    county()
    area = given.pop("area", None) or Area.objects.get(pk=COUNTY)
    return OrganisationFactory(kind="department", area=area, name=name, name_en=name, **given)


def told(*organisations, by=None, **given) -> Circular:
    by = by or commander()
    incident = given.pop("incident", None) or opened(by=by)
    return actions.issue_circular(
        incident=incident,
        title="聚集性疫情通报",
        text="请协助排查。",
        organisations=organisations,
        by=by,
        at=NOON,
        **given,
    )


# Circulars.


def test_a_circular_starts_a_clock_for_each_receiver_and_tells_its_people():
    police = department()
    person = person_of(police)

    circular = told(police, wants_reply=True)

    receiver = circular.receivers.get()
    assert clocks(receiver) == {"circular.receive": "open", "circular.reply": "open"}
    assert person.deliveries.filter(notice__kind="circular_issued", means="page").count() == 1


def test_its_people_confirm_the_receipt_and_reply_and_the_sender_is_told():
    police, by = department(), commander()
    person = person_of(police)
    receiver = told(police, by=by, wants_reply=True).receivers.get()

    actions.receive_circular(receiver=receiver, by=person, at=LATER)
    receiver = actions.reply_to_circular(
        receiver=receiver, reply="已排查 3 人", by=person, at=LATER
    )

    assert (receiver.received_by, receiver.reply) == (person, "已排查 3 人")
    assert set(clocks(receiver).values()) == {"met"}
    assert by.deliveries.filter(notice__kind="circular_replied", means="page").count() == 1
    assert Line.objects.filter(kind__startswith="circular.").count() == 3


def test_a_neighbour_on_this_installation_sees_receives_and_replies():
    AreaFactory(code=NEIGHBOUR, name="彭水县")
    cdc = department("彭水县疾控中心", area=Area.objects.get(pk=NEIGHBOUR))
    officer = UserFactory(role=Role.DUTY_OFFICER, organisation=cdc, area=cdc.area)
    circular = told(cdc)

    assert circular in Circular.objects.visible_to(officer)
    receiver = actions.receive_circular(receiver=circular.receivers.get(), by=officer, at=LATER)
    assert receiver.received_by == officer


def test_for_a_neighbour_outside_the_sender_says_who_received_it():
    by = commander()
    receiver = told(by=by, outside=[("万州区疾控中心", "023-12345")]).receivers.get()

    with pytest.raises(Refused) as refused:
        actions.receive_circular(receiver=receiver, by=by, at=LATER)
    assert refused.value.field == "how"
    receiver = actions.receive_circular(receiver=receiver, how="李科长电话", by=by, at=LATER)
    assert (receiver.label, receiver.received_how) == ("万州区疾控中心", "李科长电话")


def test_nobody_answers_for_another_organisation():
    receiver = told(department()).receivers.get()
    other = person_of(department("县交通局"))

    for answer in (
        lambda: actions.receive_circular(receiver=receiver, how="x", by=other, at=LATER),
        lambda: actions.reply_to_circular(receiver=receiver, reply="x", by=other, at=LATER),
    ):
        with pytest.raises(Refused, match="县公安局"):
            answer()
    assert not Circular.objects.visible_to(other).exists()


def test_a_receipt_and_a_reply_are_given_once_and_a_reply_says_something():
    police = department()
    person = person_of(police)
    receiver = told(police).receivers.get()
    with pytest.raises(Refused):
        actions.reply_to_circular(receiver=receiver, reply=" ", by=person, at=LATER)

    actions.reply_to_circular(receiver=receiver, reply="收到", by=person, at=LATER)

    with pytest.raises(Refused):
        actions.receive_circular(receiver=receiver, by=person, at=LATER)
    with pytest.raises(Refused):
        actions.reply_to_circular(receiver=receiver, reply="再", by=person, at=LATER)


def test_a_circular_goes_to_somebody_and_once():
    with pytest.raises(Refused):
        told()
    police, key = department(), uuid.uuid4()
    by = commander()
    incident = opened(by=by)
    first = told(police, by=by, incident=incident, key=key)
    assert told(police, by=by, incident=incident, key=key) == first
    assert CircularReceiver.objects.count() == 1


def test_no_circular_after_the_incident_has_ended():
    by = commander()
    incident = opened(by=by)
    actions.close_incident(incident=incident, reason="已控制", by=by, at=NOON)

    with pytest.raises(Refused):
        told(department(), by=by, incident=incident)


# Shared resources.

BUSES = {
    "kind": "vehicles",
    "name": "大客车",
    "amount": 12,
    "unit": "辆",
    "free": 9,
    "contact": "周强",
    "phone": "13800000002",
}


def test_the_six_departments_are_listed_with_what_they_share_and_who_shares_nothing():
    opened()
    transport = department("酉阳县交通运输委员会")
    liaison = person_of(transport)
    actions.keep_resource(organisation=transport, by=liaison, at=NOON, **BUSES)

    found = {one.name: one for one in queries.departments(commander(), at=LATER)}

    assert len(found) == 6
    assert [row.name for row in found["交通运输"].resources] == ["大客车"]
    assert not found["交通运输"].stale
    assert found["公安"].updated_at is None
    assert found["公安"].stale


@pytest.mark.parametrize(
    ("organisation", "named"),
    [
        ("酉阳县医保局", "医疗保障"),
        ("酉阳县市监局", "市场监管"),
        ("县卫健委", "卫生健康"),
        ("酉阳县经济和信息委", "经济和信息化"),
        ("酉阳县公安局", "公安"),
    ],
)
def test_a_department_is_known_by_its_short_name_too(organisation, named):
    opened()
    found = department(organisation)
    actions.keep_resource(organisation=found, by=person_of(found), at=NOON, **BUSES)

    rows = {one.name: one.resources for one in queries.departments(commander(), at=LATER)}

    assert [row.name for row in rows[named]] == ["大客车"]
    assert len(rows) == 6


def test_an_entry_of_long_ago_is_marked():
    opened()
    transport = department("酉阳县交通运输委员会")
    actions.keep_resource(
        organisation=transport, by=person_of(transport), at=NOON - 60 * DAY, **BUSES
    )

    found = {one.name: one for one in queries.departments(commander(), at=NOON)}

    assert found["交通运输"].stale
    assert found["交通运输"].resources[0].is_stale


def test_an_entry_is_brought_up_to_date_and_taken_out():
    transport = department("酉阳县交通运输委员会")
    liaison = person_of(transport)
    row = actions.keep_resource(organisation=transport, by=liaison, at=NOON, **BUSES)
    with pytest.raises(Refused):
        actions.keep_resource(organisation=transport, by=liaison, at=NOON, **BUSES)

    row = actions.keep_resource(
        organisation=transport, resource=row, by=liaison, at=LATER, **BUSES | {"free": 2}
    )
    assert (row.free, row.updated_at) == (2, LATER)

    actions.withdraw_resource(resource=row, by=liaison, at=LATER)
    assert not SharedResource.objects.offered().exists()
    with pytest.raises(Refused):
        actions.withdraw_resource(resource=row, by=liaison, at=LATER)


def test_nobody_keeps_the_resources_of_another_department_and_no_more_is_free_than_there_is():
    transport = department("酉阳县交通运输委员会")

    with pytest.raises(Refused):
        actions.keep_resource(organisation=transport, by=person_of(department()), at=NOON, **BUSES)
    with pytest.raises(Refused) as refused:
        actions.keep_resource(
            organisation=transport, by=person_of(transport), at=NOON, **BUSES | {"free": 13}
        )
    assert refused.value.field == "free"


# Requisitions.


def taken(*, by=None, facility=None, days=(0, 30), **given):
    by = by or commander()
    county()
    facility = facility or FacilityFactory(area=Area.objects.get(pk=COUNTY), name="体育馆")
    return actions.requisition(
        incident=given.pop("incident", None) or opened(by=by),
        facility=facility,
        use="isolation",
        starts_at=NOON + days[0] * DAY,
        ends_at=NOON + days[1] * DAY,
        by=by,
        at=NOON,
    )


def test_a_requisition_is_an_order_to_whoever_runs_the_facility():
    made = taken(days=(1, 30))

    assert made.order.organisation == made.facility.organisation
    assert "体育馆" in made.order.text
    assert clocks(made.order) == {"order.acknowledge": "open", "order.complete": "open"}


def test_nobody_takes_the_same_facility_for_the_same_time():
    by = commander()
    made = taken(by=by)

    with pytest.raises(Refused, match="体育馆"):
        taken(by=by, facility=made.facility, days=(10, 40))
    assert taken(by=by, facility=made.facility, days=(30, 40))


def test_the_database_itself_lets_no_facility_be_taken_twice():
    made = taken()
    other = taken(facility=made.facility, days=(40, 50)).order

    with pytest.raises(IntegrityError), transaction.atomic():
        Requisition.objects.filter(order=other).update(starts_at=NOON)


def test_given_back_it_is_free_again():
    by = commander()
    made = taken(by=by)

    made = actions.release(requisition=made, condition="完好", by=by, at=LATER)

    assert (made.released_by, made.condition) == (by, "完好")
    assert Order.objects.get(pk=made.order_id).state == "withdrawn"
    assert taken(by=by, facility=made.facility)
    with pytest.raises(Refused):
        actions.release(requisition=made, condition="完好", by=by, at=LATER)


def test_withdrawing_the_order_lets_the_facility_go():
    by = commander()
    made = taken(by=by)

    actions.withdraw(order=made.order, reason="改用党校", by=by, at=LATER)

    assert taken(by=by, facility=made.facility)


@pytest.mark.parametrize("days", [(5, 5), (5, 1)])
def test_a_facility_is_given_back_after_it_is_taken(days):
    with pytest.raises(Refused) as refused:
        taken(days=days)
    assert refused.value.field == "ends_at"


# Inspections.


def inspections(*organisations, by=None):
    by = by or commander()
    return actions.order_inspection(
        incident=opened(by=by),
        organisations=organisations,
        matter="prices",
        place="桃花源农贸市场",
        text="联合检查口罩和消毒用品价格。",
        key=uuid.uuid4(),
        by=by,
        at=NOON,
    )


def test_departments_inspect_together_and_each_reports_what_it_found():
    by = commander()
    market, police = department("县市场监管局"), department()
    rows = inspections(market, police, by=by)
    incident = rows[0].order.incident
    (operation,) = queries.operations_of(incident, by)
    assert (operation.reported, operation.inspected) == (0, None)

    for row, violations in zip(rows, (2, 0), strict=True):
        doer = person_of(row.order.organisation)
        actions.acknowledge(order=row.order, by=doer, at=NOON)
        actions.report_inspection(
            order=row.order,
            inspected=10,
            violations=violations,
            filed=violations and 1,
            result="已检查",
            by=doer,
            at=LATER,
        )

    (operation,) = queries.operations_of(incident, by)
    assert (operation.inspected, operation.violations, operation.filed) == (20, 2, 1)
    assert {row.order.state for row in operation.rows} == {"done"}


@pytest.mark.parametrize(("figures", "field"), [((1, 2, 0), "violations"), ((5, 1, 2), "filed")])
def test_figures_of_an_inspection_fit_together(figures, field):
    market = department("县市场监管局")
    (row,) = inspections(market)
    doer = person_of(market)
    actions.acknowledge(order=row.order, by=doer, at=NOON)
    inspected, violations, filed = figures

    with pytest.raises(Refused) as refused:
        actions.report_inspection(
            order=row.order,
            inspected=inspected,
            violations=violations,
            filed=filed,
            result="x",
            by=doer,
            at=LATER,
        )

    assert refused.value.field == field
    assert Inspection.objects.get().inspected is None


# On screen.


def test_circulars_facilities_and_inspections_are_ordered_on_the_page(client):
    by = commander()
    incident, police = opened(by=by), department()
    hall = FacilityFactory(area=Area.objects.get(pk=COUNTY), name="体育馆")
    client.force_login(by)

    def send(name: str, **body: object):
        return client.post(reverse(f"incidents:{name}", args=[incident.pk]), body)

    sent = send(
        "issue_circular",
        title="通报",
        text="请协查",
        organisations=[police.pk],
        outside="万州区疾控中心，023-1\n\n",
        wants_reply="on",
    )
    assert sent.status_code == 302
    assert Circular.objects.get().receivers.count() == 2
    taking = {"facility": hall.pk, "use": "isolation", "ends_at": "2031-02-01T08:00"}
    assert send("requisition", starts_at="2031-01-01T08:00", **taking).status_code == 302
    again = send("requisition", starts_at="2031-01-05T08:00", **taking)
    assert again.status_code == 409
    assert "已被征用" in again.content.decode()
    sent = send(
        "order_inspection",
        matter="prices",
        place="市场",
        text="检查",
        organisations=[police.pk],
        key=str(uuid.uuid4()),
    )
    assert sent.status_code == 302
    page = client.get(reverse("incidents:joint", args=[incident.pk])).content.decode()
    for said in ("通报", "体育馆", "哄抬物价"):
        assert said in page


def test_a_department_receives_and_replies_on_its_page(client):
    police = department()
    circular = told(police, wants_reply=True)
    client.force_login(person_of(police))
    receiver = circular.receivers.get()
    assert circular.title in client.get(reverse("incidents:circulars")).content.decode()
    address = reverse("incidents:circular", args=[circular.pk])
    assert "确认签收" in client.get(address).content.decode()

    client.post(reverse("incidents:receive_circular", args=[receiver.pk]))
    client.post(reverse("incidents:reply_to_circular", args=[receiver.pk]), {"reply": "已排查"})

    page = client.get(address).content.decode()
    assert "已排查" in page
    assert "确认签收" not in page


def test_a_department_keeps_its_resources_on_the_page(client):
    opened()
    transport = department("酉阳县交通运输委员会")
    client.force_login(person_of(transport))
    body = BUSES | {"organisation": transport.pk, "place": "车站"}

    assert client.post(reverse("incidents:shared"), body).status_code == 302
    row = SharedResource.objects.get()
    assert "大客车" in client.get(reverse("incidents:shared")).content.decode()
    edit = reverse("incidents:edit_shared", args=[row.pk])
    assert client.post(edit, body | {"free": 99}).status_code == 409
    assert client.post(edit, body | {"free": 3}).status_code == 302
    row.refresh_from_db()
    assert row.free == 3
    client.post(reverse("incidents:withdraw_shared", args=[row.pk]))
    assert "大客车" not in client.get(reverse("incidents:shared")).content.decode()


def test_the_order_s_page_reports_an_inspection_and_gives_a_facility_back(client):
    by = commander()
    market = department("县市场监管局")
    (row,) = inspections(market, by=by)
    doer = person_of(market)
    actions.acknowledge(order=row.order, by=doer, at=NOON)
    client.force_login(doer)
    page = client.get(reverse("incidents:order", args=[row.order.pk])).content.decode()
    assert 'name="violations"' in page
    found = {"inspected": 3, "violations": 1, "filed": 0, "result": "已责令改正"}
    client.post(reverse("incidents:inspected", args=[row.order.pk]), found)
    assert Order.objects.get(pk=row.order.pk).state == "done"

    made = taken(by=by)
    client.force_login(by)
    client.post(reverse("incidents:release", args=[made.order.pk]), {"condition": "完好"})
    made.refresh_from_db()
    assert made.released_by == by
