"""Areas in which the same rules hold, so that what many of them ask is looked up once."""

from collections.abc import Iterable
from datetime import datetime

from pingji.ground.standards.models import EmergencySpell, ProfileArea


def ruled_alike(codes: Iterable[str], at: datetime) -> dict[str, str]:
    """For each area one in which the same rules hold at a moment: the same for all such areas.

    Rules differ where a plan of one's own or an emergency lies around the one area and not around
    the other.
    """
    asked = sorted(set(codes))
    plans = ProfileArea.objects.values_list("code", flat=True)
    emergencies = EmergencySpell.objects.of_areas().at(at).values_list("area", flat=True)
    bounds = {*plans, *emergencies}
    first: dict[frozenset[str], str] = {}
    found = {}
    for code in asked:
        around = frozenset(bound for bound in bounds if code.startswith(bound))
        found[code] = first.setdefault(around, code)
    return found
