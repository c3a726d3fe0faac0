"""Which plan holds where and when, and the plans side by side."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from pingji.ground import Refused
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, UserFactory
from pingji.ground.standards import queries
from pingji.ground.standards.models import Profile, StandardRow
from pingji.ground.standards.tests.factories import plan

pytestmark = pytest.mark.django_db
DAY = date(2025, 12, 1)


@pytest.mark.parametrize("code", ["500242", "500242101", "500242101001", "500242101001001"])
def test_a_plan_holds_in_its_county_down_to_the_grid(code):
    county = plan()

    assert queries.profile_for(code, DAY) == county


def test_a_plan_of_a_city_holds_in_its_counties():
    city = plan("jinchang")

    assert queries.profile_for("620321", DAY) == city


@pytest.mark.parametrize("code", ["5002", "50", "110101"])
def test_elsewhere_the_base_holds(code):
    base = plan().base

    assert queries.profile_for(code, DAY) == base


def test_before_the_plan_was_issued_the_base_held():
    base = plan().base

    assert queries.profile_for("500242", date(2024, 12, 31)) == base


def test_before_any_plan_nothing_holds():
    plan()

    assert queries.profile_for("500242", date(1999, 12, 31)) is None
    assert queries.rules_for("500242", date(1999, 12, 31)) == {}
    assert queries.find_rule("500242", "alert.verify", date(1999, 12, 31)) is None
    assert queries.grades_for("500242", date(1999, 12, 31)) == []


def test_a_plans_own_figure_goes_before_the_bases():
    plan()

    row = queries.rule("500242", "icu.convert", DAY)

    assert (row.profile.name, row.value, row.unit) == ("youyang", 24, "hour")


def test_many_figures_are_asked_for_at_once(django_assert_max_num_queries):
    plan()

    with django_assert_max_num_queries(2):
        rules = queries.rules_for("500242", DAY)

    assert rules["icu.convert"].profile.name == "youyang"
    assert rules["detection.ears_c1.alpha"].profile.name == "national"
    assert float(rules["detection.ears_c3.alpha"].value) == 0.025


def test_one_figure_for_many_areas_and_days_is_what_each_is_by_itself(django_assert_num_queries):
    plan()
    city = plan("jinchang")
    was = queries.rule("500242", "icu.convert", DAY)
    StandardRow.objects.filter(pk=was.pk).update(effective_to=DAY, effective_from=date(2025, 1, 1))
    was.pk, was.value, was.effective_from, was.effective_to = None, 36, DAY, None
    was.save(force_insert=True)
    asked = [
        ("500242101", date(2025, 11, 30)),
        ("500242", DAY),
        ("620321", DAY),
        ("110101", DAY),
        ("500242", date(2024, 12, 31)),
    ]
    key = "detection.ears_c3.alpha"
    assert city.in_force_from <= DAY

    with django_assert_num_queries(3):
        found = queries.numbers(key, asked)

    assert found == {pair: queries.number(pair[0], key, pair[1]) for pair in asked}
    own = queries.numbers("icu.convert", asked[:2])
    assert own == {asked[0]: 24, asked[1]: 36}


@pytest.mark.parametrize("key", ["no.such_key", "notify.chain"])
def test_one_figure_for_many_areas_is_refused_where_no_plan_sets_it(key):
    plan()

    with pytest.raises(Refused, match=key.replace(".", r"\.")):
        queries.numbers(key, [("500242", DAY)])


def test_a_missing_figure_is_refused_by_name():
    plan()

    with pytest.raises(Refused, match=r"no\.such_key"):
        queries.rule("500242", "no.such_key", DAY)


def test_a_duty_without_a_count_has_no_number():
    plan()

    with pytest.raises(Refused, match=r"data\.exchange"):
        queries.number("500242", "data.exchange", DAY)


def test_the_grades_come_from_the_base_the_gravest_first():
    plan()

    assert [grade.level for grade in queries.grades_for("500242", DAY)] == [1, 2, 3, 4]


def test_the_plans_side_by_side_say_what_each_sets_and_what_it_does_not():
    plans = [plan("youyang"), plan("kaijiang"), plan("jinchang")]

    lines = {line.key: line for line in queries.side_by_side(plans, DAY)}

    rooms = lines["isolation.rooms_per_10000"]
    assert [cell.own is not None for cell in rooms.cells] == [False, False, True]
    prehospital = lines["prehospital.tiers"]
    assert prehospital.plans == 2
    on_site = lines["investigation.on_site"]
    assert on_site.cells[0].own is None
    assert on_site.cells[0].default.value == 2


def test_the_plans_side_by_side_tell_where_they_differ():
    lines = {
        line.key: line
        for line in queries.side_by_side([plan("feicheng"), plan("jinchang"), plan("bachu")], DAY)
    }

    assert lines["infectious.beds"].differs
    assert not lines["public_health_committee.coverage"].differs


def test_figures_are_said_in_both_languages():
    plan("jinchang")
    row = StandardRow.objects.get(key="isolation.rooms_per_10000")

    assert row.said == "不少于 40 间／10,000 人"
    with translation.override("en"):
        assert str(row) == "Isolation rooms: at least 40 rooms per 10,000 people"
        assert row.origin == "S3 三(三)7"


def test_duties_and_lists_are_said_in_words():
    plan("bachu")
    drill = StandardRow.objects.get(key="drill.general")
    blood = StandardRow.objects.get(key="blood.steps")

    assert (drill.said, blood.said) == ("每季度 1 次", "6 项")
    with translation.override("en"):
        assert (drill.said, blood.said) == ("once a quarter", "6 items")
        assert blood.listed[0] == "Order"


def test_the_present_value_is_said_beside_its_target():
    plan()
    row = StandardRow.objects.get(key="teams.training_coverage")

    assert (row.said_present, row.said) == ("80 %", "100 %")
    assert (
        StandardRow.objects.get(key="call.answered_in_10_s", profile__name="youyang").said_present
        == ""
    )


def test_plans_are_public_to_whoever_signs_in_and_to_nobody_else():
    plan()

    foreigner = UserFactory(area__code=FOREIGN_COUNTY)
    assert Profile.objects.visible_to(foreigner).plans().count() == 1
    assert not Profile.objects.visible_to(AnonymousUser()).exists()
    assert not StandardRow.objects.visible_to(UserFactory(is_active=False)).exists()
