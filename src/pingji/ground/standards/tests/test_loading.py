"""A plan's file becomes rows, once; a newer file changes what differs; it comes back as a file."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.standards import actions, queries
from pingji.ground.standards.models import Profile, ProfileVersion, StandardRow, Task
from pingji.ground.standards.rules.faults import ProfileProblem
from pingji.ground.standards.rules.profile import load_profile_file, shipped_profiles
from pingji.ground.standards.tests.factories import NOON, plan

pytestmark = pytest.mark.django_db
LATER = datetime(2025, 12, 1, 2, 0, tzinfo=UTC)
YOUYANG = shipped_profiles()["youyang"].read_text(encoding="utf-8")


def load(text: str, *, by=None, at=LATER) -> Profile:
    return actions.load_profile_text(text=text, name="youyang.toml", by=by or system_user(), at=at)


def test_all_shipped_plans_load_with_everything_in_them():
    AreaFactory()

    actions.load_shipped_profiles(by=system_user(), at=NOON)

    for name, path in shipped_profiles().items():
        file, profile = load_profile_file(path), Profile.objects.get(name=name)
        assert profile.standards.count() == len(list(file.rows()))
        assert profile.tasks.count() == len(file.task)
        assert profile.groups.count() == len(file.group)
        assert profile.grades.count() == len(file.grade)
        assert {area.code for area in profile.areas.all()} == set(file.profile.areas)


def test_the_same_file_twice_changes_nothing():
    profile = plan()
    before = Line.objects.count()

    load(YOUYANG)

    assert profile.versions.count() == 1
    assert profile.standards.count() == 57
    assert Line.objects.count() == before


def test_loading_is_on_record():
    AreaFactory()
    profile = load(YOUYANG)

    line = Line.objects.get(kind="profile.loaded", subject_id=str(profile.pk))
    assert (line.details["version"], line.area_id) == (1, "500242")


def test_figures_hold_from_the_day_the_plan_is_in_force():
    profile = plan()

    assert set(profile.standards.values_list("effective_from", flat=True)) == {date(2025, 1, 1)}


def test_a_newer_file_changes_only_what_differs_and_keeps_the_old_value():
    profile = plan()

    load(YOUYANG.replace("seconds = 10", "seconds = 8"))

    old, new = profile.standards.filter(key="ambulance.answer_call").order_by("effective_from")
    assert (old.value, old.effective_to) == (10, date(2025, 12, 1))
    assert (new.value, new.effective_from, new.effective_to) == (8, date(2025, 12, 1), None)
    assert profile.standards.count() == 58
    line = Line.objects.filter(kind="profile.loaded").first()
    assert line.details["changed"] == ["ambulance.answer_call"]


def test_a_figure_the_newer_file_adds_holds_from_the_day_of_loading():
    profile = plan()
    added = """
