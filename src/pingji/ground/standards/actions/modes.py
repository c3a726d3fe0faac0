"""A place enters emergency, or goes back to peace."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, Facility, User
from pingji.ground.record.actions import note, publish
from pingji.ground.standards.models import EmergencySpell

TOPIC = "modes"


@transaction.atomic
def enter_emergency(
    *, area: Area, facility: Facility | None, conversion: str, by: User, at: datetime
) -> EmergencySpell:
    """Let an area, or one facility in it, be in emergency from now on.

    Raises:
        Refused: When it is in emergency already.
    """
    spell = EmergencySpell(
        area=area, facility=facility, conversion=conversion, began_by=by, began_at=at
    )
    place = facility or area
    with refused_if_taken(_("%(place)s is in emergency already.") % {"place": place}, field="to"):
        spell.save(force_insert=True)
    note("mode.emergency", subject=spell, area=area.code, by=by, at=at, place=str(place))
    publish(TOPIC, area=area.code)
    return spell


@transaction.atomic
def return_to_peace(
    *, area: Area, facility: Facility | None, by: User, at: datetime
) -> EmergencySpell:
    """Let an area, or one facility in it, be in peace again.

    Raises:
        Refused: When it is in peace already.
    """
    spells = EmergencySpell.objects.select_for_update(of=("self",))
    spell = spells.filter(area=area, facility=facility, ended_at__isnull=True).first()
    place = facility or area
    if spell is None:
        raise Refused(_("%(place)s is in peace already.") % {"place": place}, field="to")

    spell.ended_by, spell.ended_at = by, at
    spell.save(update_fields=["ended_by", "ended_at"])
    note("mode.peace", subject=spell, area=area.code, by=by, at=at, place=str(place))
    publish(TOPIC, area=area.code)
    return spell
