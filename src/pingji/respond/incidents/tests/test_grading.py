"""Grades: what the rules make of the figures, what stands at an edge, and who decides."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.standards.rules.profile import load_profile_file, shipped_profiles
from pingji.monitor.surveillance.models import CaseReport, Disease
from pingji.monitor.surveillance.tests.factories import NOON, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Grade
from pingji.respond.incidents.queries.gradings import (
    edges_in_words,
    grading,
    most_within,
    words,
    years_before,
)
from pingji.respond.incidents.rules.gradings import judge
from pingji.respond.incidents.tests.factories import commander, opened, staffed

SOON = NOON + timedelta(minutes=10)


class Rule:
    """A rule of the plan's file as the table holds it."""

    def __init__(self, entry):
        self.key, self.grade, self.within_days = entry.key, entry.grade, entry.within_days
        self.every_one = [self.plain(one) for one in entry.all]
        self.any_one = [self.plain(one) for one in entry.any]
        self.edges = [one.model_dump() | {"value": float(one.value)} for one in entry.edge]

    @staticmethod
    def plain(one):
        given = one.model_dump(exclude_none=True)
        figure = given.pop("figure")
        how, value = given.popitem()
        return {"figure": figure, "is": how, "value": value if how == "yes" else float(value)}


RULES = [Rule(one) for one in load_profile_file(shipped_profiles()["national"]).grading]


def judged(begins, **figures):
    rules = [rule for rule in RULES if rule.key.startswith(begins)]
    return judge(rules, lambda name, days: figures.get(name), near=0.1)


@pytest.mark.parametrize(
    ("begins", "figures", "grade", "rule"),
    [
        ("food_poisoning", {"cases": 29, "deaths": 0}, "ungraded", None),
        ("food_poisoning", {"cases": 30, "deaths": 0}, "IV", "food_poisoning.iv"),
        ("food_poisoning", {"cases": 99, "deaths": 0}, "IV", "food_poisoning.iv"),
        ("food_poisoning", {"cases": 101, "deaths": 0}, "III", "food_poisoning.iii"),
        ("food_poisoning", {"cases": 3, "deaths": 1}, "III", "food_poisoning.iii"),
        ("food_poisoning", {"cases": 101, "deaths": 1}, "II", "food_poisoning.ii"),
        ("food_poisoning", {"cases": 12, "deaths": 10}, "II", "food_poisoning.ii_deaths"),
        ("cholera", {"cases": 9, "counties": 1, "prefectures": 1}, "IV", "cholera.iv"),
        ("cholera", {"cases": 10, "counties": 1, "prefectures": 1}, "III", "cholera.iii"),
        ("cholera", {"cases": 2, "counties": 2, "prefectures": 1}, "III", "cholera.iii"),
        ("cholera", {"cases": 30, "counties": 2, "prefectures": 1}, "II", "cholera.ii"),
        ("occupational", {"cases": 9, "deaths": 0}, "IV", "occupational.iv"),
        ("occupational", {"cases": 10, "deaths": 0}, "III", "occupational.iii"),
        ("occupational", {"cases": 50, "deaths": 0}, "II", "occupational.ii"),
        ("weekly_level", {"counties": 2, "times_above": 2.0}, "III", "weekly_level.iii"),
        ("weekly_level", {"counties": 2, "times_above": 2.1}, "II", "weekly_level.ii"),
        ("unexplained", {"clustered": True, "counties": 1}, "III", "unexplained.iii"),
        ("recognised", {"recognised_iv": True}, "IV", "recognised.iv"),
        ("recognised", {"recognised_iv": True, "recognised_iii": True}, "III", "recognised.iii"),
        ("recognised", {"recognised_iv": False}, "ungraded", None),
        ("any_event.imported", {"imported": True}, "I", "any_event.imported"),
        ("plague_pneumonic", {"pneumonic": True, "cases": 4, "counties": 1}, "III", None),
        ("plague_pneumonic", {"pneumonic": True, "cases": 6, "counties": 1}, "II", None),
    ],
)
def test_the_gravest_rule_that_is_met_gives_the_grade(begins, figures, grade, rule):
    found = judged(begins, **figures)

    assert found.grade == grade
    if rule:
        assert found.rule.key == rule