[[number]]
key = "beds.field"
zh = "方舱床位"
en = "Beds of the cabin hospital"
value = 200
unit = "beds"
comparison = "at_least"
clause = "S2 补充通知"
"""

    load(YOUYANG + added)

    assert profile.standards.get(key="beds.field").effective_from == date(2025, 12, 1)
    assert queries.find_rule("500242", "beds.field", date(2025, 11, 30)) is None


def test_a_ratio_and_a_list_set_for_the_county_are_in_the_file(tmp_path):
    plan()
    jinchang = plan("jinchang")
    base = jinchang.base
    for key in ("isolation.rooms_per_10000", "contact.kinds", "fever_rooms.where_possible"):
        jinchang.standards.filter(key=key).update(profile=base)
    row = base.standards.get(key="contact.kinds")
    row.pk, row.profile = None, Profile.objects.get(name="youyang")
    row.save(force_insert=True)
    change(Profile.objects.get(name="youyang"), "isolation.rooms_per_10000", 30)
    change(Profile.objects.get(name="youyang"), "fever_rooms.where_possible", 2)

    path = tmp_path / "youyang.toml"
    text = queries.export_profile(Profile.objects.get(name="youyang"), date(2025, 12, 1))
    path.write_text(text, encoding="utf-8")
    file = load_profile_file(path)

    rooms = file.row("isolation.rooms_per_10000")
    assert (rooms.value, rooms.per.value, rooms.source) == (30, 10000, "local")
    assert len(file.row("contact.kinds").items) == 10
    assert file.row("fever_rooms.where_possible").times == 2


def test_a_present_value_taken_back_is_taken_out_of_the_file():
    profile = plan()
    actions.change_standard(
        profile=profile,
        key="teams.training_coverage",
        values={"present": None, "present_year": None},
        effective_from=date(2025, 11, 25),
        reason="数据有误",
        by=UserFactory(role=Role.ADMINISTRATOR),
        at=NOON,
    )

    text = queries.export_profile(profile, date(2025, 12, 1))

    part = text[text.index('key = "teams.training_coverage"') :]
    assert "present" not in part[: part.index("[[")]


def test_a_better_wording_is_no_new_figure():
    profile = plan()

    load(YOUYANG.replace('en = "120 call answered"', 'en = "Emergency call answered"'))

    assert profile.standards.get(key="ambulance.answer_call").name_en == "Emergency call answered"


def test_what_was_set_on_screen_stays_when_the_file_does_not_speak_of_it():
    profile = plan()
    change(profile, "ambulance.answer_call", 9)

    load(YOUYANG.replace("minutes = 3", "minutes = 4"))

    assert queries.number("500242", "ambulance.answer_call", date(2025, 12, 2)) == 9
    assert queries.number("500242", "ambulance.roll_out", date(2025, 12, 2)) == 4


def test_a_file_that_changes_the_same_figure_wins():
    profile = plan()
    change(profile, "ambulance.answer_call", 9)

    load(YOUYANG.replace("seconds = 10", "seconds = 8"))

    assert queries.number("500242", "ambulance.answer_call", date(2025, 12, 2)) == 8


def test_a_figure_the_new_file_leaves_out_ends_and_falls_back_to_the_base():
    profile = plan()
    start = YOUYANG.index('[[deadline]]\nkey = "icu.convert"')
    end = YOUYANG.index("# ---------- 指标")

    load(YOUYANG[:start] + YOUYANG[end:])

    assert profile.standards.get(key="icu.convert").effective_to == date(2025, 12, 1)
    assert queries.rule("500242", "icu.convert", date(2025, 12, 2)).profile.everywhere


def test_a_task_the_new_file_leaves_out_is_withdrawn_and_kept():
    profile = plan()
    start = YOUYANG.index('[[task]]\nnumber = "28"')
    end = YOUYANG.index("# ---------- 说明")

    load(YOUYANG[:start] + YOUYANG[end:])

    assert profile.tasks.get(number="28").withdrawn_on == date(2025, 12, 1)
    assert queries.tasks_for("500242", date(2025, 12, 2)).count() == 27


def test_a_task_names_its_units():
    plan()
    task = Task.objects.get(number="14")

    assert [unit.name for unit in task.lead] == ["县卫生健康委", "县疾控局"]
    assert [unit.name_en for unit in task.responsible][0] == "County Education Commission"


def test_groups_hang_under_their_group():
    groups = plan("bachu").groups.all()

    assert [group.key for group in groups if group.under is None] == ["leading_group"]
    assert groups.get(key="leading_group").members.count() == 4


def test_a_second_plan_for_the_same_area_is_refused():
    plan()

    with pytest.raises(Refused, match="500242"):
        load(YOUYANG.replace('name = "youyang"', 'name = "other"'))

    assert not Profile.objects.filter(name="other").exists()


def test_a_broken_file_changes_nothing():
    plan()

    with pytest.raises(ProfileProblem, match=r"youyang\.toml:"):
        load(YOUYANG.replace("seconds = 10", "seconds = -1"))

    assert ProfileVersion.objects.filter(profile__name="youyang").count() == 1


@pytest.mark.parametrize(
    ("role", "area"),
    [(Role.DUTY_OFFICER, "500242"), (Role.ADMINISTRATOR, FOREIGN_COUNTY)],
    ids=["not an administrator", "of another county"],
)
def test_who_may_not_load_a_plan(role, area):
    plan()

    with pytest.raises(Refused):
        load(YOUYANG + "\n", by=UserFactory(role=role, area__code=area))


def test_the_base_comes_with_the_program_only():
    text = shipped_profiles()["national"].read_text(encoding="utf-8")

    with pytest.raises(Refused):
        actions.load_profile_text(
            text=text, name="n.toml", by=UserFactory(role=Role.ADMINISTRATOR), at=NOON
        )


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_a_plan_comes_back_as_the_very_file_it_was(name):
    profile = plan(name)

    text = shipped_profiles()[name].read_text(encoding="utf-8")
    assert queries.export_profile(profile, date(2025, 12, 1)) == text


def test_changes_made_on_screen_are_in_the_file_with_the_comments_kept(tmp_path):
    profile = plan()
    change(profile, "ambulance.answer_call", 9)
    change(profile, "alert.verify", 12)
    change(profile, "call.answered_in_10_s", 97)
    change(profile, "drill.evacuation", 2)
    change(profile, "icu.share", Decimal("4.5"))

    text = queries.export_profile(profile, date(2025, 12, 1))
    path = tmp_path / "youyang.toml"
    path.write_text(text, encoding="utf-8")
    file = load_profile_file(path)

    assert "# ---------- 时限 / Deadlines ----------" in text
    values = {row.key: row.value for _, row in file.rows()}
    assert values["ambulance.answer_call"] == 9
    assert values["alert.verify"] == 12
    assert values["call.answered_in_10_s"] == 97
    assert values["drill.evacuation"] == 2
    assert values["icu.share"] == Decimal("4.5")


def test_the_exported_file_loads_again_and_changes_no_figure():
    profile = plan()
    change(profile, "ambulance.answer_call", 9)
    change(profile, "alert.verify", 12)
    before = profile.standards.count()

    load(queries.export_profile(profile, date(2025, 12, 1)))

    assert profile.standards.count() == before
    assert queries.number("500242", "alert.verify", date(2025, 12, 2)) == 12


def test_the_database_holds_one_figure_in_force_for_each_day():
    row = plan().standards.get(key="icu.share")
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_refuses_a_deadline_without_length():
    row = plan().standards.get(key="icu.convert")

    with pytest.raises(IntegrityError), transaction.atomic():
        StandardRow.objects.filter(pk=row.pk).update(value=0)


def change(profile: Profile, key: str, value: object) -> None:
    actions.change_standard(
        profile=profile,
        key=key,
        values={"value": Decimal(str(value))},
        effective_from=date(2025, 11, 25),
        reason="县指挥部会议",
        by=UserFactory(role=Role.ADMINISTRATOR),
        at=NOON,
    )
