"""The five plans as they ship: complete, checked, and each saying its own."""

import re
from decimal import Decimal

import pytest

from pingji.ground.standards import amount
from pingji.ground.standards.rules.faults import ProfileProblem
from pingji.ground.standards.rules.profile import (
    ProfileFile,
    load_profile_file,
    parse_profile,
    shipped_profiles,
)

PLANS = ["youyang", "kaijiang", "feicheng", "jinchang", "bachu"]


def plan(name: str) -> ProfileFile:
    return load_profile_file(shipped_profiles()[name])


# Which rows of the acceptance list each plan asks for, written out from the plans.
ASKED = {
    "kaijiang": "1 4 6-9 12-14 16-20 31 34 35 37-39 44 50 55 57 60-62 74-76 78 87 89 96-99 103 "
    "105-108 111 114 118 122 123 125-129",
    "feicheng": "1 7 8 15 17-19 42 44 57 91 97 99-101 104 109 111 116 122 126",
    "youyang": "1 5 6 9 10 12 21-29 36 76-83 86 88 89 91 98-100 103-105 109 110 112 113 116-121 "
    "123-125",
    "jinchang": "1 3 18 30 40 45-49 51-54 56-60 63-73 83 85 90 92-94 101 110 111 115 119 127-129",
    "bachu": "2 4 7 11-13 15 19 31-34 41-44 57 75 76 83 84 95 98 102 103 105 114 116-118 121 122 "
    "127 129",
}


def rows(text: str) -> set[str]:
    found = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= {f"R{n}" for n in range(int(first), int(last or first) + 1)}
    return found


# Every figure of the acceptance list, by plan: requirement, key, value, unit.
FIGURES = {
    "kaijiang": """
        R14 departments.sharing 6 -
        R44 laboratories.p2 1 laboratories
        R55 grid.five_to_one 5 -
        R55 grid.officials 1 people
        R55 grid.grid_workers 1 people
        R55 grid.health_workers 1 people
        R55 grid.police 1 people
        R55 grid.volunteers 1 people
        R74 teams.kinds 4 items
        R74 teams.four_kinds 4 -
        R76 hospital.epidemic_capable 1 institutions
        R76 hospital.epidemic_capable_limit 2 institutions
        R87 icu.ward_share 10 percent
        R106 donation.steps 4 -
    """,
    "feicheng": """
        R15 network.tiers 3 -
        R15 network.parties 4 -
        R42 tuberculosis.incidence 30 cases
        R42 hiv.detected_share 90 percent
        R42 hiv.treated_share 90 percent
        R42 hiv.suppressed_share 90 percent
        R44 laboratories.p2 4 laboratories
        R91 infectious.beds 90 beds
        R101 supplies.reserve_months 1 month
        R116 public_health_doctors.per_township 1 doctors
        R116 public_health_doctors.per_township_limit 2 doctors
    """,
    "youyang": """
        R5 command.platform_functions 5 -
        R21 surveillance.channels 5 -
        R22 loop.stages 5 -
        R23 institutions.connected_share 100 percent
        R24 signal.answered_share 100 percent
        R25 institutions.data_sets 3 -
        R26 platform.levels 4 -
        R79 vulnerable.groups 6 -
        R80 call.answered_in_10_s 95 percent
        R80 ambulance.answer_call 10 second
        R81 ambulance.out_in_3_min 96 percent
        R81 ambulance.roll_out 3 minute
        R82 ambulance.urban_mean_response 13 minute
        R86 icu.share 4 percent
        R86 icu.convertible_share 4 percent
        R86 icu.convert 24 hour
        R88 evacuation.steps 3 -
        R88 hospital.designated 1 hospitals
        R88 drill.evacuation 1 year
        R91 infectious.separate_wards 1 hospitals
        R99 supplies.tiers 3 -
        R100 supplies.modes 3 -
        R112 teams.training_coverage 100 percent
        R113 teams.acute_disease 1 teams
        R116 public_health_doctors.prescribing 2 doctors
        R117 public_health_department.coverage 100 percent
        R117 infectious_department.coverage 100 percent
        R119 ledger.items 28 items
        R120 ledger.core_indicators 4 items
        R121 drill.evacuation 1 year
        R124 platform.interfaces 4 -
    """,
    "jinchang": """
        R3 command.activation_grade 4 grade
        R30 sentinels.types 9 -
        R45 investigation.on_site 2 hour
        R45 investigation.core_facts 4 hour
        R45 investigation.chain 24 hour
        R46 contact.kinds 10 -
        R47 contact.categories 3 -
        R49 investigation.teams.city 2 teams
        R49 investigation.teams.county 4 teams
        R51 crossregion.check 24 hour
        R52 crossregion.measures 5 -
        R53 crossregion.settled 4 -
        R54 crossregion.data_feeds 4 -
        R56 responsibility.tiers 3 -
        R57 public_health_committee.coverage 100 percent
        R63 testing.area 24 hour
        R64 testing.pcr_machines 60 machines
        R64 testing.samplers 1100 people
        R64 testing.laboratory_staff 120 people
        R65 testing.sampling_teams 10 teams
        R69 isolation.rooms_per_10000 40 rooms
        R69 isolation.rooms 1752 rooms
        R69 isolation.rooms.county 710 rooms
        R69 isolation.rooms.district 1042 rooms
        R70 isolation.key_people 8 hour
        R71 isolation.staff_per_100 25 staff
        R72 isolation.mild_sites 1 sites
        R72 isolation.mild_site_beds 60 beds
        R85 ambulance.per_people.city 1 vehicles
        R85 ambulance.per_people.county 1 vehicles
        R85 ambulance.negative_pressure_share 40 percent
        R85 ambulance.wash_stations 1 stations
        R90 infectious.beds 300 beds
        R90 infectious.severe_beds 30 beds
        R90 infectious.beds.county 40 beds
        R90 infectious.severe_beds.county 4 beds
        R93 fever_clinic.coverage 100 percent
        R94 infection_control.committee_from_beds 100 beds
        R94 infection_control.staff.under_100_beds 2 people
        R94 infection_control.staff.100_to_500_beds 4 people
        R94 infection_control.staff.each_beds_over_500 150 beds
        R94 infection_control.staff.each_beds_over_500_limit 200 beds
        R94 infection_control.part_time.per_department 1 people
        R94 infection_control.part_time.per_50_beds 1 people
        R94 infection_control.reserve.tertiary 20 people
        R94 infection_control.reserve.secondary 10 people
        R94 infection_control.doctors_share 30 percent
        R94 infection_control.nurses_share 40 percent
        R94 infection_control.others_share 30 percent
        R101 supplies.reserve_days 30 day
        R115 cdc.technical_staff_share 70 percent
        R115 cdc.city.bachelor_share 50 percent
        R115 cdc.city.senior_share 30 percent
        R115 cdc.county.bachelor_share 40 percent
        R115 cdc.county.senior_share 15 percent
        R129 education.settings 5 -
    """,
    "bachu": """
        R2 command.groups 8 -
        R2 command.task_groups 8 groups
        R7 plan.revision 1 year
        R15 network.tiers 3 -
        R33 surveillance.channels 5 -
        R41 surveillance.analysis 1 week
        R41 surveillance.assessment 1 month
        R42 vaccination.township_coverage 95 percent
        R44 laboratories.p2 1 laboratories
        R44 laboratories.new_tests.first 30 tests
        R44 laboratories.new_tests.second 20 tests
        R57 public_health_committee.coverage 100 percent
        R84 prehospital.private_hospital_beds 100 beds
        R95 blood.steps 6 -
        R102 supplies.store_share 20 percent
        R105 supplies.one_order 4 -
        R116 public_health_staff.per_duty 1 people
        R116 public_health_staff.per_duty_limit 2 people
        R118 psychiatrists.per_100000 3 doctors
        R121 drill.general 1 quarter
    """,
}
EACH_FIGURE = [
    pytest.param(name, *line.split(), id=f"{name}-{'-'.join(line.split()[:2])}")
    for name, lines in FIGURES.items()
    for line in lines.strip().splitlines()
]


