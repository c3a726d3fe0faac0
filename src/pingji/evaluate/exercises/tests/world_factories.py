"""A county of three townships with simulated residents, for tests of the outbreak and its reports.

begun(...)                     the county, its doctors and schools, and an exercise begun in it
lived(exercise, days)          the world after so many days
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pingji.evaluate.exercises.actions.beginning import begin
from pingji.evaluate.exercises.actions.world import World
from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.rules.scenario import Scenario
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions as surveillance

COUNTY = "500242"
TOWNS = {"500242101": "龙潭镇", "500242102": "麻旺镇", "500242103": "酉酬镇"}
TOWN = "500242101"
STARTS = datetime(2026, 11, 1, 16, tzinfo=UTC)  # midnight of a Monday in the county
PEOPLE = 3000
Kind = Organisation.Kind


def scenario(**given: Any) -> Scenario:
    """A cluster in the school of one township."""
    plain: dict[str, Any] = {
        "code": "trial",
        "name": "试演",
        "name_en": "Trial",
        "purpose": "试",
        "purpose_en": "A trial",
        "profile": "youyang",
        "county": COUNTY,
        "people": PEOPLE,
        "pathogen": "influenza",
        "r0": 2.5,
        "starts_at": STARTS,
        "days": 20,
        "seed": 3,
        "history": False,
        "seeding": [
            {"day": 0, "township": TOWN, "people": 12, "ages": [6, 11], "school": True},
        ],
    }
    return Scenario.model_validate(plain | given)


def county() -> None:
    """Places, organisations and people who report, as the demonstration has them."""
    AreaFactory(code=COUNTY, name="酉阳县", name_en="Youyang")
    for n, (code, name) in enumerate(TOWNS.items()):
        AreaFactory(code=code, name=name, name_en=name, longitude=108.7 + n / 10, latitude=28.8)
        for village in (1, 2, 3):
            AreaFactory(code=f"{code}20{village}", name=f"{village}村", name_en=f"V{village}")
    plan()
    surveillance.load_diseases(by=system_user(), at=STARTS - timedelta(days=1))
    for username, role, kind, suffix, area in (
        ("cdc", Role.EPIDEMIOLOGIST, Kind.CDC, "cdc", COUNTY),
        ("duty", Role.DUTY_OFFICER, Kind.HEALTH_COMMISSION, "health", COUNTY),
        ("press", Role.PRESS_OFFICER, Kind.DEPARTMENT, "department-publicity", COUNTY),
        ("hospital", Role.HOSPITAL_REPORTER, Kind.HOSPITAL, "hospital-1", COUNTY),
        ("prevention", Role.HOSPITAL_REPORTER, Kind.HOSPITAL, "hospital-1", COUNTY),
        ("township", Role.TOWNSHIP_DOCTOR, Kind.TOWNSHIP_HEALTH_CENTRE, "health", TOWN),
        ("village", Role.VILLAGE_DOCTOR, Kind.VILLAGE_CLINIC, "clinic", f"{TOWN}201"),
        ("school", Role.SENTINEL_REPORTER, Kind.SCHOOL, "school-2", TOWN),
    ):
        place = Area.objects.get(pk=area)
        code = f"{area}-{suffix}"
        body = Organisation.objects.filter(code=code).first() or OrganisationFactory(
            kind=kind, code=code, name=code, name_en=code, area=place
        )
        UserFactory(
            username=username,
            display_name=username,
            role=role,
            area=place,
            organisation=body,
            demo=True,
        )


def begun(settings: Any, **given: Any) -> Exercise:
    """The exercise on its first day."""
    settings.EXERCISE = True
    county()
    return begin(scenario=scenario(**given), by=system_user(), at=STARTS)


def lived(exercise: Exercise, days: int) -> World:
    """The world after so many days in which the program did nothing."""
    world = World.of(exercise)
    for day in range(days):
        world.live(at=world.scenario.day_begins(day))
    return world
