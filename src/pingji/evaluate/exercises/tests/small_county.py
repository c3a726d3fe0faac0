"""A small county that lives, for tests of the engine and of the staff.

made()                         the county with its people, the plan and the catalogue; the exercise
Doctors({0: 3, 1: 5})          an outbreak of which so many patients come to the hospital each day
engine(exercise, world)        an engine that keeps nothing to itself, on a clock of the test's own
journal()                      what was due, as two runs of one scenario must have it alike
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pingji.evaluate.exercises.actions import staff
from pingji.evaluate.exercises.actions.engine import Engine
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise, Illness
from pingji.evaluate.exercises.queries.moments import next_day
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions as surveillance
from pingji.respond.incidents import actions as incidents

COUNTY, TOWN, OTHER_TOWN, VILLAGE = "500242", "500242101", "500242102", "500242101201"
MIDNIGHT = datetime(2025, 11, 23, 16, tzinfo=UTC)  # the Monday begins in the county
EIGHT = timedelta(hours=8)
DISEASE = "norovirus"
Kind = Organisation.Kind
PEOPLE = (
    ("cdc", Role.EPIDEMIOLOGIST, Kind.CDC, "县疾控中心", COUNTY),
    ("duty", Role.DUTY_OFFICER, Kind.HEALTH_COMMISSION, "县卫健委", COUNTY),
    ("leader", Role.LEADER, Kind.DEPARTMENT, "县人民政府办公室", COUNTY),
    ("hospital", Role.HOSPITAL_REPORTER, Kind.HOSPITAL, "县人民医院", COUNTY),
    ("prevention", Role.HOSPITAL_REPORTER, Kind.HOSPITAL, "县人民医院", COUNTY),
    ("market", Role.DEPARTMENT_LIAISON, Kind.DEPARTMENT, "县市场监督管理局", COUNTY),
    ("township", Role.TOWNSHIP_DOCTOR, Kind.TOWNSHIP_HEALTH_CENTRE, "桃花源卫生院", TOWN),
    ("office", Role.DEPARTMENT_LIAISON, Kind.TOWNSHIP_GOVERNMENT, "桃花源街道办事处", TOWN),
)


def made(*, days: int = 3, **given: Any) -> Exercise:
    """The county on its first day, and the exercise that is played in it."""
    AreaFactory(code=COUNTY, name="酉阳县", name_en="Youyang")
    for code, name in ((TOWN, "桃花源街道"), (OTHER_TOWN, "钟多街道"), (VILLAGE, "中心社区")):
        AreaFactory(code=code, name=name, name_en=code)
    before = MIDNIGHT - timedelta(days=1)
    plan()
    surveillance.load_diseases(by=system_user(), at=before)
    incidents.load_plans(by=system_user(), at=before)
    for username, role, kind, name, area in PEOPLE:
        place = Area.objects.get(pk=area)
        body = Organisation.objects.filter(name=name).first() or OrganisationFactory(
            kind=kind, name=name, name_en=name, area=place, code=f"org-{username}"
        )
        UserFactory(
            username=username,
            display_name=username,
            role=role,
            area=place,
            organisation=body,
            demo=True,
        )
    duty = User.objects.get(username="duty")
    for rank, username in enumerate(("cdc", "duty"), start=1):
        directory.put_on_duty(
            area=duty.area,
            person=User.objects.get(username=username),
            rank=rank,
            starts_at=before,
            ends_at=before + timedelta(weeks=8),
            by=duty,
            at=before,
        )
    return Exercise.objects.create(
        **{
            "area": duty.area,
            "name": "试验演练",
            "name_en": "A test",
            "scenario": {"conduct": {}},
            "profile": "youyang",
            "seed": 7,
            "starts_at": MIDNIGHT,
            "ends_at": MIDNIGHT + timedelta(days=days),
            "moment": MIDNIGHT,
            "made_by": duty,
            "made_at": MIDNIGHT,
        }
        | given
    )


class Doctors:
    """An outbreak as its doctors see it: patients each day, reported from eight in the morning."""

    def __init__(self, patients: dict[int, int]) -> None:
        self.patients = patients

    def live(self, *, at: datetime) -> None:
        exercise = Exercise.objects.get()
        day = exercise.days
        for number in range(self.patients.get(day, 0)):
            person = 1000 * day + number
            patient = Illness.objects.create(
                area_id=VILLAGE, person=person, infected_on=day, care_on=day
            )
            Due.objects.create(
                kind="report",
                key=str(person),
                area_id=VILLAGE,
                at=next_day(exercise) + EIGHT + number * timedelta(minutes=20),
                payload={"pk": patient.pk},
            )
        Exercise.objects.update(days=day + 1)


def report(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str]:
    """The hospital reports a patient."""
    patient = Illness.objects.get(pk=due.subject)
    card = surveillance.send_card(
        facts=facts_of(patient.person, at),
        key=f"sim-{patient.person}",
        by=User.objects.get(username="hospital"),
        at=at,
        confirmed="经治医生已核实。",
    )
    patient.report, patient.reported_at = card.pk, at
    patient.save()
    return in_both(lambda: "card")


def facts_of(person: int, at: datetime) -> dict[str, Any]:
    """What the hospital writes on a card."""
    today = (at + EIGHT).date()
    return {
        "name": f"病人{person}",
        "guardian": "家长",
        "sex": "M",
        "born_on": today - timedelta(days=3000 + person % 900),
        "occupation": "pupil",
        "phone": f"138{person:08d}",
        "patient": "county",
        "area": VILLAGE,
        "address": "1 组",
        "workplace": "中心小学",
        "school_class": "一班",
        "disease": DISEASE,
        "status": "clinical",
        "severe": False,
        "onset_on": today,
        "diagnosed_on": today,
        "diagnosed_at": at,
        "doctor": "何丽华",
    }


def engine(exercise: Exercise, world: Any, *, now: list[datetime], **given: Any) -> Engine:
    """An engine on a clock of the test's own; what breaks in it breaks the test."""
    return Engine(
        exercise,
        set_clock=now.append,
        world=world,
        **{"handlers": {**staff.HANDLERS, "report": report}, "forgiving": False} | given,
    )


def journal() -> list[tuple[Any, ...]]:
    """What was due, when, and what came of it."""
    rows = Due.objects.order_by("at", "kind", "key")
    return list(rows.values_list("at", "kind", "key", "area_id", "state", "outcome", "outcome_en"))
