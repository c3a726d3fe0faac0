"""Signs from single cases: those that always count, and clusters in one place."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from pingji.ground.directory.models import Organisation
from pingji.monitor.surveillance.models import Channel, ClusterThreshold
from pingji.monitor.surveillance.queries import KEPT_HERE, tallies
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.signs.found import DAY, Found, Harvest, Look
from pingji.warn.alerts.queries.signs.lines import CaseLine, case_lines
from pingji.warn.alerts.queries.signs.places import VULNERABLE, crowded

Place = ClusterThreshold.Place
LAYERS = tuple(ClusterThreshold.Layer.values)  # the weakest first
# Places that hold all cases of an area, by the length of its code.
AREAS = {Place.VILLAGE: 12, Place.TOWNSHIP: 9, Place.COUNTY: 6}
# Of these the figures of every channel are counted, not the cards alone.
COUNTED_AREAS = (Place.TOWNSHIP, Place.COUNTY)
# Days of onset with how many fell ill, and died, on each.
Days = dict[date, tuple[int, int]]


def single_cases(look: Look) -> Harvest:
    """Diseases of which every case counts: one sign for each township that reported one lately."""
    from_day = timezone.make_aware(datetime.combine(look.since, time.min))
    groups: dict[tuple[str, str], list[CaseLine]] = defaultdict(list)
    lines = case_lines(
        area=look.area, since=look.today + DAY, as_of=look.as_of, known_since=from_day
    )
    for line in lines:
        if _always_counts(look, line.disease):
            groups[line.disease, line.area[: AREAS[Place.TOWNSHIP]]].append(line)
    found = [
        _single(look, disease, area, group) for (disease, area), group in sorted(groups.items())
    ]
    seen = sum(len(group) for group in groups.values())
    return Harvest(found, series=seen, judged=seen, alarms=len(found))


def _always_counts(look: Look, code: str) -> bool:
    disease = look.catalogue.diseases.get(code)
    if disease is None:
        return False
    whole = look.catalogue.diseases.get(disease.part_of_id or "")
    return disease.single_case or (whole is not None and whole.single_case)


def _single(look: Look, disease: str, area: str, lines: list[CaseLine]) -> Found:
    days = sorted(line.onset_on for line in lines)
    return Found(
        key=f"single_case|{disease}|{area}",
        kind=Sign.Kind.SINGLE_CASE,
        area=area,
        disease=disease,
        channel=Channel.CASE,
        starts_on=days[0],
        ends_on=days[-1],
        days=(days[-1] - days[0]).days + 1,
        observed=len(lines),
        deaths=sum(line.died for line in lines),
        method="single_case",
        strength=1.0,
        settings={"judged_days": look.settings.judged_days},
    )


def clusters(look: Look) -> Harvest:
    """Places in which the catalogue's thresholds are reached, of each the gravest layer."""
    catalogue, on = look.catalogue, look.today
    rows = {
        code: catalogue.thresholds(code, look.area, on)
        for code in sorted(catalogue.thresholds_of)
        if catalogue.watched(code, on)
    }
    longest = max((row.days for of_one in rows.values() for row in of_one), default=0)
    since = look.since - 2 * longest * DAY
    history = int(look.settings.number("detection.institution.history"))
    earliest = min(since, look.since - (history + max(look.settings.lengths)) * DAY)
    lines = case_lines(area=look.area, since=earliest, as_of=look.as_of, known_since=look.as_of)
    harvest = Harvest()
    best: dict[str, Found] = {}
    for code, where, days in [*_places(look, lines, since), *_areas(look, lines, since)]:
        for row in look.catalogue.thresholds(code, where.area, on) if code in rows else ():
            if row.place != where.kind:
                continue
            harvest.series += 1
            sign = _reached(look, row, where, days)
            if sign is None:
                continue
            known = best.get(sign.key)
            if known is None or LAYERS.index(sign.layer) > LAYERS.index(known.layer):
                best[sign.key] = sign
    harvest.judged = harvest.series
    for sign in crowded(look, lines, lambda disease: _codes(look, disease)):
        best[sign.key] = _both(best.get(sign.key), sign)
    harvest.found = [best[key] for key in sorted(best)]
    harvest.alarms = len(best)
    return harvest


def _both(reached: Found | None, crowded: Found) -> Found:
    """A place that reached a threshold keeps its layer, and is as strong as the stronger of both."""
    if reached is None:
        return crowded
    strength = max(reached.strength, crowded.strength)
    return replace(
        reached,
        strength=strength,
        p_value=crowded.p_value,
        expected=crowded.expected,
        settings=reached.settings | {"crowd": crowded.settings},
    )


class _Where:
    """A place: its kind, its area, what tells it from others, and how it is called."""

    __slots__ = ("area", "channel", "kind", "mark", "name", "vulnerable")

    def __init__(
        self,
        kind: str,
        area: str,
        mark: str,
        name: str = "",
        *,
        vulnerable: bool = False,
        channel: str = Channel.CASE,
    ) -> None:
        self.kind, self.area, self.mark, self.name = kind, area, mark, name
        self.vulnerable, self.channel = vulnerable, channel


