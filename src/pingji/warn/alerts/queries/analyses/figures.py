"""The figures of a week or a month in an area, as known at one moment: plain JSON values."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.models import (
    CaseReport,
    Channel,
    Disease,
    DiseaseClass,
    Period,
    Sentinel,
)
from pingji.monitor.surveillance.queries import coverage, tallies
from pingji.monitor.surveillance.queries.catalogue import catalogue
from pingji.monitor.surveillance.queries.parts import wholes
from pingji.monitor.surveillance.queries.tallies import Asked
from pingji.warn.alerts.models import Alert, RiskAssessment
from pingji.warn.alerts.queries.analyses.periods import A_DAY, WEEK, Span
from pingji.warn.alerts.queries.criteria import step

PER = 100_000
AGES = (0, 1, 3, 6, 15, 25, 45, 60)  # infants, nursery, school, youth, and up to old age
SETTINGS = ("leading", "curves", "earlier_years", "curve_weeks", "marked_change")
HOUR = timedelta(hours=1)


def figures(area: Area, span: Span, *, as_of: datetime, last: Span | None = None) -> dict[str, Any]:
    """Everything an analysis says in numbers.

    Args:
        area: A county, a city or a township.
        span: The week or month.
        as_of: Reports that became known later are left out.
        last: The period of the last analysis, to be counted anew.

    Raises:
        Refused: The plan sets none of the numbers it takes.
    """
    day = timezone.localdate(as_of)
    plan = {name: float(standards.number(area.code, f"analysis.{name}", day)) for name in SETTINGS}
    asked = Asked(channel=Channel.CASE, area=area.code, as_of=as_of)
    now, before = by_disease(asked, span), by_disease(asked, span.before)
    earlier = earlier_years(asked, span, int(plan["earlier_years"]))
    table = Counted(wholes(), now, before, earlier)
    leading = table.ranked()[: int(plan["leading"])]
    names = Disease.objects.in_bulk({*table.now, *table.before, *by_disease(lab(asked), span)})
    return {
        "area": name_of(area),
        "settings": plan,
        "over": day > span.ends_on,
        "last_anew": sum(by_disease(asked, last).values()) if last else None,
        "total": {
            "now": sum(now.values()),
            "before": sum(before.values()),
            "diseases": len(table.ranked()),
            "earlier": [
                {"year": year, "n": None if found is None else sum(found.values())}
                for year, found in earlier
            ],
        },
        "all": {code: number for code, number in table.now.items() if number},
        "diseases": [
            table.row(names[code])
            | {"parts": [table.row(names[part]) for part in table.parts_of(code)]}
            for code in leading
        ],
        "gravest": gravest(table, span, names),
        "curves": curves(
            asked, span, leading[: int(plan["curves"])], int(plan["curve_weeks"]), names
        ),
        "townships": townships(area, asked, span, names),
        "ages": ages(area, span, as_of),
        "alerts": alerts(area, span, as_of),
        "open_before": Alert.objects.still_open()
        .filter(area__code__startswith=area.code, raised_at__lt=begin_of(span))
        .count(),
        "sentinels": sentinels(area, span, as_of),
        "laboratory": laboratory(lab(asked), span, names),
        "assessments": assessments(area, span, as_of),
    }


class Counted:
    """Cases of diseases, of a whole with those of its parts, and what they are held against."""

    def __init__(
        self,
        whole_of: dict[str, str],
        now: dict[str, int],
        before: dict[str, int],
        earlier: list[tuple[int, dict[str, int] | None]],
    ) -> None:
        self.whole_of = whole_of
        self.now, self.before = self._summed(now), self._summed(before)
        self.earlier = [
            (year, None if found is None else self._summed(found)) for year, found in earlier
        ]

    def _summed(self, found: dict[str, int]) -> dict[str, int]:
        sums = Counter(found)
        for code, number in found.items():
            if code in self.whole_of:
                sums[self.whole_of[code]] += number
        return dict(sums)

    def ranked(self) -> list[str]:
        """The diseases that had cases, the most first; parts stand below their whole."""
        found = [code for code, n in self.now.items() if n and code not in self.whole_of]
        return sorted(found, key=self._place)

    def parts_of(self, code: str) -> list[str]:
        """The parts of a disease that had cases in this period or the one before."""
        held = {part for part, n in [*self.now.items(), *self.before.items()] if n}
        return sorted((p for p in held if self.whole_of.get(p) == code), key=self._place)

    def _place(self, code: str) -> tuple[int, int, str]:
        return (-self.now.get(code, 0), -self.before.get(code, 0), code)

    def row(self, disease: Disease) -> dict[str, Any]:
        """One disease's figures."""
        code = disease.code
        return {
            **name_of(disease),
            "now": self.now.get(code, 0),
            "before": self.before.get(code, 0),
            "earlier": [
                {"year": year, "n": None if found is None else found.get(code, 0)}
                for year, found in self.earlier
            ],
        }


