"""An exercise of the tests' own: its row, without an outbreak."""

from datetime import UTC, datetime, timedelta

from pingji.evaluate.exercises.models import Exercise
from pingji.ground.directory.models import Area, Role, User
from pingji.ground.directory.tests.factories import UserFactory
from pingji.monitor.surveillance.tests.factories import county

MORNING = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def exercise(**given) -> Exercise:
    """An exercise that has run for an hour."""
    if not Area.objects.exists():
        county()
    by = User.objects.first() or UserFactory()
    given = {
        "area": Area.objects.of_level("county").first(),
        "name": "学校聚集性疫情",
        "name_en": "A cluster in a school",
        "scenario": {"code": "school", "purpose": "看看", "purpose_en": "See"},
        "profile": "youyang",
        "seed": 7,
        "starts_at": MORNING,
        "ends_at": MORNING + timedelta(days=14),
        "moment": MORNING + timedelta(hours=1),
        "speed": 3600,
        "residents": 20000,
        "made_by": by,
        "made_at": MORNING,
    } | given
    return Exercise.objects.create(**given)


def person(role=Role.LEADER, **given):
    """Somebody of a role, of the exercise."""
    return UserFactory(role=role, demo=True, **given)
