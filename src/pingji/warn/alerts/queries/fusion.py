"""Which signs point to one place, disease and period, and how much they weigh together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Protocol

from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area
from pingji.monitor.surveillance.models import DiseaseClass
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.queries.settings import Settings

EARTH_RADIUS_KM = 6371.0
PARTS = ("strength", "layer", "channels", "sources", "growth", "severity", "place")
Level = Alert.Level


class Placed(Protocol):
    """What a sign and an alert have in common."""

    area_id: str
    disease_id: str | None
    starts_on: date
    ends_on: date


class Nearness:
    """Whether two areas are one place: one holds the other, or they are neighbouring townships."""

    def __init__(self, area: str, furthest_km: float) -> None:
        self.furthest = furthest_km
        rows = Area.objects.under(area).of_level("township").filter(longitude__isnull=False)
        self.middle = {
            code: (radians(longitude), radians(latitude))
            for code, longitude, latitude in rows.values_list("code", "longitude", "latitude")
            if latitude is not None
        }

    def near(self, one: str, other: str) -> bool:
        """Whether signs of both areas may belong together."""
        if one.startswith(other) or other.startswith(one):
            return True
        ends = self.middle.get(one[:TOWNSHIP_DIGITS]), self.middle.get(other[:TOWNSHIP_DIGITS])
        if ends[0] is None or ends[1] is None:
            return False
        return _apart(ends[0], ends[1]) <= self.furthest


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    half = (
        sin((one[1] - other[1]) / 2) ** 2
        + cos(one[1]) * cos(other[1]) * sin((one[0] - other[0]) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, half)))


class Kinship:
    """Whether two codes may be one illness: the same, part and whole, or syndrome and disease."""

    def __init__(self, settings: Settings) -> None:
        assert settings.watched is not None
        self.diseases = settings.watched.diseases
        self.linked = settings.linked

    def same(self, one: str, other: str) -> bool:
        """Whether both are the same illness, or parts of the same."""
        return self._whole(one) == self._whole(other)

    def kin(self, one: str, other: str) -> bool:
        """Whether signs of both may belong together."""
        if self.same(one, other):
            return True
        return other in self.linked.get(one, ()) or one in self.linked.get(other, ())

    def _whole(self, code: str) -> str:
        disease = self.diseases.get(code)
        return (disease.part_of_id or code) if disease else code

    def is_syndrome(self, code: str) -> bool:
        """Whether a code names a syndrome, which says less than a disease."""
        disease = self.diseases.get(code)
        return disease is not None and disease.is_syndrome


@dataclass
class Joined:
    """Signs that belong together; the first is what the alert shows."""

    signs: list[Sign]

    @property
    def main(self) -> Sign:
        """The sign that says most, of the smallest place."""
        return self.signs[0]

    @property
    def area(self) -> str:
        """The township of the main sign, or the larger area that it is of."""
        return self.main.area_id[:TOWNSHIP_DIGITS]

    @property
    def shown(self) -> Sign:
        """The sign whose figures the alert shows: that of the place's own series, if there is one."""
        return next(
            (
                sign
                for sign in self.signs
                if sign.kind == Sign.Kind.SERIES
                and (sign.area_id, sign.disease_id) == (self.area, self.main.disease_id)
            ),
            self.main,
        )

    @property
    def starts_on(self) -> date:
        """First day of any sign with a disease."""
        return min(sign.starts_on for sign in self.signs if sign.disease_id)

    @property
    def ends_on(self) -> date:
        """Last day of any sign with a disease."""
        return max(sign.ends_on for sign in self.signs if sign.disease_id)


def join(
    signs: Iterable[Sign],
    *,
    near: Callable[[str, str], bool],
    kinship: Kinship,
    window: timedelta,
) -> list[Joined]:
    """Join signs of one place, illness and period around the one that says most.

    A sign belongs where its place is one with that of the group's main sign, its illness is kin to
    every illness of the group, and its days come within the window. The silence of a sentinel names
    no illness: it joins what it lies beside, and makes no group of its own.
    """
    ordered = sorted(signs, key=lambda sign: _rank(sign, kinship))
    groups: list[Joined] = []
    for sign in (sign for sign in ordered if sign.disease_id):
        home = next(
            (
                group
                for group in groups
                if near(sign.area_id, group.main.area_id)
                and all(kinship.kin(sign.disease_id, other.disease_id) for other in group.signs)
                and within(sign, group, window)
            ),
            None,
        )
        if home is None:
            groups.append(Joined([sign]))
        else:
            home.signs.append(sign)
    for sign in (sign for sign in ordered if not sign.disease_id):
        for group in groups:
            if near(sign.area_id, group.main.area_id) and within(sign, group, window):
                group.signs.append(sign)
                break
    return groups


