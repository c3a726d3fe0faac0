"""Put people on the duty roster, and take them off."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory import rules
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, DutyShift, User
from pingji.ground.record.actions import note, publish

WEEK = timedelta(weeks=1)


@transaction.atomic
def put_on_duty(
    *,
    area: Area,
    person: User,
    rank: int,
    starts_at: datetime,
    ends_at: datetime,
    weeks: int = 1,
    by: User,
    at: datetime,
) -> list[DutyShift]:
    """Put somebody on the roster of an area, for one shift or for the same one of several weeks.

    Args:
        area: For which area.
        person: Who is on duty.
        rank: 1 is called first, 2 if the first does not answer.
        starts_at: When the duty begins.
        ends_at: When it ends.
        weeks: In how many weeks, the first one included.
        by: Who sets the roster.
        at: When.

    Raises:
        Refused: Somebody else has this rank then, or the person has another.
    """
    rules.check_can_edit_roster(by, area.code)
    rules.check_shift(person, area.code, starts_at, ends_at)

    taken = _("Somebody else is called in this place then, or this person already is on duty.")
    made = [
        DutyShift(
            area=area,
            person=person,
            rank=rank,
            starts_at=starts_at + WEEK * n,
            ends_at=ends_at + WEEK * n,
            set_by=by,
            set_at=at,
        )
        for n in range(weeks)
    ]
    for shift in made:
        with refused_if_taken(taken, field="starts_at"):
            shift.save(force_insert=True)
        note(
            "duty.set",
            subject=shift,
            area=area.code,
            by=by,
            at=at,
            person=person.username,
            rank=rank,
            starts_at=shift.starts_at.isoformat(),
            ends_at=shift.ends_at.isoformat(),
        )
    publish("duty", area=area.code)
    return made


@transaction.atomic
def take_off_duty(*, shift: DutyShift, by: User, at: datetime, reason: str) -> DutyShift:
    """Take a shift that is not over off the roster; the row stays."""
    shift = DutyShift.objects.select_for_update(of=("self",)).get(pk=shift.pk)
    rules.check_can_take_off(by, shift, at)

    shift.withdrawn_by, shift.withdrawn_at = by, at
    shift.save(update_fields=["withdrawn_by", "withdrawn_at"])
    note("duty.withdrawn", subject=shift, area=shift.area_id, by=by, at=at, reason=reason)
    publish("duty", area=shift.area_id)
    return shift