def test_exactly_one_hundred_poisoned_fits_no_wording_and_is_left_to_a_person():
    found = judged("food_poisoning", cases=100, deaths=0)

    assert (found.grade, found.rule) == (Grade.UNGRADED, None)
    assert [edge.rule.key for edge in found.edges if edge.kind == "text"] == [
        "food_poisoning.ii",
        "food_poisoning.iii",
    ]


def test_exactly_five_cases_of_pneumonic_plague_are_told_to_be_worded_in_two_ways():
    found = judged("plague_pneumonic", pneumonic=True, cases=5, counties=1, provinces=1)

    assert found.grade == Grade.II
    assert "text" in {edge.kind for edge in found.edges}


def test_a_figure_that_is_missing_names_the_grade_it_could_bring():
    found = judged("food_poisoning", cases=40)

    assert found.grade == Grade.UNGRADED
    assert {(edge.kind, edge.rule.grade, edge.figures) for edge in found.edges} == {
        ("missing", "ii", ("deaths",)),
        ("missing", "iii", ("deaths",)),
        ("missing", "iv", ("deaths",)),
    }


def test_a_figure_near_the_limit_of_a_graver_grade_is_told():
    found = judged("cholera", cases=28, counties=1, prefectures=1, first_in_city=False)

    assert found.grade == Grade.III
    [near] = [edge for edge in found.edges if edge.kind == "near"]
    assert (near.rule.key, near.limit, near.value) == ("cholera.ii", 30, 28)


def test_a_figure_just_at_its_limit_is_told():
    found = judged("cholera", cases=10, counties=1, prefectures=1)

    assert [(edge.kind, edge.limit) for edge in found.edges if edge.kind == "barely"] == [
        ("barely", 10)
    ]


def test_the_most_cases_in_so_many_days_running():
    day = NOON.date()
    onsets = sorted(day + timedelta(days=n) for n in (0, 0, 3, 6, 7, 7, 8))

    assert [most_within(onsets, days) for days in (1, 2, 7, 30)] == [2, 3, 5, 7]


def ill(n, area, days_before, **given):
    CaseReport.objects.bulk_create(
        CaseReport(
            key=f"{area}-{days_before}-{number}",
            disease_id="cholera",
            area_id=area,
            status="confirmed",
            onset_on=NOON.date() - timedelta(days=days_before),
            known_at=NOON - timedelta(hours=1),
            **given,
        )
        for number in range(n)
    )


@pytest.fixture
def cholera(db):
    incident = opened()
    incident.disease = Disease.objects.get(pk="cholera")
    incident.save(update_fields=["disease"])
    return incident


def test_the_figures_are_read_from_the_report_cards(cholera):
    ill(6, TOWN, 2)
    ill(5, OTHER_TOWN, 4, died_on=NOON.date())
    ill(3, TOWN, 20)

    found = grading(cholera, at=NOON, said={})

    read = {one.key: (one.value, one.origin) for one in found.figures}
    assert read["cases"] == (11, "reports")
    assert read["counties"] == (1, "reports")
    assert read["first_in_city"] == (None, "missing")
    assert found.judged.rule.key == "cholera.iii"


def test_what_a_person_knows_comes_before_the_reports(cholera):
    ill(6, TOWN, 2)

    found = grading(cholera, at=NOON, said={"cases": 31.0})

    assert found.judged.rule.key == "cholera.ii"
    assert {one.origin for one in found.figures if one.key == "cases"} == {"person"}


def test_confirming_the_rules_needs_no_words_and_keeps_the_rule(cholera):
    ill(6, TOWN, 2)

    graded = actions.grade_incident(incident=cholera, grade="IV", by=commander(), at=SOON)

    kept = graded.gradings.get()
    assert (graded.grade, kept.rule, kept.overrides) == ("IV", "cholera.iv", False)
    assert graded.grade_reason == kept.rule_text
    assert {one["key"]: one["value"] for one in kept.figures}["cases"] == 6
    assert not kept.verified


def test_going_against_the_rules_needs_a_reason(cholera):
    ill(6, TOWN, 2)

    with pytest.raises(Refused, match="定级理由"):
        actions.grade_incident(incident=cholera, grade="II", by=commander(), at=SOON)

    graded = actions.grade_incident(
        incident=cholera, grade="II", reason="市里要求提级", by=commander(), at=SOON
    )
    kept = graded.gradings.get()
    assert (kept.suggested, kept.chosen, kept.overrides) == ("IV", "II", True)
    assert graded.grade_reason == "市里要求提级"


