"""Plans and deadlines for tests.

plan("youyang")                               a shipped plan, loaded with its base
deadline("alert.verify", subject=some_row)    a clock that began at NOON in county 500242
"""

from datetime import UTC, datetime
from typing import Any

from django.db import models

from pingji.ground.directory.models import User
from pingji.ground.directory.tests.factories import AreaFactory, system_user
from pingji.ground.directory.tests.kept import rows
from pingji.ground.standards import actions
from pingji.ground.standards.models import Deadline, Profile
from pingji.ground.standards.rules.profile import shipped_profiles

NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)  # noon in the county
MORNING = datetime(2025, 11, 20, 1, 0, tzinfo=UTC)
BASE = "national"


def plan(name: str = "youyang", *, by: User | None = None) -> Profile:
    """A shipped plan, loaded once in the test's database."""
    there = Profile.objects.filter(name=name).first()
    if there is not None:
        return there
    AreaFactory()
    file = shipped_profiles()[name]
    if by is not None:
        return actions.load_profile(file=file, by=by, at=MORNING)
    base = None if name == BASE else plan(BASE)
    by = system_user()
    rows(
        f"plan {name} on {base and base.pk} by {by.pk}",
        lambda: actions.load_profile(file=file, by=by, at=MORNING),
    )
    return Profile.objects.get(name=name)


def deadline(key: str = "alert.verify", *, subject: models.Model, **given: Any) -> Deadline:
    """A running clock; the county's plan is loaded where it is not."""
    plan()
    given.setdefault("area", AreaFactory())
    given.setdefault("by", system_user())
    given.setdefault("at", NOON)
    return actions.start_deadline(key=key, subject=subject, **given)