def together(signs: Iterable[Sign], kinship: Kinship) -> Joined:
    """Signs that are known to belong together, with the one that says most first."""
    return Joined(sorted(signs, key=lambda sign: _rank(sign, kinship)))


def _rank(sign: Sign, kinship: Kinship) -> tuple[object, ...]:
    """The order in which signs are looked at: what says most first, always the same way."""
    syndrome = bool(sign.disease_id) and kinship.is_syndrome(sign.disease_id)
    local = len(sign.area_id) >= TOWNSHIP_DIGITS
    return (not local, syndrome, -sign.strength, -len(sign.layer), sign.key)


class Spanned(Protocol):
    """What lasts from one day to another."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date: ...


def within(sign: Spanned, other: Spanned, window: timedelta) -> bool:
    """Whether two spans overlap or lie no further apart than the window."""
    return sign.starts_on <= other.ends_on + window and sign.ends_on >= other.starts_on - window


@dataclass(frozen=True)
class Weighed:
    """A score from 0 to the sum of the weights, its parts, and the level it gives.

    Attributes:
        parts: Of each part its value from 0 to 1, its weight, and its points.
        level: The level of the alert; None where the score is too low for one.
    """

    score: float
    parts: dict[str, dict[str, float]]
    level: str | None


def weigh(signs: Sequence[Sign], settings: Settings) -> Weighed:
    """How much signs weigh together, by the plan's weights."""
    number = settings.number
    # A sentinel that fell silent, or a rumour found false, agrees with nothing.
    speaking = [sign for sign in signs if sign.strength > 0]
    values = {
        "strength": max(sign.strength for sign in signs),
        "layer": max(_layer(sign, settings) for sign in signs),
        "channels": _share(
            len({sign.channel for sign in speaking}), number("fusion.channels_full")
        ),
        "sources": _share(len(_sources(speaking)), number("fusion.sources_full")),
        "growth": max(
            _share(float(sign.settings.get("growth", 1)), number("fusion.growth_full"))
            for sign in signs
        ),
        "severity": max(_severity(sign, settings) for sign in signs),
        "place": float(any(sign.vulnerable for sign in signs)),
    }
    parts = {}
    for name in PARTS:
        weight = number(f"fusion.weight.{name}")
        value = round(values[name], 3)
        parts[name] = {"value": value, "weight": weight, "points": round(value * weight, 1)}
    score = round(sum(part["points"] for part in parts.values()), 1)
    return Weighed(score, parts, level_of(score, settings))


def level_of(score: float, settings: Settings) -> str | None:
    """The highest level whose mark a score reaches."""
    marks = (
        (Level.DECISION, "fusion.decision_at"),
        (Level.NOTICE, "fusion.notice_at"),
        (Level.HINT, "fusion.raise_at"),
    )
    return next((str(level) for level, key in marks if score >= settings.number(key)), None)


def _share(value: float, full: float) -> float:
    """From 0 at one to 1 at the full number."""
    return min(1.0, max(0.0, (value - 1) / (full - 1))) if full > 1 else float(value >= full)


def _layer(sign: Sign, settings: Settings) -> float:
    key = "single_case" if sign.kind == Sign.Kind.SINGLE_CASE else sign.layer
    return settings.number(f"fusion.layer.{key}") if key else 0.0


def _sources(signs: Sequence[Sign]) -> set[str]:
    """What agrees: each kind of sign, and of series each method; the three of EARS are one."""
    found = set()
    for sign in signs:
        if sign.kind == Sign.Kind.SERIES:
            found |= {method.split("_c")[0] for method in sign.settings.get("alarmed", ())}
        else:
            found.add(str(sign.kind))
    return found


def _severity(sign: Sign, settings: Settings) -> float:
    if sign.deaths:
        return settings.number("fusion.severity.a")
    if not sign.disease_id or settings.watched is None:
        return 0.0
    row = settings.watched.class_on(sign.disease_id, settings.on)
    if row is not None and (row.legal_class == DiseaseClass.Class.A or row.managed_as_a):
        return settings.number("fusion.severity.a")
    if row is not None and row.legal_class == DiseaseClass.Class.B:
        return settings.number("fusion.severity.b")
    return settings.number("fusion.severity.c")
