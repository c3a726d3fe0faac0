"""Whether signs of earlier runs still stand: what they counted may be withdrawn or corrected."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np

from pingji.monitor.surveillance.models import Channel, Period
from pingji.monitor.surveillance.queries import SeriesKey, one_series, tallies
from pingji.monitor.surveillance.queries.parts import counted_for_wholes, wholes
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.detection import DAYS_IN, NOT_A_DISTANCE
from pingji.warn.alerts.queries.signs.cases import marks_of
from pingji.warn.alerts.queries.signs.found import DAY
from pingji.warn.alerts.queries.signs.lines import CaseLine, case_lines

Kind = Sign.Kind
BY_PLACE = (Kind.CLUSTER,)
BY_AREA = (Kind.SINGLE_CASE, Kind.THRESHOLD, Kind.SCAN, Kind.SERIES)


class Counted(NamedTuple):
    """What a sign counted, when it is counted again."""

    cases: int
    deaths: int


NOTHING = Counted(0, 0)


def fallen(signs: Sequence[Sign], *, area: str, as_of: datetime) -> set[int]:
    """The signs that what is known at a moment no longer bears out, by their numbers.

    What counted cases is counted again: in the same place, of the same illness, over the same
    days. A single case must still be there; a threshold must still be reached; a series must still
    lie above the bound that it was judged by. Of what chance was asked about without a bound,
    nothing that it counted may be missing, for chance cannot be asked again of a past day. The
    silence of a sentinel and what the public writes count no cases.

    Args:
        signs: Signs with their runs, of one county.
        area: The county.
        as_of: What became known after this moment is left out.
    """
    asked = [one for one in signs if one.disease_id and _counts(one)]
    if not asked:
        return set()
    since = min(sign.starts_on for sign in asked)
    of_cards = [sign for sign in asked if sign.kind in BY_PLACE or sign.channel == Channel.CASE]
    until = max(sign.ends_on for sign in asked)
    lines = (
        case_lines(area=area, since=since, until=until, as_of=as_of, known_since=as_of)
        if of_cards
        else []
    )
    by_area = [sign for sign in asked if sign.kind in BY_AREA]
    again = _in_places(asked, lines) | _in_areas(by_area, area, lines, as_of)
    return {
        sign.pk
        for sign in asked
        if not _stands(sign, again.get(sign.pk, NOTHING))
        and not (sign.kind == Kind.SERIES and _still_above(sign, as_of))
    }


def _counts(sign: Sign) -> bool:
    return sign.kind in BY_PLACE or sign.kind in BY_AREA


def _still_above(sign: Sign, as_of: datetime) -> bool:
    """Whether a series lies above the sign's own bound, be it of counts that others send.

    Where the method has no bound for the cases themselves, it must hold as many as were seen.
    """
    key = SeriesKey(sign.disease_id or "", sign.channel, sign.area_id, sign.period)
    dates, counts = one_series(key=key, as_of=as_of)
    days = DAYS_IN[sign.period] * _over(sign)
    held = (dates > np.datetime64(sign.ends_on - days * DAY)) & (
        dates <= np.datetime64(sign.ends_on)
    )
    now = np.nansum(counts[held])
    bound = sign.upper_bound
    if bound is None or sign.method == NOT_A_DISTANCE or sign.observed <= bound:
        return bool(now >= sign.observed)
    return bool(now > bound)


def _over(sign: Sign) -> int:
    """Of how many periods, up to its last, a series' sign takes the cases together."""
    return int(sign.settings.get("over", 1))


def _first(sign: Sign) -> date:
    """The first of the days that a sign of an area counts."""
    return sign.ends_on - (_over(sign) - 1) * DAY if sign.kind == Kind.SERIES else sign.starts_on


def _stands(sign: Sign, now: Counted) -> bool:
    if sign.kind == Kind.SINGLE_CASE:
        return now.cases > 0
    if sign.method == "threshold":
        cases, deaths = sign.settings.get("cases"), sign.settings.get("deaths")
        return bool(cases and now.cases >= cases) or bool(deaths and now.deaths >= deaths)
    return now.cases >= sign.observed


def _codes(code: str, whole_of: dict[str, str]) -> list[str]:
    return [code, whole_of[code]] if code in whole_of else [code]


def _in_places(signs: Iterable[Sign], lines: Iterable[CaseLine]) -> dict[int, Counted]:
    """Cases of each class, institution, household or village over the sign's days."""
    wanted: dict[tuple[str, str, str], list[Sign]] = defaultdict(list)
    for sign in signs:
        if sign.kind in BY_PLACE:
            _kind, disease, _channel, place, mark = sign.key.split("|", 4)
            wanted[disease, place, mark].append(sign)
    if not wanted:
        return {}
    whole_of = wholes()
    cases: Counter[int] = Counter()
    deaths: Counter[int] = Counter()
    for line in lines:
        for code in _codes(line.disease, whole_of):
            for place, mark in marks_of(line):
                for sign in wanted.get((code, place, mark), ()):
                    if sign.starts_on <= line.onset_on <= sign.ends_on:
                        cases[sign.pk] += 1
                        deaths[sign.pk] += line.died
    held = [sign for of_place in wanted.values() for sign in of_place]
    return {sign.pk: Counted(cases[sign.pk], deaths[sign.pk]) for sign in held}


def _in_areas(
    signs: Sequence[Sign],
    area: str,
    lines: Iterable[CaseLine],
    as_of: datetime,
) -> dict[int, Counted]:
    """Cases of each township, village or circle of them over the sign's days."""
    deaths = _deaths(lines)
    found: dict[int, Counted] = {}
    for channel in sorted({sign.channel for sign in signs}):
        here = [sign for sign in signs if sign.channel == channel]
        asked = tallies.Asked(
            channel=channel,
            area=area,
            since=min(_first(sign) for sign in here),
            until=max(sign.ends_on for sign in here),
            as_of=as_of,
        )
        levels = sorted({len(code) for sign in here for code in _areas(sign)})
        figures: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
        for disease, code, day, number in counted_for_wholes(
            tallies.by_level(asked, levels, Period.DAY)
        ):
            figures[disease, code].append((day, number))
        for sign in here:
            first = _first(sign)
            disease = sign.disease_id or ""
            found[sign.pk] = Counted(
                sum(
                    number
                    for code in _areas(sign)
                    for day, number in figures[disease, code]
                    if first <= day <= sign.ends_on
                ),
                sum(
                    number
                    for (code, where, day), number in deaths.items()
                    if code == disease
                    and where.startswith(_areas(sign))
                    and first <= day <= sign.ends_on
                ),
            )
    return found


def _areas(sign: Sign) -> tuple[str, ...]:
    return tuple(sign.settings.get("areas") or [sign.area_id])


def _deaths(lines: Iterable[CaseLine]) -> Counter[tuple[str, str, date]]:
    whole_of = wholes()
    deaths: Counter[tuple[str, str, date]] = Counter()
    for line in lines:
        for code in _codes(line.disease, whole_of) if line.died else ():
            deaths[code, line.area, line.onset_on] += 1
    return deaths