@pytest.mark.parametrize(("name", "requirement", "key", "value", "unit"), EACH_FIGURE)
def test_every_figure_of_the_plan_is_in_its_profile(name, requirement, key, value, unit):
    row = plan(name).row(key)

    assert row is not None
    assert requirement in row.requirement
    assert row.value == Decimal(value)
    assert (getattr(row, "unit", None) or getattr(row, "every", None) or "-") == unit


@pytest.mark.parametrize("name", PLANS)
def test_a_profile_answers_to_every_requirement_drawn_from_its_plan(name):
    assert rows(ASKED[name]) - plan(name).requirements() == set()


@pytest.mark.parametrize("name", PLANS)
def test_every_promise_of_a_plan_names_a_clause_of_that_plan(name):
    profile = plan(name)
    mark = profile.document.mark

    clauses = [row.clause for _, row in profile.rows()] + [task.clause for task in profile.task]

    assert all(clause and clause.startswith(mark) for clause in clauses)


@pytest.mark.parametrize("name", PLANS)
def test_every_promise_of_a_plan_answers_to_a_requirement(name):
    assert [row.key for _, row in plan(name).rows() if not row.requirement] == []


def test_the_base_profile_names_a_source_for_every_figure():
    base = plan("national")

    assert all(row.source in base.sources for _, row in base.rows())


UNVERIFIED = {
    "incident.initial_report",
    "incident.progress_report",
    "incident.closing_report",
    "report_card.other",
    "detection.moving_percentile.years",
    "detection.moving_percentile.blocks",
    "public_bulletin.first",
    "event_report.daily_grades",
    "public_bulletin.first_grades",
    "grade.earlier_years",
    "grading.figures",
    "response.body.i",
    "response.body.ii",
    "response.body.iii",
    "response.body.iv",
}


def test_what_was_not_verified_is_marked_so():
    assert {row.key for _, row in plan("national").rows() if not row.verified} == UNVERIFIED


