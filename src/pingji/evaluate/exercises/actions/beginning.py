"""Begin an exercise: its people are registered, its agenda is made, and nobody is ill yet."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions import history, injects
from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.rules.scenario import Scenario
from pingji.ground import Refused
from pingji.ground.directory.actions import settle_county
from pingji.ground.directory.models import Area, Resident, User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.actions.senders import revoke_sender
from pingji.monitor.surveillance.models import Sender


@transaction.atomic
def begin(*, scenario: Scenario, by: User, at: datetime) -> Exercise:
    """Make this database one for an exercise, and settle its people.

    The county's organisations and users are loaded before, and all of them are invented.

    Args:
        scenario: What is played, read and checked.
        by: An administrator, or the machine's own user.
        at: When, by the exercise's clock: not after it begins.

    Raises:
        Refused: This installation is for work, an exercise is here already, real people are, or
            the county's people cannot be settled.
    """
    if not settings.EXERCISE:
        raise Refused(
            _(
                "This installation is for work. An exercise needs a folder of its own: nothing begun."
            )
        )
    if Exercise.objects.present() is not None:
        raise Refused(_("An exercise has begun here already."))
    if (
        User.objects.people().filter(demo=False).exists()
        or Resident.objects.filter(demo=False).exists()
    ):
        raise Refused(_("Real people are registered here: an exercise has only invented ones."))
    area = Area.objects.filter(pk=scenario.county).first()
    if area is None:
        raise Refused(_("The county's areas are not loaded."))
    settled = settle_county(
        county_code=area.code, seed=scenario.seed, people=scenario.people, by=by, at=at
    )
    exercise = Exercise.objects.create(
        area=area,
        name=scenario.name,
        name_en=scenario.name_en,
        scenario=scenario.model_dump(mode="json"),
        profile=scenario.profile,
        seed=scenario.seed,
        starts_at=scenario.starts_at,
        ends_at=scenario.ends_at,
        moment=scenario.starts_at,
        speed=scenario.speed,
        people_play=list(scenario.people_play),
        first_resident=settled.first,
        residents=len(settled.population),
        made_by=by,
        made_at=at,
    )
    _disconnect(area, by=by, at=at)
    injects.plan(exercise)
    cases = history.load(exercise, settled) if scenario.history else 0
    note(
        "exercise.begun",
        subject=exercise,
        by=by,
        at=at,
        area=area.code,
        scenario=scenario.code,
        seed=scenario.seed,
        residents=exercise.residents,
        history=cases,
    )
    return exercise


def _disconnect(area: Area, *, by: User, at: datetime) -> None:
    """Nothing outside sends into an exercise.

    A system of the demonstration that fell silent would be told apart from a real outage by nobody,
    and what its organisation reports by hand would begin to count all at once.
    """
    rows = Sender.objects.filter(area__code__startswith=area.code, revoked_at__isnull=True)
    for sender in rows.order_by("pk"):
        revoke_sender(sender=sender, reason=_("No system sends into an exercise."), by=by, at=at)
