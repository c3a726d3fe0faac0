"""What a repeated run found otherwise."""

from collections.abc import Iterable

from pingji.warn.alerts.models import Sign

COMPARED = (
    *("area_id", "disease_id", "channel", "kind", "layer", "place", "method"),
    *("starts_on", "ends_on", "observed", "deaths"),
    *("expected", "upper_bound", "strength", "p_value"),
)
# Digits in which two runs must agree: more than any screen shows, fewer than another processor's
# last bits.
DIGITS = 9


def differences(before: Iterable[Sign], now: Iterable[Sign]) -> dict[str, list[str]]:
    """The keys of signs that are gone, new, or of other figures than before."""
    first = {sign.key: _figures(sign) for sign in before}
    again = {sign.key: _figures(sign) for sign in now}
    return {
        "gone": sorted(first.keys() - again.keys()),
        "new": sorted(again.keys() - first.keys()),
        "other": sorted(key for key in first.keys() & again.keys() if first[key] != again[key]),
    }


def _figures(sign: Sign) -> tuple[object, ...]:
    values = (getattr(sign, name) for name in COMPARED)
    return tuple(f"{v:.{DIGITS}g}" if isinstance(v, float) else v for v in values)
