"""Signs from schools and other institutions with more cases than chance brings to one of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pingji.analysis.detect.recommended.sums import chance_in_a_place
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Organisation
from pingji.monitor.surveillance.models import Channel, ClusterThreshold
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.settings import Settings
from pingji.warn.alerts.queries.signs.found import DAY, Found, Look, strength_of
from pingji.warn.alerts.queries.signs.lines import CaseLine

# Where those live, learn or lie whom a disease hits first.
VULNERABLE = (
    Organisation.Kind.SCHOOL,
    Organisation.Kind.CARE_HOME,
    Organisation.Kind.HOSPITAL,
)
HALF_A_CASE = 0.5
# Below it one in many is many times one, to the last digit.
TINY = 1e-9


@dataclass(frozen=True)
class Kind:
    """What is usual in places of one kind.

    Attributes:
        held: Cases of one disease in all of them in the county, by day.
        places: How many there are in the county.
        near: How many there are in the township: any of them could have been the one.
    """

    held: Counter[date]
    places: int
    near: int


@dataclass(frozen=True)
class Crowd:
    """Last days of one place, and how often chance alone fills any place nearby as much."""

    first: date
    last: date
    days: int
    cases: int
    before: int
    expected: float
    chance: float
    kind: Kind


def crowd(held: Counter[date], kind: Kind, *, last: date, settings: Settings) -> Crowd | None:
    """The sum of last days of a place that chance reaches least often; None with too few cases."""
    history = int(settings.number("detection.institution.history"))
    found = []
    for days in settings.lengths:
        first = last - (days - 1) * DAY
        cases = _between(held, first, last)
        if cases < settings.number("detection.institution.cases"):
            continue
        since, until = first - history * DAY, first - DAY
        before = _between(held, since, until)
        usual = (_between(kind.held, since, until) + HALF_A_CASE) / (history * kind.places)
        chance = float(chance_in_a_place(cases, days, before, history, usual))
        found.append(
            Crowd(
                first=min(day for day, n in held.items() if n and first <= day <= last),
                last=last,
                days=days,
                cases=cases,
                before=before,
                expected=(1 + before) / (1 / usual + history) * days,
                chance=1 - (1 - chance) ** kind.near if chance > TINY else chance * kind.near,
                kind=kind,
            )
        )
    return min(found, key=lambda one: one.chance, default=None)


def _between(held: Counter[date], first: date, last: date) -> int:
    return sum(n for day, n in held.items() if first <= day <= last)


def crowded(
    look: Look, lines: Iterable[CaseLine], codes: Callable[[str], list[str]]
) -> Iterator[Found]:
    """Institutions out of the ordinary, each at its most unusual of the latest days.

    Args:
        look: Where and when.
        lines: Cases, back to the beginning of the places' history.
        codes: Gives the codes that a case of a disease counts for.
    """
    inside = Organisation.objects.filter(area__code__startswith=look.area)
    known = {one.pk: one for one in inside.only("pk", "kind", "area", "name")}
    held: dict[tuple[str, int], Counter[date]] = defaultdict(Counter)
    around: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
    for line in lines:
        place = known.get(line.institution or 0)
        if place is None:
            continue
        for code in codes(line.disease):
            held[code, place.pk][line.onset_on] += 1
            around[code, place.kind][line.onset_on] += 1
    places = Counter(one.kind for one in known.values())
    near = Counter((one.kind, one.area_id[:TOWNSHIP_DIGITS]) for one in known.values())
    for (code, pk), days in sorted(held.items()):
        place = known[pk]
        kind = Kind(
            around[code, place.kind],
            places[place.kind],
            near[place.kind, place.area_id[:TOWNSHIP_DIGITS]],
        )
        best = _most_crowded(look, days, kind)
        if best is not None:
            yield sign_of(best, code, place.area_id, f"#{pk}", look.settings, place)


def _most_crowded(look: Look, held: Counter[date], kind: Kind) -> Crowd | None:
    """The most unusual of the latest days on which somebody fell ill, if it is unusual enough."""
    days = [day for day in held if look.since <= day <= look.today]
    found = [crowd(held, kind, last=day, settings=look.settings) for day in sorted(days)]
    rare = look.settings.number("detection.institution.alpha")
    unusual = [one for one in found if one is not None and one.chance <= rare]
    return min(unusual, key=lambda one: one.chance, default=None)


def sign_of(
    one: Crowd, disease: str, area: str, mark: str, settings: Settings, place: Organisation
) -> Found:
    """The sign of a crowded place; its key is that of the place's threshold, which it joins."""
    where = ClusterThreshold.Place.INSTITUTION
    return Found(
        key=f"cluster|{disease}|{Channel.CASE}|{where}|{mark}",
        kind=Sign.Kind.CLUSTER,
        area=area,
        disease=disease,
        channel=Channel.CASE,
        starts_on=one.first,
        ends_on=one.last,
        days=one.days,
        observed=one.cases,
        expected=round(one.expected, 3),
        before=one.before,
        method="crowd",
        strength=strength_of(one.chance, settings),
        p_value=one.chance,
        place_kind=where,
        place=place.name[:200],
        vulnerable=place.kind in VULNERABLE,
        settings={
            "alpha": settings.number("detection.institution.alpha"),
            "history": settings.number("detection.institution.history"),
            "fewest": settings.number("detection.institution.cases"),
            "lengths": list(settings.lengths),
            "places": one.kind.places,
            "near": one.kind.near,
        },
    )
