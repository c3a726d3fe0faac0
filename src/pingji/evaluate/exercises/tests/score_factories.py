"""An exercise that was partly answered, for tests of its score.

played()     six days of an outbreak, an event whose orders are half done, one of them late
"""

from datetime import timedelta

from pingji.evaluate.exercises.models import DayLived, Due, Exercise, Illness, Measure
from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import system_user
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON
from pingji.respond.incidents import actions as incidents
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.tests.factories import (
    commander,
    enteric_plan,
    opened,
    orders,
    person_of,
    staffed,
)

INFECTED = (2, 3, 5, 8, 4, 1)
ONSET = (0, 1, 3, 5, 8, 4)
DAYS = len(INFECTED)


def exercise(**given: object) -> Exercise:
    """An exercise that began four days before noon and has six days behind it."""
    begins = NOON - timedelta(days=4, hours=12)  # midnight in the county
    return Exercise.objects.create(
        **{
            "area": Area.objects.get(pk=COUNTY),
            "name": "演练：诺如病毒",
            "name_en": "Exercise: norovirus",
            "scenario": {"code": "small", "pathogen": "norovirus"},
            "profile": "youyang",
            "seed": 1,
            "starts_at": begins,
            "ends_at": begins + timedelta(days=20),
            "moment": NOON + timedelta(days=2),
            "days": DAYS,
            "residents": 20_000,
            "made_by": system_user(),
            "made_at": begins,
        }
        | given
    )


def lived(area: Area) -> None:
    """The days of the outbreak, and one illness that was reported."""
    for day, (infected, onset) in enumerate(zip(INFECTED, ONSET, strict=True)):
        DayLived.objects.create(
            area=area,
            day=day,
            infected=infected,
            onset=onset,
            care=onset,
            admitted=0,
            critical=0,
            died=0,
            recovered=0,
        )
    Illness.objects.create(
        area=area,
        person=7,
        infected_on=0,
        care_on=2,
        report=1,
        reported_at=NOON - timedelta(hours=30),
    )
    Illness.objects.create(area=area, person=8, infected_on=1, care_on=3)


def answered() -> Incident:
    """An event of the disease with its plan; one order done in time, one late, others not at all."""
    by = commander()
    staffed()
    incident = opened(by=by, disease=Disease.objects.get(pk="norovirus"))
    incidents.activate_plan(incident=incident, plan=enteric_plan(), by=by, at=NOON)
    first, second = orders(incident)[:2]
    for order, hours in ((first, 1), (second, 40)):
        who = person_of(order.organisation)
        incidents.acknowledge(order=order, by=who, at=NOON + timedelta(minutes=9))
        incidents.finish(order=order, result="已办。", by=who, at=NOON + timedelta(hours=hours))
    return incident


def played() -> Exercise:
    """All of it."""
    incident = answered()
    found = exercise()
    lived(found.area)
    order = orders(incident)[0]
    Measure.objects.create(
        area=found.area,
        day=0,
        kind=Measure.Kind.INFECT,
        arguments={"people": [1, 2]},
        reason="想定",
        reason_en="scenario",
        told_at=found.starts_at,
    )
    for day, hours in ((4, 1), (5, 26)):
        Measure.objects.create(
            area=found.area,
            day=day,
            kind=Measure.Kind.RESTRICT,
            arguments={"people": [7]},
            because_type=order._meta.label_lower,
            because_id=str(order.pk),
            reason="密切接触者隔离",
            reason_en="Close contacts kept apart",
            told_at=NOON + timedelta(hours=hours),
        )
    for key, state in (("1", Due.State.DONE), ("2", Due.State.DONE), ("3", Due.State.REFUSED)):
        Due.objects.create(kind="report", key=key, area=found.area, at=NOON, state=state)
    return found