def test_an_edge_is_said_in_words(cholera):
    found = grading(cholera, at=NOON, said={"cases": 28.0, "prefectures": 1.0, "counties": 1.0})

    said = [words(edge, found.labels) for edge in found.edges if edge["kind"] == "near"]

    assert said == ["病例（中毒、发病）人数：28，接近II级的界值30。"]


def test_where_reports_do_not_reach_back_the_level_by_the_years_there_are_is_told_not_used(db):
    staffed()
    incident = opened(disease=Disease.objects.get(pk="influenza"))
    CaseReport.objects.bulk_create(
        CaseReport(
            key=f"{day}-{number}",
            disease_id="influenza",
            area_id=TOWN,
            status="confirmed",
            onset_on=day,
            known_at=NOON - timedelta(hours=1),
        )
        for day, many in (
            (NOON.date(), 12),
            (years_before(NOON.date(), 1), 4),
            (years_before(NOON.date(), 2) - timedelta(days=6), 2),
        )
        for number in range(many)
    )

    found = grading(incident, at=NOON, said={})

    [level] = [one for one in found.figures if one.key == "times_above"]
    assert (level.value, level.origin) == (None, "missing")
    assert "按已有的2年：本周12例，同期平均3例，超过3.0倍" in level.said
    assert found.judged.rule is None


def test_what_is_not_known_is_one_line_for_each_grade(cholera):
    found = grading(cholera, at=NOON, said={"first_in_city": False, "counties": 1.0})

    said = edges_in_words(found.edges, found.labels)

    assert sum("可能达到I级" in one for one in said) == 1
    [first] = [one for one in said if "可能达到I级" in one]
    assert "是否烈性病菌株、毒株丢失" in first
    assert "是否由国务院卫生行政部门认定为特别重大事件" in first


def test_of_an_illness_without_a_class_the_page_says_which_rules_do_not_ask(client, db):
    staffed()
    incident = opened(disease=Disease.objects.get(pk="influenza_like_illness"))
    client.force_login(commander())
    address = reverse("incidents:grading", args=[incident.pk])
    page = client.get(address).content.decode()
    assert "“流感样病例”不属法定分类传染病" in page

    page = client.get(address, {"figure-recognised_iv": "yes"})
    assert page.context["suggested"] == Grade.IV
    assert "县级以上人民政府卫生行政部门认定" in page.content.decode()


def test_the_page_works_the_grade_out_with_what_is_entered(cholera, client):
    client.force_login(commander())
    address = reverse("incidents:grading", args=[cholera.pk])

    page = client.get(address, {"figure-cases": "12", "figure-first_in_city": "no"})

    assert page.context["suggested"] == Grade.III
    assert "霍乱在一个县内一周病例10至29例" in page.content.decode()
    assert "未核对原文" in page.content.decode()


def test_the_grade_is_set_on_the_page_with_what_was_entered(cholera, client):
    client.force_login(commander())

    answer = client.post(
        reverse("incidents:grade", args=[cholera.pk]), {"figure-cases": "12", "grade": "III"}
    )

    assert answer.status_code == 302
    cholera.refresh_from_db()
    assert cholera.grade == "III"
    assert "figure-cases" in client.get(answer["location"]).content.decode()


def test_working_the_grade_out_decides_nothing(cholera, client):
    client.force_login(commander())

    page = client.post(
        reverse("incidents:grade", args=[cholera.pk]),
        {"figure-cases": "12", "figure-first_in_city": "no", "work_out": "1"},
        follow=True,
    )

    assert page.context["suggested"] == Grade.III
    assert "figure-cases=12" in page.context["here"]  # the page asks again with what was entered
    cholera.refresh_from_db()
    assert cholera.grade == Grade.UNGRADED
    assert not cholera.gradings.exists()


def test_who_does_not_command_sees_the_grade_and_no_form(cholera, client):
    client.force_login(UserFactory(role=Role.INSPECTOR, area=Area.objects.get(pk=cholera.area_id)))

    page = client.get(reverse("incidents:grading", args=[cholera.pk])).content.decode()

    assert "figure-cases" not in page


@pytest.mark.parametrize("years", range(1, 11))
def test_the_same_week_of_an_earlier_year_is_less_than_a_week_away(years):
    day = date(2026, 11, 20)

    earlier = years_before(day, years)

    assert earlier.weekday() == day.weekday()
    assert abs(earlier - day.replace(year=day.year - years)) < timedelta(days=5)