@pytest.mark.parametrize(
    "key",
    [
        "alert.see",
        "alert.verify",
        "alert.investigate",
        "alert.close",
        "order.acknowledge",
        "order.complete",
        "incident.initial_report",
        "report_card.class_a",
        "report_card.other",
        "signal.answered_share",
        "detection.ears_c1.alpha",
        "detection.ears_c2.alpha",
        "detection.ears_c3.alpha",
        "detection.moving_percentile.percentile",
    ],
)
def test_the_base_profile_holds_what_the_program_cannot_do_without(key):
    assert plan("national").row(key) is not None


def test_the_ledger_of_youyang_has_the_28_items_of_its_annex_in_order():
    tasks = plan("youyang").task

    assert [task.number for task in tasks] == [str(n) for n in range(1, 29)]
    assert tasks[19].zh.startswith("健全定点医院应急腾空机制")
    assert (tasks[19].lead, tasks[19].responsible) == (["县卫生健康委"], ["县疾控局"])
    assert sum(task.due is not None for task in tasks) == 28


@pytest.mark.parametrize(
    ("name", "count"), [("kaijiang", 23), ("feicheng", 9), ("jinchang", 17), ("bachu", 28)]
)
def test_every_clause_of_the_other_plans_is_a_task(name, count):
    tasks = plan(name).task

    assert len(tasks) == count
    assert all(re.search(re.escape(task.number), task.clause) for task in tasks)


def test_youyang_says_both_of_its_roll_out_targets():
    row = plan("youyang").row("ambulance.out_in_3_min")

    assert row.target == 96
    assert [(also.value, also.clause) for also in row.also] == [(95, "S2 附件3#4")]


def test_the_plans_disagree_and_each_keeps_its_own():
    assert plan("kaijiang").row("icu.ward_share").of.en == "staffed beds"
    assert plan("youyang").row("icu.share").of.en == "open beds of the hospital"
    assert plan("bachu").row("drill.general").every == "quarter"
    assert plan("youyang").row("drill.evacuation").every == "year"
    assert plan("jinchang").row("supplies.reserve_days").value == 30
    assert plan("feicheng").row("supplies.reserve_months").value == 1
    assert plan("bachu").row("supplies.store_share").value == 20


def test_the_inferred_city_says_that_it_is_inferred():
    jinchang = plan("jinchang")

    assert jinchang.profile.area_inferred
    assert "推断" in jinchang.profile.title.zh
    assert "inferred" in jinchang.profile.title.en
    assert not jinchang.population.verified


def test_bachu_has_eight_task_groups_under_its_leading_group():
    groups = plan("bachu").group

    under = [group.key for group in groups if group.under == "leading_group"]
    assert len([key for key in under if key != "dispatch_centre"]) == 8
    roles = [member.role.zh for member in groups[0].members]
    assert roles == ["组长", "副组长", "副组长", "成员"]


def test_the_four_grades_carry_the_national_colours():
    grades = {grade.level: grade.colour for grade in plan("national").grade}

    assert grades == {1: "red", 2: "orange", 3: "yellow", 4: "blue"}


def test_a_key_means_the_same_kind_of_thing_in_every_plan():
    sections: dict[str, set[str]] = {}
    for name in [*PLANS, "national"]:
        for section, row in plan(name).rows():
            sections.setdefault(row.key, set()).add(section)

    assert {key for key, found in sections.items() if len(found) > 1} == set()


def test_every_rule_of_grading_names_a_grade_and_figures_that_are_explained():
    base = plan("national")
    known = {item.key for row in base.lists if row.key == "grading.figures" for item in row.items}

    assert {rule.grade for rule in base.grading} == {"i", "ii", "iii", "iv"}
    for rule in base.grading:
        asked = {one.figure for one in [*rule.all, *rule.any]}
        assert asked <= known
        assert {edge.figure for edge in rule.edge} <= asked
        assert not rule.verified  # the text itself was not seen


def test_a_condition_that_says_two_things_is_refused():
    text = shipped_profiles()["national"].read_text(encoding="utf-8")
    faulty = text.replace(
        '{ figure = "cases", above = 100 }', '{ figure = "cases", above = 100, at_least = 5 }', 1
    )

    with pytest.raises(ProfileProblem) as refused:
        parse_profile(faulty, name="national.toml")

    assert "exactly one of" in str(refused.value)


def test_the_groups_of_the_base_are_the_eight_under_a_leading_group():
    groups = {group.key: group.under for group in plan("national").group}

    assert groups.pop("leading_group") is None
    assert groups == dict.fromkeys(
        ["office", "supplies", "surveillance", "experts", "field", "treatment", "testing", "press"],
        "leading_group",
    )


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [("8", "8 时", "8 o'clock"), ("2.85", "02:51", "02:51"), ("23.999999", "00:00", "00:00")],
)
def test_a_time_of_day_is_said_in_hours_and_minutes(hours, zh, en):
    assert amount(Decimal(hours), "o_clock", "zh") == zh
    assert amount(Decimal(hours), "o_clock", "en") == en