def gravest(table: Counted, span: Span, names: dict[str, Disease]) -> list[dict[str, Any]]:
    """Diseases of class A, or managed as such, that had cases, however few; a part by itself where
    its whole is none of them."""
    known = catalogue()
    rows = {code: known.class_on(code, span.ends_on) for code, n in table.now.items() if n}
    found = {
        code
        for code, row in rows.items()
        if row is not None and (row.legal_class == DiseaseClass.Class.A or row.managed_as_a)
    }
    own = sorted(code for code in found if table.whole_of.get(code) not in found)
    return [name_of(names[code]) | {"now": table.now[code]} for code in own]


def name_of(row: Area | Disease) -> dict[str, str]:
    """Code and both names."""
    return {"code": row.code, "zh": row.name, "en": row.name_en or row.name}


def lab(asked: Asked) -> Asked:
    """The same of the pathogen channel."""
    return Asked(channel=Channel.PATHOGEN, area=asked.area, as_of=asked.as_of)


def within(asked: Asked, since: date, until: date, disease: str = "") -> Asked:
    """The same in a stretch of days."""
    return Asked(asked.channel, asked.area, disease, since, until, asked.as_of)


def by_disease(asked: Asked, span: Span) -> dict[str, int]:
    """How many of each disease."""
    found = tallies.totals(within(asked, span.starts_on, span.ends_on))
    return {disease: number for (disease, _area), number in found.items()}


def earlier_years(asked: Asked, span: Span, years: int) -> list[tuple[int, dict[str, int] | None]]:
    """The same weeks or months of earlier years; None before the first report there is."""
    ends = tallies.span(asked)
    found: list[tuple[int, dict[str, int] | None]] = []
    for back in range(1, years + 1):
        then = span.years_ago(back)
        known = ends is not None and then.starts_on >= ends[0]
        found.append(
            (then.starts_on.isocalendar().year, by_disease(asked, then) if known else None)
        )
    return found


def curves(
    asked: Asked, span: Span, codes: list[str], weeks: int, names: dict[str, Disease]
) -> list[dict[str, Any]]:
    """Weekly cases of some diseases up to the last day, with the same weeks a year before."""
    last = span.ends_on - timedelta(days=span.ends_on.weekday())
    mondays = [last - WEEK * back for back in range(weeks - 1, -1, -1)]
    shift = WEEK * 52
    ends = tallies.span(asked)
    assert asked.as_of is not None
    today = timezone.localdate(asked.as_of) - A_DAY  # the last day that is over
    found = []
    for code in codes:
        cells = tallies.figures(
            within(asked, mondays[0] - shift, span.ends_on, code), period=Period.WEEK
        )
        counts = {day: number for _disease, _area, day, number in cells}
        found.append(
            {
                **name_of(names[code]),
                "weeks": [day.isoformat() for day in mondays],
                "counts": [counts.get(day, 0) for day in mondays],
                "year_before": [
                    counts.get(day - shift, 0) if ends and day - shift >= ends[0] else None
                    for day in mondays
                ],
                "unfinished": min(span.ends_on, today) < last + WEEK - A_DAY,
            }
        )
    return found


def townships(
    area: Area, asked: Asked, span: Span, names: dict[str, Disease]
) -> list[dict[str, Any]]:
    """Cases, rate and first disease of every township, the most cases first."""
    now = tallies.totals(within(asked, span.starts_on, span.ends_on), level=TOWNSHIP_DIGITS)
    before = tallies.totals(
        within(asked, span.before.starts_on, span.before.ends_on), level=TOWNSHIP_DIGITS
    )
    whole_of = wholes()
    found = []
    for place in Area.objects.under(area.code).of_level("township"):
        here: Counter[str] = Counter()
        for (disease, code), n in now.items():
            if code == place.code:
                here[whole_of.get(disease, disease)] += n
        cases = here.total()
        first = here.most_common(1)
        found.append(
            {
                **name_of(place),
                "now": cases,
                "before": sum(n for (_disease, code), n in before.items() if code == place.code),
                "population": place.population,
                "rate": round(PER * cases / place.population, 1) if place.population else None,
                "first": (name_of(names[first[0][0]]) | {"n": first[0][1]}) if first else None,
            }
        )
    return sorted(found, key=lambda one: (-one["now"], one["code"]))


