"""The cards of a line list as pictures: by time, by place, by age, by institution.

Every figure carries the address of the line list that shows its rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Substr, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area, Organisation, User
from pingji.monitor.surveillance.models import CaseReport, CaseStatus
from pingji.monitor.surveillance.queries import faults
from pingji.monitor.surveillance.queries.list_words import sexes
from pingji.monitor.surveillance.queries.tallies import steps

DAYS_SHOWN, WEEKS_SHOWN = 90, 104
TOWNSHIPS_APART = 5  # in a curve; the others are one part of it
AGE_STEP, OLDEST_STEP = 5, 85
MOST_INSTITUTIONS = 20
PER = 100_000
# A day counts as complete once this share of its cards has usually arrived.
COMPLETE_SHARE = 0.9
DELAY_OVER_DAYS = 180
BY = {"onset": "onset_on", "diagnosed": "diagnosed_on", "known": "known_at"}


@dataclass(frozen=True)
class Window:
    """Which days, in which steps, by which of a card's days.

    Attributes:
        by: onset, diagnosed or known.
        step: day or week.
        since: First day.
        until: Last day.
    """

    by: str
    step: str
    since: date
    until: date

    @classmethod
    def read(cls, given: Any, today: date) -> "Window":
        """From an address; the last months where it says nothing."""
        by = given.get("by") if given.get("by") in BY else "onset"
        step = given.get("step") if given.get("step") in ("day", "week") else "day"
        until = _day(given.get(f"{by}_to")) or today
        usual = timedelta(days=DAYS_SHOWN - 1) if step == "day" else timedelta(weeks=WEEKS_SHOWN)
        since = _day(given.get(f"{by}_from")) or until - min(usual, until - date.min)
        longest = timedelta(days=3 * 366 if step == "day" else 20 * 366)
        if until - since > longest:
            since = until - longest
        return cls(by, step, min(since, until), until)

    def narrowed(self, cards: QuerySet[CaseReport]) -> QuerySet[CaseReport]:
        """The cards of these days, with their `day`."""
        field = BY[self.by]
        if self.by == "known":
            cards = cards.annotate(day=TruncDate("known_at"))
            begin = timezone.make_aware(datetime.combine(self.since, time.min))
            return cards.filter(known_at__gte=begin, day__lte=self.until)
        return cards.annotate(day=F(field)).filter(**{f"{field}__range": (self.since, self.until)})


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None


def rows_address(query: dict[str, Any], **changes: object) -> str:
    """The line list with the filters of a picture, some of them changed."""
    kept = {k: v for k, v in query.items() if v and k not in ("by", "step", "stack", "rate")}
    kept |= {name: value for name, value in changes.items() if value is not None}
    return f"{reverse('surveillance:cases')}?{urlencode(kept, doseq=True)}"


def usual_delay(cards: QuerySet[CaseReport], by: str, today: date) -> int | None:
    """Days from onset (or diagnosis) until COMPLETE_SHARE of the cards have arrived.

    Of the cards that arrived in the last half year; None where none did. Cards of days before the
    first arrival of all are history that was brought in, and tell nothing of how long reports take.
    """
    if by == "known":
        return 0
    earliest = cards.order_by("known_at").values_list("known_at", flat=True).first()
    if earliest is None:
        return None
    begin = timezone.make_aware(datetime.combine(today - timedelta(days=DELAY_OVER_DAYS), time.min))
    recent = cards.annotate(arrived=TruncDate("known_at")).filter(
        known_at__gte=begin, **{f"{BY[by]}__gte": timezone.localdate(earliest)}
    )
    inner, values = recent.order_by().values_list("arrived", BY[by]).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"select percentile_disc(%s) within group (order by arrived - day)"  # noqa: S608
            f" from ({inner}) cards (arrived, day)",
            [COMPLETE_SHARE, *values],
        )
        found = cursor.fetchone()[0]
    return None if found is None else max(0, int(found))


def curve(
    cards: QuerySet[CaseReport],
    window: Window,
    *,
    stack: str,
    query: dict[str, Any],
    today: date,
    place: str = "",
) -> dict[str, Any]:
    """The epidemic curve as the chart component draws it, stacked by status or township.

    Args:
        cards: The cards.
        window: Which of their days.
        stack: status, township or none.
        query: The filters by which the cards were found, for the way to the rows.
        today: The county's day.
        place: Code of the area they were narrowed to, if they were.
    """
    narrowed = window.narrowed(cards)
    counted = _counted(narrowed, stack)
    dates = steps(window.since, window.until, window.step).tolist()
    column = {day: at for at, day in enumerate(dates)}
    parts = _parts(counted, stack)
    values = {key: [0] * len(dates) for key, _label in parts}
    for day, key, number in counted:
        at = column[day - timedelta(days=day.weekday()) if window.step == "week" else day]
        values[key if key in values else ""][at] += number
    delay = usual_delay(cards, window.by, today)
    long = timedelta(days=6 if window.step == "week" else 0)
    incomplete = [delay is not None and day + long > today - timedelta(days=delay) for day in dates]
    ends = f"{window.by}_from", f"{window.by}_to"

    def links(part: dict[str, str]) -> list[str]:
        # The first and the last week may begin before the days asked for, or end after them.
        spans = [(max(day, window.since), min(day + long, window.until)) for day in dates]
        return [
            rows_address(query, **{ends[0]: first.isoformat(), ends[1]: last.isoformat()}, **part)
            for first, last in spans
        ]

    return {
        "kind": "bars",
        "stacked": True,
        "labels": [day.isoformat() for day in dates],
        "series": [
            {"name": label, "values": values[key]}
            | ({"links": links(_of_part(stack, key, place))} if key else {})
            for key, label in parts
        ],
        "incomplete": incomplete,
        "links": links({}),
        "unit": _("cases"),
        "note": _note(delay),
    }


def _of_part(stack: str, key: str, place: str) -> dict[str, str]:
    """The filter of one part of a bar."""
    if stack == "status":
        return {"status": key}
    return {"area": within(key, place)} if stack == "township" else {}


def within(code: str, place: str) -> str:
    """The smaller of two areas, one of which lies in the other."""
    return place if place.startswith(code) else code


def _note(delay: int | None) -> str:
    if delay is None:
        return _("No card arrived lately, so it is not known how long they take.")
    return ngettext(
        "Hatched: still filling up. Nine in ten cards have usually arrived after %(days)s day.",
        "Hatched: still filling up. Nine in ten cards have usually arrived after %(days)s days.",
        delay,
    ) % {"days": delay}


def _counted(narrowed: QuerySet[CaseReport], stack: str) -> list[tuple[date, str, int]]:
    if stack == "township":
        narrowed = narrowed.annotate(part=Substr("area_id", 1, TOWNSHIP_DIGITS))
    elif stack == "status":
        narrowed = narrowed.annotate(part=F("status"))
    else:
        rows = narrowed.order_by().values_list("day").annotate(n=Count("pk"))
        return [(day, "", n) for day, n in rows]
    return list(narrowed.order_by().values_list("day", "part").annotate(n=Count("pk")))


def _parts(counted: list[tuple[date, str, int]], stack: str) -> list[tuple[str, str]]:
    """The parts of each bar with their names, the largest first; the rest is one part."""
    if stack == "status":
        present = {key for _day, key, _n in counted}
        return [(str(v), str(label)) for v, label in CaseStatus.choices if v in present] or [
            ("", _("Cases"))
        ]
    if stack != "township":
        return [("", _("Cases"))]
    totals: dict[str, int] = {}
    for _day, key, number in counted:
        totals[key] = totals.get(key, 0) + number
    largest = sorted(totals, key=lambda key: (-totals[key], key))
    names = Area.objects.in_bulk(largest[:TOWNSHIPS_APART])
    parts = [(key, names[key].label if key in names else key) for key in largest[:TOWNSHIPS_APART]]
    if len(largest) > TOWNSHIPS_APART or not parts:
        parts.append(("", _("other places") if parts else _("Cases")))
    return parts


def age_groups(
    cards: QuerySet[CaseReport], window: Window, *, query: dict[str, Any]
) -> dict[str, Any]:
    """Cases by age in steps of five years and by sex, as a pyramid."""
    counted = window.narrowed(cards).order_by().values_list("age", "sex").annotate(n=Count("pk"))
    first = list(range(0, OLDEST_STEP + 1, AGE_STEP))
    values = {sex: [0] * len(first) for sex in ("M", "F")}
    unknown = 0
    for age, sex, number in counted:
        if age is None or sex not in values:
            unknown += number
            continue
        values[sex][min(age // AGE_STEP, len(first) - 1)] += number
    last = [str(age + AGE_STEP - 1) for age in first[:-1]] + [""]
    words = sexes()
    known = _days_of(window)
    return {
        "kind": "bars",
        "sideways": True,
        "mirrored": True,
        "labels": [
            f"{age}–{end}" if end else _("%(age)s and over") % {"age": age}
            for age, end in zip(first, last, strict=True)
        ],
        "series": [
            {
                "name": words[sex],
                "values": values[sex],
                "links": [
                    rows_address(query, **known, sex=sex, **_ages(query, age, end))
                    for age, end in zip(first, last, strict=True)
                ],
            }
            for sex in ("M", "F")
        ],
        "unit": _("cases"),
        "note": _(
            "%(unknown)s cases without age or sex are left out. Rates by age need the population "
            "by age, which is not known here."
        )
        % {"unknown": unknown},
    }


def _ages(query: dict[str, Any], age: int, end: str) -> dict[str, object]:
    """The filter of one step of ages, within the ages that were asked for."""
    asked_from, asked_to = (
        int(text) if str(text := query.get(name, "")).isdecimal() else None
        for name in ("age_from", "age_to")
    )
    last = int(end) if end else None
    if asked_to is not None:
        last = asked_to if last is None else min(last, asked_to)
    return {"age_from": max(age, asked_from or 0), "age_to": last}


def without_age_or_sex(
    cards: QuerySet[CaseReport], window: Window, *, query: dict[str, Any]
) -> "Place":
    """The cases that no pyramid shows."""
    number = window.narrowed(cards).filter(faults.NO_AGE_OR_SEX).count()
    address = rows_address(query, **_days_of(window), quality=faults.UNAGED)
    return Place(_("without age or sex"), number, address)


def rows_of_window(query: dict[str, Any], window: Window) -> str:
    """The line list of just what the pictures show."""
    return rows_address(query, **_days_of(window))


def _days_of(window: Window) -> dict[str, str]:
    return {
        f"{window.by}_from": window.since.isoformat(),
        f"{window.by}_to": window.until.isoformat(),
    }


@dataclass(frozen=True)
class TownshipFigure:
    """Cases of one township, and how many that is among its people."""

    area: Area
    cases: int
    rate: float | None
    url: str


def by_township(
    cards: QuerySet[CaseReport],
    window: Window,
    *,
    user: User,
    query: dict[str, Any],
    place: str = "",
) -> list[TownshipFigure]:
    """Cases and rate of every township in sight, or in the place asked for; the most cases first."""
    counted = dict(
        window.narrowed(cards)
        .annotate(township=Substr("area_id", 1, TOWNSHIP_DIGITS))
        .order_by()
        .values_list("township")
        .annotate(n=Count("pk"))
    )
    found = []
    for area in Area.objects.visible_to(user).of_level("township"):
        if not (area.code.startswith(place) or place.startswith(area.code)):
            continue
        number = counted.get(area.code, 0)
        rate = PER * number / area.population if area.population else None
        address = rows_address(query, **_days_of(window), area=within(area.code, place))
        found.append(TownshipFigure(area, number, rate, address))
    return sorted(found, key=lambda one: (-one.cases, one.area.code))


def township_map(figures: list[TownshipFigure], *, rate: bool, title: str) -> dict[str, Any]:
    """The figures as the map component takes them."""
    values = {f.area.code: (f.rate if rate else float(f.cases)) for f in figures}
    by_code = {f.area.code: f for f in figures}
    ends = classes([value for value in values.values() if value])
    cells = directory.cells(f.area for f in sorted(figures, key=lambda f: f.area.code))
    for feature in cells["features"]:
        shown = feature["properties"]
        value = values[shown["code"]]
        shown["value"] = None if value is None else round(value, 1)
        shown["class"] = class_of(value, ends)
        shown["words"] = _words(by_code[shown["code"]], rate=rate)
        shown["url"] = by_code[shown["code"]].url
    present = {feature["properties"]["class"] for feature in cells["features"]}
    return {
        "title": title,
        "unit": _("per 100,000") if rate else _("cases"),
        "schematic": any(f["properties"]["schematic"] for f in cells["features"]),
        "legend": [line for line in _legend(ends, rate=rate) if line["class"] in present],
        "cells": cells,
        "points": [],
    }


def _words(figure: TownshipFigure, *, rate: bool) -> str:
    number = ngettext("%(n)s case", "%(n)s cases", figure.cases) % {"n": figure.cases}
    if not rate:
        return number
    if figure.rate is None:
        return _("%(cases)s; population not known") % {"cases": number}
    return _("%(rate)s per 100,000 people (%(cases)s)") % {
        "rate": f"{figure.rate:.1f}",
        "cases": number,
    }


def classes(values: Iterable[float]) -> list[float]:
    """Upper ends of the first four of five classes: round figures up to the highest value."""
    highest = max(values, default=0.0)
    if highest <= 5:
        return [1.0, 2.0, 3.0, 4.0]
    step = highest / 5
    scale = 10.0 ** (len(str(int(step))) - 1) if step >= 1 else 1.0
    rounded = next(n * scale for n in (1, 2, 2.5, 5, 10) if n * scale >= step)
    return [rounded * n for n in range(1, 5)]


def class_of(value: float | None, ends: list[float]) -> int:
    """0 for none or not known, 1 to 5 up the classes."""
    return 0 if not value else 1 + sum(value > end for end in ends)


def _legend(ends: list[float], *, rate: bool) -> list[dict[str, Any]]:
    def unit(end: float) -> str:
        if rate:
            return _("per 100,000")
        return pgettext("after one", "case") if end == 1 else _("cases")

    first = {"end": f"{ends[0]:g}", "unit": unit(ends[0])}
    lines: list[dict[str, Any]] = [{"class": 0, "words": _("no case")}]
    lines.append({"class": 1, "words": _("up to %(end)s %(unit)s") % first})
    for level in range(2, 5):
        low, high = ends[level - 2], ends[level - 1]
        words = _("over %(first)s, up to %(end)s %(unit)s")
        said = {"first": f"{low:g}", "end": f"{high:g}", "unit": unit(high)}
        lines.append({"class": level, "words": words % said})
    last = {"first": f"{ends[3]:g}", "unit": unit(ends[3])}
    lines.append({"class": 5, "words": _("over %(first)s %(unit)s") % last})
    return lines


@dataclass(frozen=True)
class Place:
    """Cases of one institution or one organisation that reports."""

    label: str
    cases: int
    url: str


def by_organisation(
    cards: QuerySet[CaseReport], window: Window, field: str, *, query: dict[str, Any]
) -> list[Place]:
    """Cases by patients' institution, or by who reported; the most first."""
    counted = list(
        window.narrowed(cards)
        .filter(**{f"{field}__isnull": False})
        .order_by()
        .values_list(field)
        .annotate(n=Count("pk"))
        .order_by("-n", field)[:MOST_INSTITUTIONS]
    )
    names = Organisation.objects.in_bulk([key for key, _n in counted])
    return [
        Place(
            names[key].label,
            number,
            rows_address(query, **_days_of(window), **{field: names[key].code}),
        )
        for key, number in counted
    ]
