"""Risk areas, checkpoints and what is free: set, changed, ended, and as they stood at a moment."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import FacilityFactory, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import Checkpoint, FreeCount, RiskArea, SharedResource
from pingji.respond.incidents.queries import field as queries
from pingji.respond.incidents.tests.factories import commander, opened, person_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOON + 3 * HOUR


def town(code: str = TOWN) -> Area:
    return Area.objects.get(pk=code)


def at_risk(incident=None, *, by=None, level="high", at=NOON, **given) -> RiskArea:
    by = by or commander()
    incident = incident or opened(by=by)
    given = {"area": town(), "reason": "病例集中"} | given
    return field.set_risk_area(incident=incident, level=level, by=by, at=at, **given)


def checkpoint(incident=None, *, by=None, at=NOON, **given) -> Checkpoint:
    by = by or commander()
    incident = incident or opened(by=by)
    manned = Organisation.objects.get(name="县公安局")
    given = {"name": "桃花源路口", "area": town(), "organisation": manned} | given
    return field.open_checkpoint(incident=incident, by=by, at=at, **given)


def kept(*, by=None, at=NOON, **given) -> SharedResource:
    opened()
    police = Organisation.objects.get(name="县公安局")
    given = {"kind": "people", "name": "转运队", "amount": 3, "unit": "支", "free": 2} | given
    return actions.keep_resource(
        organisation=police,
        contact="周强",
        phone="13800000002",
        by=by or person_of(police),
        at=at,
        **given,
    )


# Risk areas.


def test_a_risk_area_keeps_its_level_as_the_plan_names_it_its_reason_and_who_set_it():
    by = commander()

    row = at_risk(by=by)

    assert (row.level, row.level_zh, row.rank, row.reason) == ("high", "高风险区", 1, "病例集中")
    assert (row.set_by, row.set_at, row.starts_at, row.ends_at) == (by, NOON, NOON, None)


def test_another_level_is_a_row_that_follows_and_the_one_before_stays():
    by = commander()
    first = at_risk(by=by)

    second = field.change_risk_area(
        risk_area=first, level="low", reason="七天无新发", by=by, at=LATER
    )

    first.refresh_from_db()
    assert (first.level, first.ends_at, first.lifted_at) == ("high", LATER, LATER)
    assert (second.level, second.starts_at, second.ends_at) == ("low", LATER, None)


def test_a_lifted_area_may_be_set_again_later():
    by = commander()
    first = at_risk(by=by)
    field.lift_risk_area(risk_area=first, reason="解除", by=by, at=LATER)

    again = at_risk(first.incident, by=by, at=LATER + HOUR, level="medium")

    assert RiskArea.objects.filter(area=town()).count() == 2
    assert again.ends_at is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": " "}, "请说明理由"),
        ({"level": "purple"}, "没有该风险等级"),
        ({"starts_at": NOON + HOUR}, "晚于当前时间"),
        ({"starts_at": NOON - timedelta(days=900)}, "早于其起始时间"),
    ],
)
def test_a_risk_area_is_refused_without_its_grounds(given, said):
    with pytest.raises(Refused, match=said):
        at_risk(**given)

    assert not RiskArea.objects.exists()


def test_a_county_is_no_risk_area_and_one_of_another_county_neither():
    by, incident = commander(), None
    incident = opened(by=by)

    with pytest.raises(Refused, match="应为乡镇"):
        at_risk(incident, by=by, area=Area.objects.get(pk=COUNTY))


def test_an_area_has_one_level_at_a_time_in_an_incident():
    by = commander()
    row = at_risk(by=by)

    with pytest.raises(Refused, match="请调整其等级"):
        at_risk(row.incident, by=by, level="low")
    with pytest.raises(Refused, match="请调整其等级"):
        field.change_risk_area(risk_area=row, level="high", reason="x", by=by, at=LATER)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_time_that_another_level_had_is_refused_and_not_overwritten():
    by = commander()
    first = at_risk(by=by)
    field.lift_risk_area(risk_area=first, reason="解除", by=by, at=LATER)

    with pytest.raises(Refused, match="已有其他等级"):
        at_risk(first.incident, by=by, at=LATER + HOUR, starts_at=NOON + HOUR)


@pytest.mark.parametrize("role", [Role.EPIDEMIOLOGIST, Role.INSPECTOR, Role.PRESS_OFFICER])
def test_only_the_roles_that_the_plan_names_set_risk_areas(role):
    row = at_risk()
    other = UserFactory(role=role)

    for work in (
        lambda: at_risk(row.incident, by=other, area=town(OTHER_TOWN)),
        lambda: field.change_risk_area(risk_area=row, level="low", reason="x", by=other, at=LATER),
        lambda: field.lift_risk_area(risk_area=row, reason="x", by=other, at=LATER),
    ):
        with pytest.raises(Refused, match="风险区由以下人员划定"):
            work()


def test_what_was_lifted_is_not_lifted_or_changed_again():
    by = commander()
    row = at_risk(by=by)
    field.lift_risk_area(risk_area=row, reason="解除", by=by, at=LATER)

    with pytest.raises(Refused, match="终止"):
        field.lift_risk_area(risk_area=row, reason="解除", by=by, at=LATER)
    with pytest.raises(Refused, match="终止"):
        field.change_risk_area(risk_area=row, level="low", reason="x", by=by, at=LATER)


def test_nothing_is_set_in_an_incident_that_was_closed():
    by = commander()
    row, point = at_risk(by=by), None
    point = checkpoint(row.incident, by=by)
    actions.close_incident(incident=row.incident, reason="结束", by=by, at=LATER)

    for work in (
        lambda: at_risk(row.incident, by=by, at=LATER, area=town(OTHER_TOWN)),
        lambda: checkpoint(row.incident, by=by, at=LATER, name="二号"),
        lambda: field.close_checkpoint(checkpoint=point, reason="x", by=by, at=LATER),
    ):
        with pytest.raises(Refused, match="结束"):
            work()
    assert not queries.risk_areas_as_of(by, LATER + HOUR, None).exists()
    assert queries.risk_areas_as_of(by, LATER - HOUR, None).get() == row


def test_a_past_picture_holds_what_was_known_then():
    by = commander()
    first = at_risk(by=by)
    # At three it is told that the level was changed at one already.
    second = field.change_risk_area(
        risk_area=first, level="low", reason="x", by=by, at=LATER, starts_at=NOON + HOUR
    )

    def standing(at):
        return list(queries.risk_areas_as_of(by, at, first.incident))

    assert standing(NOON - HOUR) == []
    assert standing(NOON) == standing(NOON + 2 * HOUR) == [first]
    assert standing(LATER) == standing(LATER + HOUR) == [second]


def test_each_step_is_a_line_on_record():
    by = commander()
    row = at_risk(by=by)
    row = field.change_risk_area(risk_area=row, level="low", reason="好转", by=by, at=LATER)
    field.lift_risk_area(risk_area=row, reason="解除", by=by, at=LATER)
    point = checkpoint(row.incident, by=by)
    field.close_checkpoint(checkpoint=point, reason="撤卡", by=by, at=LATER)

    lines = Line.objects.filter(kind__regex="^(risk_area|checkpoint)").order_by("number")
    assert list(lines.values_list("kind", "reason")) == [
        ("risk_area.set", "病例集中"),
        ("risk_area.changed", "好转"),
        ("risk_area.lifted", "解除"),
        ("checkpoint.opened", ""),  # its name is what it is about
        ("checkpoint.closed", "撤卡"),
    ]


# Checkpoints.


def test_a_checkpoint_is_opened_closed_and_opened_again_each_with_its_time():
    by = commander()
    first = checkpoint(by=by, longitude=108.7, latitude=28.8)
    field.close_checkpoint(checkpoint=first, reason="撤卡", by=by, at=LATER)

    second = field.reopen_checkpoint(checkpoint=first, by=by, at=LATER + HOUR)

    assert (second.name, second.longitude, second.organisation_id) == (
        first.name,
        108.7,
        first.organisation_id,
    )

    def open_at(at):
        return list(queries.checkpoints_as_of(by, at, None))

    assert open_at(NOON + HOUR) == [first]
    assert open_at(LATER) == []
    assert open_at(LATER + HOUR) == [second]


def test_who_mans_a_checkpoint_opens_and_closes_it_and_nobody_else_but_the_command():
    point = checkpoint()
    police, stranger = person_of(point.organisation), UserFactory(role=Role.DEPARTMENT_LIAISON)

    with pytest.raises(Refused):
        field.close_checkpoint(checkpoint=point, reason="x", by=stranger, at=LATER)
    closed = field.close_checkpoint(checkpoint=point, reason="换班", by=police, at=LATER)
    field.reopen_checkpoint(checkpoint=closed, by=police, at=LATER + HOUR)

    assert Checkpoint.objects.filter(ends_at__isnull=True).count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "卡点名称"),
        ({"longitude": 108.7}, "同时填写"),
        ({"starts_at": NOON + HOUR}, "晚于当前时间"),
    ],
)
def test_a_checkpoint_is_refused_without_name_or_with_half_a_position(given, said):
    with pytest.raises(Refused, match=said):
        checkpoint(**given)


def test_a_checkpoint_is_open_once():
    by = commander()
    point = checkpoint(by=by)

    with pytest.raises(Refused, match="已启用"):
        checkpoint(point.incident, by=by)
    with pytest.raises(Refused, match="已启用"):
        field.reopen_checkpoint(checkpoint=point, by=by, at=LATER)
    point.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        point.save(force_insert=True)


# What is free.


def test_the_register_of_resources_keeps_each_figure_with_its_time():
    row = kept()
    by = person_of(row.organisation)

    field.tell_free(
        resource=row,
        free=1,
        amount=3,
        position=field.Position(town(), 108.7, 28.8),
        by=by,
        at=LATER,
        as_of=LATER - HOUR,
    )

    row.refresh_from_db()
    assert (row.free, row.updated_at) == (1, LATER)
    told = list(FreeCount.objects.order_by("as_of").values_list("free", "as_of", "longitude"))
    assert told == [(2, NOON, None), (1, LATER - HOUR, 108.7)]

    def shown(at):
        rows = queries.resources_as_of(by, at, ["people"], COUNTY)
        return [(one.free, one.area_id) for one in rows]

    assert shown(NOON - HOUR) == []
    assert shown(LATER - timedelta(minutes=1)) == [(2, COUNTY)]  # not known yet
    assert shown(LATER) == [(1, TOWN)]


def test_a_resource_keeps_its_place_when_only_the_figure_is_told():
    row = kept()
    by = person_of(row.organisation)
    place = field.Position(town(), 108.7, 28.8)
    field.tell_free(resource=row, free=1, amount=3, position=place, by=by, at=NOON + HOUR)

    told = field.tell_free(resource=row, free=0, amount=3, by=by, at=LATER)

    assert (told.area_id, told.longitude) == (TOWN, 108.7)


def test_a_withdrawn_resource_is_on_no_later_picture():
    row = kept()
    by = person_of(row.organisation)
    actions.withdraw_resource(resource=row, by=by, at=LATER)

    assert not queries.resources_as_of(by, LATER, ["people"], COUNTY)
    assert queries.resources_as_of(by, LATER - HOUR, ["people"], COUNTY).get().free == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"free": 4}, "不能大于总数"),
        ({"as_of": LATER + HOUR}, "晚于当前时间"),
        ({"as_of": NOON - HOUR}, "已有更新的数据"),
    ],
)
def test_a_figure_of_what_is_free_is_refused_when_it_cannot_be(given, said):
    row = kept()

    with pytest.raises(Refused, match=said):
        field.tell_free(
            **{"resource": row, "free": 1, "amount": 3} | given,
            by=person_of(row.organisation),
            at=LATER,
        )

    assert FreeCount.objects.count() == 1


def hospital():
    opened()
    body = Organisation.objects.get(name="县人民医院")
    return FacilityFactory(organisation=body, area=body.area, kind="hospital")


def test_a_hospital_tells_its_free_beds_and_rooms_at_once():
    facility = hospital()
    by = person_of(facility.organisation)

    field.tell_free_in(
        facility=facility, counts={"beds": (30, 400), "icu_beds": (2, 12)}, by=by, at=NOON
    )
    field.tell_free_in(facility=facility, counts={"beds": (25, 400)}, by=by, at=LATER)

    now = {
        row.kind: (row.free, row.kind_zh) for row in queries.free_in_facilities(by, LATER, COUNTY)
    }
    assert now == {"beds": (25, "床位"), "icu_beds": (2, "重症监护床位")}
    before = queries.free_in_facilities(by, NOON, COUNTY)
    assert {row.kind: row.free for row in before} == {"beds": 30, "icu_beds": 2}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, "请至少填写一项"),
        ({"beds": (5, 4)}, "不能大于总数"),
        ({"horses": (1, 2)}, "没有该统计项目"),
    ],
)
def test_figures_of_a_facility_are_refused_whole(counts, said):
    facility = hospital()

    with pytest.raises(Refused, match=said):
        field.tell_free_in(
            facility=facility, counts=counts, by=person_of(facility.organisation), at=NOON
        )

    assert not FreeCount.objects.exists()


def test_only_the_organisation_and_the_command_tell_what_is_free_there():
    facility = hospital()
    stranger = person_of(Organisation.objects.get(name="县公安局"))

    with pytest.raises(Refused, match="只有"):
        field.tell_free_in(facility=facility, counts={"beds": (1, 2)}, by=stranger, at=NOON)
    field.tell_free_in(facility=facility, counts={"beds": (1, 2)}, by=commander(), at=NOON)

    assert FreeCount.objects.get().told_by != system_user()
