"""Drawing at random which places are inspected and who inspects them, so that anybody can check it.

Everything is put in the order of SHA-256 of the seed and the name; the seed is made at the draw and
recorded. Whoever has the lists and the seed gets the same result.
"""

from collections.abc import Sequence
from hashlib import sha256

from django.utils.translation import gettext as _

from pingji.ground import Refused


def rank(seed: str, *names: str) -> str:
    """Where something stands in the order of a draw: SHA-256 of the seed and its names."""
    return sha256("\n".join((seed, *names)).encode()).hexdigest()


def drawn(
    places: Sequence[str], inspectors: Sequence[str], *, take: int, each: int, seed: str
) -> list[tuple[str, list[str]]]:
    """Which places are inspected, and by whom each of them.

    Args:
        places: All places that may be inspected.
        inspectors: All who may inspect.
        take: How many places are drawn.
        each: How many inspectors go to each.
        seed: Of this draw.

    Returns:
        Each place drawn with its inspectors. Nobody goes to a second place before everybody has one.
    """
    chosen = sorted(places, key=lambda place: rank(seed, place))[:take]
    load = dict.fromkeys(inspectors, 0)
    pairs = []
    for place in chosen:
        order = sorted(load, key=lambda name: (load[name], rank(seed, place, name)))
        for name in order[:each]:
            load[name] += 1
        pairs.append((place, order[:each]))
    return pairs


def check_draw(places: Sequence[str], inspectors: Sequence[str], take: int, each: int) -> None:
    """Raise Refused unless there is something to draw from, and no name stands twice."""
    for field, names in (("places", places), ("inspectors", inspectors)):
        twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
        if twice is not None:
            raise Refused(_("“%(name)s” stands in the list twice.") % {"name": twice}, field=field)
    if not 1 <= take < len(places):
        raise Refused(
            _("Of %(n)s places at least one and not all can be drawn.") % {"n": len(places)},
            field="take",
        )
    if not 1 <= each < len(inspectors):
        raise Refused(
            _("Of %(n)s inspectors at least one and not all can be drawn for a place.")
            % {"n": len(inspectors)},
            field="each",
        )
