"""What the program does, the outbreak is told of: cases, contacts, classes, townships."""

from datetime import timedelta

import pytest

from pingji.evaluate.exercises.actions import measures, reports
from pingji.evaluate.exercises.actions.world import World
from pingji.evaluate.exercises.models import Due, Exercise, Illness, Measure
from pingji.evaluate.exercises.rules.effects import shipped_effects
from pingji.evaluate.exercises.tests.world_factories import STARTS, TOWN, begun, lived
from pingji.ground.directory.models import Area, Organisation, User
from pingji.ground.directory.tests.factories import OrganisationFactory
from pingji.ground.record.actions import unannounced
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import CaseReport, Disease
from pingji.respond.incidents import actions as incidents
from pingji.respond.incidents.models import Incident, Order, Response, RiskArea

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MANY = [{"day": 0, "township": TOWN, "people": 40, "ages": [6, 11], "school": True}]


def live(world: World, day: int, *, reported: bool = True) -> None:
    """One day: what is due by then is reported, then the day is lived."""
    at = world.scenario.day_begins(day)
    if reported:
        for due in Due.objects.waiting().filter(kind="report", at__lte=at):
            with unannounced():
                reports.send(world.exercise, due, due.at)
            Due.objects.filter(pk=due.pk).update(state=Due.State.DONE)
    world.live(at=at)


def incident(exercise: Exercise, *, at) -> Incident:
    with unannounced():
        return incidents.open_incident(
            title="学校流感聚集",
            event_kind="infectious_disease",
            area=exercise.area,
            disease=Disease.objects.get(pk="influenza"),
            by=User.objects.get(username="duty"),
            at=at,
        )


def done(of: Incident, organisation: Organisation, standard: str, *, at) -> Order:
    duty = User.objects.get(username="duty")
    return Order.objects.create(
        incident=of,
        area=organisation.area,
        organisation=organisation,
        text="办理",
        standard=standard,
        state=Order.State.DONE,
        issued_by=duty,
        issued_at=at,
        acknowledged_by=duty,
        acknowledged_at=at,
        done_by=duty,
        done_at=at,
    )


def told(kind: str) -> list[Measure]:
    return list(Measure.objects.filter(kind=kind).order_by("day", "id"))


def test_a_reported_case_is_kept_apart_from_the_next_day_and_infects_fewer(settings):
    exercise = begun(settings, r0=2.5)
    world = lived(exercise, 1)
    for day in range(1, 14):
        live(world, day)

    rows = told("restrict")
    cards = CaseReport.objects.filter(pk__in=Illness.objects.values("report"))
    assert rows
    for row in rows:
        assert row.because_type == "surveillance.casereport"
        card = cards.get(pk=row.because_id)
        person = row.arguments["people"][0]
        assert Illness.objects.get(person=person).report == card.pk
        assert world.scenario.day_of(card.known_at) == row.day - 1
        assert row.arguments["end"] == row.day + shipped_effects().case.days
    with_measures = int(world.outbreak.curve().sum())
    without = sum(world.without_measures()["infected"])
    assert with_measures < without


def test_a_withdrawn_card_keeps_nobody_apart(settings):
    exercise = begun(settings)
    world = lived(exercise, 1)
    day = 1
    while not Illness.objects.filter(report__isnull=False).exists():
        live(world, day)
        day += 1
    Measure.objects.filter(kind="restrict").delete()
    at = world.scenario.day_begins(day)
    due = Due.objects.filter(kind="report", state=Due.State.WAITING).first()
    due.at = at - timedelta(hours=2)
    with unannounced():
        reports.send(exercise, due, due.at)
        card = CaseReport.objects.get(pk=Illness.objects.get(person=due.payload["person"]).report)
        surveillance.withdraw_card(card=card, by=card.filled_by, at=at, reason="误报")

    measures.follow(world, day=day, at=at)

    assert not any(due.payload["person"] in row.arguments["people"] for row in told("restrict"))


def test_contacts_are_kept_apart_once_the_core_facts_are_done(settings):
    exercise = begun(settings, seeding=MANY)
    world = lived(exercise, 1)
    cdc = Organisation.objects.get(code="500242-cdc")
    for day in range(1, 6):
        live(world, day)
    assert {row.because_type for row in told("restrict")} == {"surveillance.casereport"}
    at = world.scenario.day_begins(6) - timedelta(hours=5)
    order = done(incident(exercise, at=at), cdc, "investigation.core_facts", at=at)

    live(world, 6)

    (row,) = [row for row in told("restrict") if row.because_type == "incidents.order"]
    cases = set(Illness.objects.filter(report__isnull=False).values_list("person", flat=True))
    assert row.because_id == str(order.pk)
    assert row.arguments["elsewhere"] == shipped_effects().contact.elsewhere
    home = world.county.population.household
    homes = {int(home[person]) for person in cases}
    assert any(int(home[person]) in homes for person in row.arguments["people"])
    assert len(row.arguments["people"]) > len(cases)


