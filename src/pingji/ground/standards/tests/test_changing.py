"""A figure changed on screen: from a day on, with a reason, and nothing forgotten."""

from datetime import date
from decimal import Decimal

import pytest

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.standards import actions, queries
from pingji.ground.standards.rules import editing as rules
from pingji.ground.standards.tests.factories import NOON, plan

pytestmark = pytest.mark.django_db
DAY = date(2025, 12, 1)


def change(key="icu.convert", *, profile=None, by=None, since=DAY, reason="会议决定", **values):
    return actions.change_standard(
        profile=profile or plan(),
        key=key,
        values={
            name: Decimal(value) if isinstance(value, int) and not name.endswith("year") else value
            for name, value in values.items()
        },
        effective_from=since,
        reason=reason,
        by=by or UserFactory(role=Role.ADMINISTRATOR),
        at=NOON,
    )


def number(key: str, day: date) -> Decimal:
    return queries.number("500242", key, day)


def test_the_new_figure_holds_from_its_day_and_the_old_one_until_then():
    change(value=12)

    assert number("icu.convert", date(2025, 11, 30)) == 24
    assert number("icu.convert", DAY) == 12


def test_who_when_and_why_are_kept_and_on_record():
    administrator = UserFactory(role=Role.ADMINISTRATOR)

    row = change(value=12, by=administrator)

    assert (row.changed_by, row.changed_at, row.reason) == (administrator, NOON, "会议决定")
    line = Line.objects.get(kind="standard.changed")
    assert line.details["before"] == {"value": "24.000000"}
    assert line.details["after"] == {"value": "12.000000"}
    assert line.area_id == "500242"


def test_a_change_between_two_others_keeps_the_later_one():
    change(value=12, since=date(2026, 1, 1))
    change(value=18, since=DAY)

    days = [date(2025, 11, 30), DAY, date(2025, 12, 31), date(2026, 1, 1)]
    assert [number("icu.convert", day) for day in days] == [24, 18, 18, 12]


def test_a_slip_is_corrected_on_the_same_day_and_stays_in_the_history():
    change(value=120)
    change(value=12)

    rows = queries.history(plan(), "icu.convert")
    assert [(row.value, row.effective_from, row.effective_to) for row in rows] == [
        (12, DAY, None),
        (120, DAY, DAY),
        (24, date(2025, 1, 1), DAY),
    ]


def test_a_default_is_set_for_this_county_alone():
    kaijiang = plan("kaijiang")

    row = change("alert.verify", value=12)

    assert (row.profile.name, row.source_key, row.is_default) == ("youyang", "local", False)
    assert number("alert.verify", DAY) == 12
    assert queries.number("511723", "alert.verify", DAY) == 24
    assert not kaijiang.standards.filter(key="alert.verify").exists()


def test_a_default_holds_until_the_day_it_is_set():
    change("alert.verify", value=12)

    assert number("alert.verify", date(2025, 11, 30)) == 24


def test_a_deadline_may_change_its_unit():
    assert change(value=90, unit="minute").said in {"90 min", "90 分钟"}


def test_an_indicator_takes_a_new_present_value_with_its_year():
    row = change("call.answered_in_10_s", present=91, present_year=2025)

    assert (row.value, row.present, row.present_year) == (95, 91, 2025)


@pytest.mark.parametrize(
    ("key", "values", "field"),
    [
        ("icu.convert", {"value": 0}, "value"),
        ("icu.convert", {"value": -1}, "value"),
        ("icu.convert", {"unit": "month"}, "unit"),
        ("icu.convert", {"value": 24}, None),
        ("icu.share", {"value": 101}, "value"),
        ("icu.share", {"unit": "beds"}, "unit"),
        ("icu.share", {"value": None}, "value"),
        ("drill.evacuation", {"value": Decimal("1.5")}, "value"),
        ("drill.evacuation", {"value": None}, "value"),
        ("data.exchange", {"value": 2}, "value"),
        ("call.answered_in_10_s", {"present": 91}, "present_year"),
        ("call.answered_in_10_s", {"present": -1, "present_year": 2025}, "present"),
        ("loop.stages", {"value": 6}, None),
        ("no.such_key", {"value": 6}, None),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_its_field(key, values, field):
    with pytest.raises(Refused) as refused:
        change(key, **values)

    assert refused.value.field == field
    assert str(refused.value)


def test_a_change_needs_a_reason():
    with pytest.raises(Refused) as refused:
        change(value=12, reason=" ")

    assert refused.value.field == "reason"


def test_a_change_cannot_begin_before_the_plan():
    with pytest.raises(Refused) as refused:
        change(value=12, since=date(2024, 12, 31))

    assert refused.value.field == "effective_from"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_may_change_a_plan(role):
    with pytest.raises(Refused):
        change(value=12, by=UserFactory(role=role))


def test_an_administrator_of_another_county_may_not_change_the_plan():
    with pytest.raises(Refused):
        change(value=12, by=UserFactory(role=Role.ADMINISTRATOR, area__code=FOREIGN_COUNTY))


def test_the_base_is_not_changed_on_screen():
    with pytest.raises(Refused):
        change("alert.verify", profile=plan().base, value=12)


def test_the_machine_may_change_a_plan():
    assert change(value=12, by=system_user()).value == 12


def test_everybody_may_read_a_plan_and_somebody_who_left_may_not():
    for role in Role:
        rules.check_can_view(UserFactory(role=role))

    with pytest.raises(Refused):
        rules.check_can_view(UserFactory(is_active=False))
