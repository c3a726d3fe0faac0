"""An incident in figures, as known at one moment: plain JSON values for reports and consultations.

No name of a patient is among them: they count, and leave the line list where it is.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, timedelta
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone, translation

from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area, Organisation, User
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.models.cards import CaseQuerySet
from pingji.monitor.surveillance.queries import with_parts
from pingji.monitor.surveillance.queries.parts import with_parts_of
from pingji.respond.incidents.models import Consultation, Incident, Order
from pingji.respond.incidents.queries.orders import clocks_of
from pingji.warn.alerts.models import Alert, RiskAssessment
from pingji.warn.alerts.queries import latest_evidence, latest_signs, sign_in_words
from pingji.warn.alerts.queries.analyses.figures import AGES, name_of
from pingji.warn.alerts.queries.assessments import versions_of_event

LOOKS_BACK = "event_report.looks_back"
A_DAY = timedelta(days=1)
PLACES_NAMED = 8
Figures = dict[str, Any]


def event_figures(incident: Incident, *, at: datetime) -> Figures:
    """Everything that reports and consultations say of an incident in numbers.

    Args:
        incident: With its area, disease and alert at hand.
        at: What became known later is left out.

    Raises:
        Refused: The plan sets none of the numbers it takes.
    """
    return {
        "as_of": at.isoformat(),
        "incident": {
            "title": incident.title,
            "kind": incident.event_kind,
            "grade": incident.grade,
            "grade_reason": incident.grade_reason,
            "area": name_of(incident.area),
            "disease": name_of(incident.disease) if incident.disease else None,
            "opened": incident.opened_at.isoformat(),
            "opened_by": str(incident.opened_by),
            "closed": incident.closed_at.isoformat() if incident.closed_at else None,
            "closing_reason": incident.closing_reason,
            "plan": _both(lambda: incident.plan.label) if incident.plan else None,
            "activated": incident.activated_at.isoformat() if incident.activated_at else None,
        },
        "alert": _alert(incident.alert) if incident.alert else None,
        "cases": _cases(incident, at),
        "orders": _orders(incident, at),
        "assessments": _assessments(incident),
        "consultations": _consultations(incident),
    }


def _both(say: Callable[[], object]) -> dict[str, str]:
    """The same in both languages."""
    found = {}
    for short, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            found[short] = str(say())
    return found


def cases_of_incident(incident: Incident, *, at: datetime) -> CaseQuerySet:
    """The counted cases of an incident: of its illness, in its area, since it began."""
    if incident.disease_id is None:
        return CaseReport.objects.none()
    cards = CaseReport.objects.counted().filter(known_at__lte=at)
    illness = with_parts(incident.disease_id)
    return cards.filter(_is_case(incident, illness, begins_on(incident)))


def _is_case(incident: Incident, illness: Collection[str], since: date) -> Q:
    return Q(disease__in=illness, area__code__startswith=incident.area_id, onset_on__gte=since)


def case_counts(
    incidents: Iterable[Incident], user: User, *, at: datetime, since: datetime
) -> dict[int, dict[str, int]]:
    """Cases of each incident that names its illness, and those known since a moment; in one query.

    Args:
        incidents: With their alerts at hand.
        user: Who counts: the cases that they see.
        at: What became known later is left out.
        since: The moment.
    """
    named = [one for one in incidents if one.disease_id is not None]
    if not named:
        return {}
    begins, illness = _begin(named), with_parts_of(str(one.disease_id) for one in named)
    theirs = {one.pk: _is_case(one, illness[one.disease_id], begins[one.pk]) for one in named}
    asked = {}
    for key, which in theirs.items():
        asked[f"cases_{key}"] = Count("pk", filter=which)
        asked[f"new_{key}"] = Count("pk", filter=which & Q(known_at__gt=since))
    cards = CaseReport.objects.counted().visible_to(user).filter(known_at__lte=at)
    found = cards.filter(reduce(or_, theirs.values())).order_by().aggregate(**asked)
    return {key: {"cases": found[f"cases_{key}"], "new": found[f"new_{key}"]} for key in theirs}


def _begin(incidents: Iterable[Incident]) -> dict[int, date]:
    """The first day of each of many events, as `begins_on` gives it."""
    found, asked = {}, {}
    for one in incidents:
        if one.alert is not None:
            found[one.pk] = one.alert.starts_on
        else:
            asked[one.pk] = (one.area_id, timezone.localdate(one.opened_at))
    back = standards.numbers(LOOKS_BACK, asked.values())
    return found | {key: pair[1] - int(back[pair]) * A_DAY for key, pair in asked.items()}


def begins_on(incident: Incident) -> date:
    """The first day of the event: of its alert's first sign, else so many days before it opened."""
    if incident.alert is not None:
        return incident.alert.starts_on
    opened = timezone.localdate(incident.opened_at)
    back = int(standards.number(incident.area_id, LOOKS_BACK, opened))
    return opened - back * A_DAY


