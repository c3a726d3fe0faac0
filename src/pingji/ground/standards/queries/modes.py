"""In which state a place is at a moment: peace or emergency."""

from datetime import datetime

from django.db.models import Q

from pingji.ground.directory.models import Facility, codes_around
from pingji.ground.standards.models import EmergencySpell, Mode


def spell_at(area_code: str, at: datetime) -> EmergencySpell | None:
    """The emergency an area is in at a moment: the nearest around it; None in peace."""
    found = EmergencySpell.objects.of_areas().at(at).filter(area__in=codes_around(area_code))
    return max(
        found.select_related("area", "began_by"), key=lambda one: len(one.area_id), default=None
    )


def mode_at(area_code: str, at: datetime) -> Mode:
    """Whether an area, or one that contains it, was in emergency at a moment."""
    return Mode.EMERGENCY if spell_at(area_code, at) else Mode.PEACE


def facility_mode_at(facility: Facility, at: datetime) -> Mode:
    """Whether a facility was switched to emergency at a moment, whatever its area was."""
    switched = EmergencySpell.objects.at(at).filter(facility=facility).exists()
    return Mode.EMERGENCY if switched else Mode.PEACE


def emergencies_seen(area_code: str, at: datetime) -> list[EmergencySpell]:
    """The emergencies at a moment of an area, of those around it and of those inside it."""
    seen = Q(area__code__startswith=area_code) | Q(area__in=codes_around(area_code))
    rows = EmergencySpell.objects.of_areas().at(at).filter(seen)
    return list(rows.order_by("area_id"))