def _places(
    look: Look, lines: Iterable[CaseLine], since: date
) -> Iterator[tuple[str, _Where, Days]]:
    """Households, classes, institutions and villages, each with its days."""
    names = {line.institution for line in lines if line.institution}
    known = Organisation.objects.in_bulk(names)
    groups: dict[tuple[str, str, str], list[CaseLine]] = defaultdict(list)
    for line in lines:
        if line.onset_on < since or line.onset_on > look.today:
            continue
        for code in _codes(look, line.disease):
            for kind, mark in marks_of(line):
                groups[code, kind, mark].append(line)
    for (code, kind, mark), held in sorted(groups.items()):
        first = held[0]
        organisation = known.get(first.institution) if first.institution else None
        at_school = kind in (Place.CLASS, Place.INSTITUTION)
        area = organisation.area_id if organisation and at_school else first.area
        name = (organisation.name if organisation else first.workplace) if at_school else ""
        name = f"{name} {first.school_class}" if kind == Place.CLASS else name
        name = first.address if kind == Place.HOUSEHOLD else name
        vulnerable = kind == Place.CLASS or bool(
            at_school and organisation and organisation.kind in VULNERABLE
        )
        where = _Where(kind, area, mark, name[:200], vulnerable=vulnerable)
        yield code, where, _by_day(held)


def marks_of(line: CaseLine) -> Iterator[tuple[str, str]]:
    """The places one case belongs to, each with what tells it from others of its kind."""
    house = f"#{line.institution}" if line.institution else line.workplace
    if house:
        yield Place.INSTITUTION, house
        if line.school_class:
            yield Place.CLASS, f"{house} {line.school_class}"
    if line.address:
        yield Place.HOUSEHOLD, f"{line.area} {line.address}"
    if len(line.area) >= AREAS[Place.VILLAGE]:
        village = line.area[: AREAS[Place.VILLAGE]]
        yield Place.VILLAGE, village


def _codes(look: Look, code: str) -> list[str]:
    """A disease, and the whole it is part of."""
    disease = look.catalogue.diseases.get(code)
    whole = disease.part_of_id if disease else None
    return [code, whole] if whole else [code]


def _areas(
    look: Look, lines: Iterable[CaseLine], since: date
) -> Iterator[tuple[str, _Where, Days]]:
    """Townships and counties, by the figures of each channel; deaths from the cards."""
    deaths: dict[tuple[str, str, date], int] = defaultdict(int)
    for line in lines:
        for code in _codes(look, line.disease) if line.died else ():
            for kind in COUNTED_AREAS:
                deaths[code, line.area[: AREAS[kind]], line.onset_on] += 1
    for channel in KEPT_HERE:
        asked = tallies.Asked(
            channel=channel, area=look.area, since=since, until=look.today, as_of=look.as_of
        )
        for kind in COUNTED_AREAS:
            figures: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
            for disease, area, day, number in tallies.figures(asked, level=AREAS[kind]):
                for code in _codes(look, disease):
                    figures[code, area][day] += number
            for (code, area), days in sorted(figures.items()):
                of_cards = channel == Channel.CASE
                held = {
                    day: (n, deaths.get((code, area, day), 0) if of_cards else 0)
                    for day, n in days.items()
                }
                yield code, _Where(kind, area, area, channel=channel), held


def _by_day(lines: Iterable[CaseLine]) -> Days:
    days: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        days[line.onset_on][0] += 1
        days[line.onset_on][1] += line.died
    return {day: (cases, died) for day, (cases, died) in days.items()}


def _reached(look: Look, row: ClusterThreshold, where: _Where, days: Days) -> Found | None:
    """The fullest run of days that ends lately, where it reaches the threshold."""
    best: tuple[tuple[int, int, date], date] | None = None
    for back in range(look.settings.judged_days):
        last = look.today - back * DAY
        first = last - (row.days - 1) * DAY
        cases = sum(n for day, (n, _d) in days.items() if first <= day <= last)
        died = sum(d for day, (_n, d) in days.items() if first <= day <= last)
        reached = bool(row.cases and cases >= row.cases) or bool(row.deaths and died >= row.deaths)
        rank = (cases, died, last)
        if reached and (best is None or rank > best[0]):
            best = (rank, first)
    if best is None:
        return None
    (cases, died, last), first = best
    inside = sorted(day for day, (n, _d) in days.items() if n and first <= day <= last)
    length = timedelta(days=row.days)
    before = sum(n for day, (n, _d) in days.items() if first - length <= day < first)
    wide = where.kind in COUNTED_AREAS
    full = look.settings.number("fusion.threshold_full")
    shares = [cases / row.cases] if row.cases else []
    shares += [died / row.deaths] if row.deaths else []
    return Found(
        key=f"{'threshold' if wide else 'cluster'}|{row.disease_id}|{where.channel}"
        f"|{where.kind}|{where.mark}",
        kind=Sign.Kind.THRESHOLD if wide else Sign.Kind.CLUSTER,
        area=where.area,
        disease=row.disease_id,
        channel=where.channel,
        starts_on=inside[0],
        ends_on=inside[-1],
        days=row.days,
        observed=cases,
        upper_bound=float(row.cases - 1) if row.cases else None,
        deaths=died,
        before=before,
        method="threshold",
        strength=min(1.0, max(shares) / full),
        place_kind=where.kind,
        place=where.name,
        vulnerable=where.vulnerable,
        layer=row.layer,
        settings={
            "cases": row.cases,
            "deaths": row.deaths,
            "days": row.days,
            "row": row.pk,
            "growth": cases / max(1, before),
        },
    )