def _cases(incident: Incident, at: datetime) -> Figures:
    cards = cases_of_incident(incident, at=at).order_by()
    total = cards.aggregate(
        n=Count("pk"),
        severe=Count("pk", filter=Q(severe=True)),
        died=Count("pk", filter=Q(died_on__isnull=False)),
    )
    status = dict(cards.values_list("status").annotate(n=Count("pk")))
    counted = dict(cards.values_list("onset_on").annotate(n=Count("pk")))
    since, until = begins_on(incident), timezone.localdate(at)
    if incident.closed_at is not None:
        until = min(until, timezone.localdate(incident.closed_at))
    until = max([until, *counted])
    days = [since + A_DAY * step for step in range((until - since).days + 1)]
    return {
        "known": incident.disease_id is not None,
        "total": total["n"],
        "severe": total["severe"],
        "died": total["died"],
        "status": {key: n for key, n in status.items() if n},
        "since": since.isoformat(),
        "until": until.isoformat(),
        "first": min(counted).isoformat() if counted else None,
        "last": max(counted).isoformat() if counted else None,
        "days": [[day.isoformat(), counted.get(day, 0)] for day in days],
        "ages": _ages(cards),
        "townships": _townships(cards),
        "institutions": _institutions(cards),
    }


def _ages(cards: QuerySet[CaseReport]) -> Figures:
    groups = {sex: [0] * len(AGES) for sex in ("M", "F")}
    unknown = 0
    for age, sex, number in cards.values_list("age", "sex").annotate(n=Count("pk")):
        if age is None or sex not in groups:
            unknown += number
            continue
        groups[sex][max(at for at, first in enumerate(AGES) if age >= first)] += number
    return {"from": list(AGES), **groups, "unknown": unknown}


def _townships(cards: QuerySet[CaseReport]) -> list[Figures]:
    counted: Counter[str] = Counter()
    for code, number in cards.values_list("area_id").annotate(n=Count("pk")):
        counted[code[:TOWNSHIP_DIGITS]] += number
    names = Area.objects.in_bulk(list(counted))
    return [
        {**name_of(names[code]), "n": number}
        for code, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        if code in names
    ]


def _institutions(cards: QuerySet[CaseReport]) -> list[Figures]:
    """Where those who fell ill learn, work or lie."""
    rows = cards.filter(institution__isnull=False).values_list("institution")
    counted = dict(rows.annotate(n=Count("pk")))
    names = Organisation.objects.in_bulk(list(counted))
    found = [
        {"zh": names[pk].name, "en": names[pk].name_en or names[pk].name, "n": number}
        for pk, number in counted.items()
    ]
    return sorted(found, key=lambda one: (-one["n"], one["zh"]))[:PLACES_NAMED]


def _alert(alert: Alert) -> Figures:
    return {
        "id": alert.pk,
        "disease": name_of(alert.disease),
        "area": name_of(alert.area),
        "level": alert.level,
        "channel": alert.channel,
        "raised": alert.raised_at.isoformat(),
        "observed": alert.observed,
        "expected": alert.expected,
        "reason": alert.reason,
        "findings": alert.findings,
        "evidence": [
            {
                "method": row.method,
                "alarm": row.alarm,
                "note": row.note,
                "observed": row.observed,
                "expected": row.expected,
                "upper_bound": row.upper_bound,
            }
            for row in latest_evidence(alert)
        ],
        "signs": [_both(partial(sign_in_words, sign)) for sign in latest_signs(alert)],
    }


def _orders(incident: Incident, at: datetime) -> Figures:
    rows = list(incident.orders.select_related("organisation").order_by("issued_at", "pk"))
    clocks = clocks_of(rows, Order)
    state, late = Order.State, []
    for order in rows:
        if order.state not in (state.ISSUED, state.ACKNOWLEDGED):
            continue
        over = [one.due_at for one in clocks.get(order.pk, []) if one.is_open and one.due_at < at]
        if over:
            late.append(
                {
                    "id": order.pk,
                    "zh": order.text,
                    "en": order.text_en or order.text,
                    "to": {
                        "zh": order.organisation.name,
                        "en": order.organisation.name_en or order.organisation.name,
                    },
                    "due": min(over).isoformat(),
                }
            )
    counted = Counter(order.state for order in rows)
    standing = [order for order in rows if order.state != state.WITHDRAWN]
    return {
        "total": len(standing),
        "done": counted[state.DONE] + counted[state.VERIFIED],
        "organisations": len({order.organisation_id for order in standing}),
        "late": sorted(late, key=lambda one: one["due"]),
        "results": [
            {
                "zh": order.text,
                "en": order.text_en or order.text,
                "to": {
                    "zh": order.organisation.name,
                    "en": order.organisation.name_en or order.organisation.name,
                },
                "result": order.result,
            }
            for order in standing
            if order.result
        ],
    }


def _assessments(incident: Incident) -> list[Figures]:
    rows = versions_of_event(incident)
    if incident.alert_id is not None:
        rows = RiskAssessment.objects.filter(alert=incident.alert_id)
    found = rows.exclude(state=RiskAssessment.State.WITHDRAWN).order_by("version")
    return [
        {
            "scope": row.scope,
            "version": row.version,
            "state": row.state,
            "level": row.level,
            "reasons": row.reasons,
            "advice": row.advice,
            "signed": row.signed_at.isoformat() if row.signed_at else None,
        }
        for row in found.select_related("signed_by")
    ]


def _consultations(incident: Incident) -> list[Figures]:
    rows = incident.consultations.filter(state=Consultation.State.SIGNED).order_by("number")
    return [
        {
            "number": row.number,
            "subject": row.subject,
            "signed": row.signed_at.isoformat() if row.signed_at else None,
            "decisions": [
                {"question": item.question, "decision": item.decision} for item in row.agenda.all()
            ],
        }
        for row in rows.prefetch_related("agenda")
    ]