def ages(area: Area, span: Span, as_of: datetime) -> dict[str, Any]:
    """Cases by age group and sex; how many lack one of the two."""
    cards = CaseReport.objects.counted().filter(
        area__code__startswith=area.code,
        onset_on__range=(span.starts_on, span.ends_on),
        known_at__lte=as_of,
    )
    groups = {sex: [0] * len(AGES) for sex in ("M", "F")}
    unknown = 0
    for age, sex, number in cards.order_by().values_list("age", "sex").annotate(n=Count("pk")):
        if age is None or sex not in groups:
            unknown += number
            continue
        groups[sex][max(at for at, first in enumerate(AGES) if age >= first)] += number
    return {"from": list(AGES), **groups, "unknown": unknown}


def begin_of(span: Span) -> datetime:
    """Midnight in the county before the first day."""
    return timezone.make_aware(datetime.combine(span.starts_on, time.min))


def end_of(span: Span) -> datetime:
    """Midnight in the county after the last day."""
    return timezone.make_aware(datetime.combine(span.ends_on + A_DAY, time.min))


def hours(since: datetime, until: datetime | None) -> float | None:
    """Hours between two moments, one decimal."""
    return None if until is None else round((until - since) / HOUR, 1)


def alerts(area: Area, span: Span, as_of: datetime) -> list[dict[str, Any]]:
    """The alerts raised in the period, with what became of them and how soon."""
    rows: QuerySet[Alert] = (
        Alert.objects.filter(
            area__code__startswith=area.code,
            raised_at__gte=begin_of(span),
            raised_at__lt=min(end_of(span), as_of + HOUR / 3600),
        )
        .select_related("area", "disease")
        .order_by("raised_at", "pk")
    )
    clocks = {
        clock.subject_id: clock.state
        for clock in Deadline.objects.filter(
            key="alert.verify",
            subject_type=Alert._meta.label_lower,
            subject_id__in=[str(row.pk) for row in rows],
        )
    }
    return [
        {
            "id": row.pk,
            "area": name_of(row.area),
            "disease": name_of(row.disease),
            "channel": row.channel,
            "level": row.level,
            "raised": timezone.localtime(row.raised_at).strftime("%Y-%m-%d %H:%M"),
            "observed": row.observed,
            "expected": None if row.expected is None else round(row.expected, 1),
            "state": row.state,
            "verdict": row.verdict,
            "seen_after": hours(row.raised_at, row.seen_at),
            "decided_after": hours(row.raised_at, row.decided_at),
            "clock": clocks.get(str(row.pk), ""),
            "reason": row.reason,
        }
        for row in rows
    ]


def sentinels(area: Area, span: Span, as_of: datetime) -> list[dict[str, Any]]:
    """How each kind of sentinel reported what was due by the end of the period."""
    rows = list(
        Sentinel.objects.filter(area__code__startswith=area.code)
        .select_related("type")
        .order_by("type", "pk")
    )
    kept = coverage.kept_by(rows, at=min(end_of(span), as_of), days=span.days)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = kept.get(row.pk)
        if one is None:
            continue
        of_kind = found.setdefault(
            row.type_id,
            name_of(row.type) | {"sentinels": 0, "due": 0, "in_time": 0, "late": 0, "missing": 0},
        )
        of_kind["sentinels"] += one.sentinels
        of_kind["due"] += one.due
        of_kind["in_time"] += one.in_time
        of_kind["late"] += one.late
        of_kind["missing"] += one.missing
    return list(found.values())


def laboratory(asked: Asked, span: Span, names: dict[str, Disease]) -> list[dict[str, Any]]:
    """Positive findings by disease, in the period and in the one before."""
    now, before = by_disease(asked, span), by_disease(asked, span.before)
    return [
        {**name_of(names[code]), "now": number, "before": before.get(code, 0)}
        for code, number in sorted(now.items(), key=lambda one: (-one[1], one[0]))
        if number
    ]


def assessments(area: Area, span: Span, as_of: datetime) -> list[dict[str, Any]]:
    """The risk assessments signed in the period."""
    rows = (
        RiskAssessment.objects.filter(
            area__code__startswith=area.code,
            state=RiskAssessment.State.SIGNED,
            signed_at__gte=begin_of(span),
            signed_at__lt=min(end_of(span), as_of + HOUR / 3600),
        )
        .select_related("alert__disease", "area")
        .order_by("signed_at")
    )
    return [
        {
            "id": row.pk,
            "alert": row.alert_id,
            "area": name_of(row.area),
            "disease": name_of(row.alert.disease)
            if row.alert
            else {"code": "", "zh": row.event_label, "en": row.event_label},
            "scope": row.scope,
            "likelihood": step(row.criteria, "likelihood", row.likelihood),
            "impact": step(row.criteria, "impact", row.impact),
            "level": row.level,
            "reasons": row.reasons,
            "advice": row.advice,
            "dissents": row.judgements.exclude(dissent="").count(),
            "signed": timezone.localtime(row.signed_at).strftime("%Y-%m-%d %H:%M"),
        }
        for row in rows
    ]