def test_an_order_that_is_not_done_finds_no_contacts(settings):
    exercise = begun(settings)
    world = lived(exercise, 1)
    at = STARTS + DAY
    order = done(
        incident(exercise, at=at),
        Organisation.objects.get(code="500242-cdc"),
        "investigation.core_facts",
        at=at,
    )
    Order.objects.filter(pk=order.pk).update(
        state=Order.State.ACKNOWLEDGED, done_by=None, done_at=None
    )
    for day in range(1, 7):
        live(world, day)

    assert not [row for row in told("restrict") if row.because_type == "incidents.order"]


def test_classes_with_cases_stop_once_the_schools_order_is_done(settings):
    exercise = begun(settings, seeding=MANY)
    world = lived(exercise, 1)
    for day in range(1, 6):
        live(world, day)
    at = world.scenario.day_begins(6) - timedelta(hours=5)
    school = Organisation.objects.get(code=f"{TOWN}-school-2")
    done(incident(exercise, at=at), school, "order.complete", at=at)
    live(world, 6)

    closed = [row for row in told("close") if row.arguments["layer"] == "class"]
    assert closed
    groups = closed[0].arguments["groups"]
    population = world.county.population
    for one in groups:
        of = int(population.class_school[one])
        assert world.persons.schools[of].code == school.code or not world.persons.schools[of].code
    live(world, 7)
    again = [g for row in told("close")[1:] if row.day == 7 for g in row.arguments["groups"]]
    assert not set(again) & set(groups)


def test_the_education_department_answers_for_every_school(settings):
    exercise = begun(settings)
    world = lived(exercise, 1)
    county = Area.objects.get(pk="500242")
    education = OrganisationFactory(
        code="500242-department-education", kind=Organisation.Kind.DEPARTMENT, area=county
    )
    night = measures.Night(world, 1, world.scenario.day_begins(1))

    assert measures._schools_of(night, education) == set(range(world.county.population.schools))
    assert measures._schools_of(night, Organisation.objects.get(code="500242-cdc")) == set()


def test_contacts_in_a_township_fall_while_a_risk_area_stands(settings):
    exercise = begun(settings)
    world = lived(exercise, 1)
    duty = User.objects.get(username="duty")
    area = RiskArea.objects.create(
        incident=incident(exercise, at=STARTS + DAY / 2),
        area=Area.objects.get(pk=TOWN),
        level="medium",
        level_zh="中风险",
        level_en="Medium risk",
        rank=2,
        reason="病例集中",
        starts_at=STARTS + DAY / 2,
        set_by=duty,
        set_at=STARTS + DAY / 2,
    )
    live(world, 1)
    live(world, 2)
    at = STARTS + 2 * DAY + timedelta(hours=9)
    area.ends_at = area.lifted_at = at
    area.lifted_by, area.lifting_reason = duty, "无新病例"
    area.save()
    live(world, 3)

    rows = told("reduce")
    assert [(row.day, row.arguments["areas"], row.arguments["remaining"]) for row in rows] == [
        (1, [0], shipped_effects().in_risk_area(2)),
        (3, [0], 1.0),
    ]
    assert (rows[0].because_type, rows[0].because_id) == ("incidents.riskarea", str(area.pk))


def test_a_response_reaches_every_township_of_its_area_and_the_stricter_holds(settings):
    exercise = begun(settings)
    world = lived(exercise, 1)
    duty = User.objects.get(username="duty")
    of = incident(exercise, at=STARTS + DAY / 2)
    for code, level in (("500242", "IV"), (TOWN, "II")):
        Response.objects.create(
            incident=of,
            area=Area.objects.get(pk=code),
            level=level,
            started_by=duty,
            started_at=STARTS + DAY / 2,
        )
    live(world, 1)

    left = {
        town: row.arguments["remaining"]
        for row in told("reduce")
        for town in row.arguments["areas"]
    }
    effects = shipped_effects()
    assert left == {
        0: effects.response["II"],
        1: effects.response["IV"],
        2: effects.response["IV"],
    }


def test_a_world_made_again_knows_the_measures(settings):
    exercise = begun(settings)
    world = lived(exercise, 1)
    for day in range(1, 10):
        live(world, day)

    again = World.of(Exercise.objects.get())

    assert told("restrict")
    assert again.outbreak.curve().tolist() == world.outbreak.curve().tolist()
