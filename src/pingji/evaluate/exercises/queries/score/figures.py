"""What an exercise came to, in figures: plain values that are kept as JSON and compared later."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from pingji.evaluate.exercises.models import DayLived, Due, Exercise, Illness, Measure
from pingji.ground.standards.models import Deadline, Profile
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries.parts import wholes
from pingji.respond.incidents.models import Grade, Grading, Incident, Order, Response
from pingji.warn.alerts.models import Alert

Score = dict[str, Any]
FORM = 2  # of the figures, so that a later program knows them again
# The stage of the loop that a deadline belongs to, by the beginning of its key; else "respond".
STAGES = {"report_card": "monitor", "sentinel": "monitor", "opinion": "monitor", "alert": "warn"}
NATURE = ("infected", "onset", "care", "admitted", "critical", "died")


def score(exercise: Exercise, *, without: Mapping[str, list[int]] | None = None) -> Score:
    """Compute what an exercise came to so far.

    Args:
        exercise: The exercise of this database.
        without: For each of `infected`, `admitted` ... how many there would have been on each day
            lived if nothing had been done; None leaves the comparison out.

    Returns:
        Figures, lists and moments as ISO text: everything that the report says.
    """
    first_ill = _first_illness(exercise)
    deadlines = _deadlines(exercise)
    return {
        "form": FORM,
        "exercise": _about(exercise),
        "milestones": _milestones(exercise, first_ill),
        "deadlines": deadlines,
        "alerts": _alerts(exercise, deadlines),
        "orders": _orders(exercise),
        "outbreak": _outbreak(exercise, without),
        "machine": _machine(),
    }


def _about(exercise: Exercise) -> Score:
    scenario = exercise.scenario
    disease = Disease.objects.filter(pk=scenario["pathogen"]).first()
    return {
        "name": exercise.name,
        "name_en": exercise.name_en,
        "scenario": scenario["code"],
        "profile": exercise.profile,
        "plan": _plan(exercise.profile),
        "area": {"code": exercise.area_id, "zh": exercise.area.name, "en": exercise.area.name_en},
        "disease": {
            "code": scenario["pathogen"],
            "zh": disease.name if disease else scenario["pathogen"],
            "en": disease.name_en if disease else scenario["pathogen"],
        },
        "seed": exercise.seed,
        "starts_at": exercise.starts_at.isoformat(),
        "moment": exercise.moment.isoformat(),
        "ends_at": exercise.ends_at.isoformat(),
        "days": exercise.days,
        "residents": exercise.residents,
        "people_play": list(exercise.people_play),
    }


def _plan(code: str) -> Score:
    found = Profile.objects.filter(name=code).first()
    if found is None:
        return {"zh": code, "en": code}
    return {"zh": found.place or found.title, "en": found.place_en or found.title_en}


def _first_illness(exercise: Exercise) -> datetime | None:
    """The first day somebody fell ill, as the beginning of that day; nature knows no hours."""
    day = DayLived.objects.filter(onset__gt=0).aggregate(first=Min("day"))["first"]
    if day is None:
        return None
    begins = timezone.localtime(exercise.starts_at) + timedelta(days=day)
    return begins.replace(hour=0, minute=0, second=0, microsecond=0)


def of_the_outbreak(exercise: Exercise) -> Q:
    """Which alerts speak of the simulated outbreak.

    Those of its disease or of what that is a part of, and those that led to an event of it; none
    that was raised before anybody fell ill, of what the county has in ordinary times.
    """
    first_ill = _first_illness(exercise)
    if first_ill is None:
        return Q(pk__in=[])
    found = _diseases(exercise)
    told = Q(disease_id__in=found) | Q(incident__disease_id__in=found)
    return told & Q(raised_at__gte=first_ill)


def _diseases(exercise: Exercise) -> list[str]:
    disease = str(exercise.scenario["pathogen"])
    whole = wholes().get(disease)
    return [disease, whole] if whole else [disease]


def _during(exercise: Exercise, field: str) -> Q:
    return Q(**{f"{field}__gte": exercise.starts_at, f"{field}__lte": exercise.moment})


def _milestones(exercise: Exercise, first_ill: datetime | None) -> list[Score]:
    """From the first case to the end of the event, each with its hours since the first case."""
    ill = Illness.objects.aggregate(reported=Min("reported_at"))
    alerts = Alert.objects.filter(of_the_outbreak(exercise) & _during(exercise, "raised_at"))
    warned = alerts.aggregate(raised=Min("raised_at"), seen=Min("seen_at"))
    verified = alerts.exclude(state=Alert.State.DISMISSED).aggregate(at=Min("decided_at"))
    incidents = _incidents(exercise)
    answered = incidents.aggregate(
        opened=Min("opened_at"), activated=Min("activated_at"), closed=Max("closed_at")
    )
    still_open = incidents.filter(state=Incident.State.OPEN).exists()
    orders = Order.objects.filter(incident__in=incidents).exclude(state=Order.State.WITHDRAWN)
    worked = orders.aggregate(
        first=Min("done_at"),
        last=Max("done_at"),
        undone=Count("pk", filter=Q(done_at__isnull=True)),
    )
    measures = Measure.objects.exclude(because_type="").aggregate(first=Min("told_at"))
    given = Grading.objects.filter(incident__in=incidents).exclude(chosen=Grade.UNGRADED)
    graded = given.aggregate(at=Min("graded_at"))
    responses = Response.objects.filter(incident__in=incidents).aggregate(started=Min("started_at"))
    moments = [
        ("case", first_ill),
        ("report", ill["reported"]),
        ("alert", warned["raised"]),
        ("seen", warned["seen"]),
        ("verified", verified["at"]),
        ("incident", answered["opened"]),
        ("plan", answered["activated"]),
        ("graded", graded["at"]),
        ("response", responses["started"]),
        ("order", worked["first"]),
        ("measure", measures["first"]),
        ("orders", None if worked["undone"] else worked["last"]),
        ("closed", None if still_open else answered["closed"]),
    ]
    return [
        {
            "key": key,
            "at": at.isoformat() if at else None,
            "hours": _hours(first_ill, at) if at and first_ill else None,
        }
        for key, at in moments
    ]


def _incidents(exercise: Exercise) -> Any:
    """The events that the outbreak became."""
    found = _diseases(exercise)
    ours = Q(disease_id__in=found) | Q(alert__disease_id__in=found)
    return Incident.objects.filter(ours & _during(exercise, "opened_at"))


def _hours(since: datetime, until: datetime) -> float:
    return round((until - since).total_seconds() / 3600, 2)


def stage_of(key: str) -> str:
    """The stage of the loop that a deadline belongs to."""
    return STAGES.get(key.split(".")[0], "respond")


def _deadlines(exercise: Exercise) -> Score:
    """Every clock that began in the exercise: kept, late, still running, let go."""
    rows = (
        Deadline.objects.filter(_during(exercise, "started_at"))
        .select_related("standard", "owner", "organisation")
        .order_by("due_at", "id")
    )
    by: dict[str, list[Deadline]] = defaultdict(list)
    for row in rows:
        by[row.key].append(row)
    lines = [_of_key(key, found, exercise.moment) for key, found in sorted(by.items())]
    late = [
        _late_row(row, exercise.moment)
        for row in rows
        if _late_by(row, exercise.moment) is not None
    ]
    late.sort(key=lambda one: -one["late_hours"])
    return {
        "by": lines,
        "late": late,
        "stages": {stage: _sum(lines, stage) for stage in ("monitor", "warn", "respond")},
        "all": _sum(lines),
    }


def _of_key(key: str, rows: list[Deadline], moment: datetime) -> Score:
    late = [hours for row in rows if (hours := _late_by(row, moment)) is not None]
    kept = [row for row in rows if row.state == Deadline.State.MET]
    ended = len(late) + len(kept)
    standard = rows[0].standard
    return {
        "key": key,
        "zh": standard.name,
        "en": standard.name_en,
        "source": standard.clause or standard.source,
        "stage": stage_of(key),
        "given_hours": round(median(map(_given, rows)), 4),
        "begun": len(rows),
        "kept": len(kept),
        "late": len(late),
        "share": round(len(kept) / ended, 4) if ended else None,
        "late_median": round(median(late), 2) if late else None,
        "late_worst": round(max(late), 2) if late else None,
    }


def _given(row: Deadline) -> float:
    """Hours that the plan gives, whatever was granted later."""
    return ((row.extended_from or row.due_at) - row.started_at).total_seconds() / 3600


def _late_by(row: Deadline, moment: datetime) -> float | None:
    """Hours by which a deadline was missed, so far or in the end; None for one that was kept."""
    until = row.ended_at or moment  # one that was let go after its time was late until then
    if row.state == Deadline.State.CANCELLED or row.due_at >= until:
        return None
    return _hours(row.due_at, until)


def _late_row(row: Deadline, moment: datetime) -> Score:
    who, at = row.owner, row.organisation
    return {
        "key": row.key,
        "zh": row.standard.name,
        "en": row.standard.name_en,
        "subject": row.subject_label,
        "subject_en": row.subject_label_en,
        "who": who.display_name if who else "",
        "organisation": at.name if at else "",
        "organisation_en": at.name_en if at else "",
        "due_at": row.due_at.isoformat(),
        "met_at": row.met_at.isoformat() if row.met_at else None,
        "let_go_at": row.cancelled_at.isoformat() if row.cancelled_at else None,
        "late_hours": _late_by(row, moment),
    }


def _sum(lines: list[Score], stage: str = "") -> Score:
    rows = [line for line in lines if not stage or line["stage"] == stage]
    kept, late = sum(row["kept"] for row in rows), sum(row["late"] for row in rows)
    share = round(kept / (kept + late), 4) if kept + late else None
    return {"kept": kept, "late": late, "share": share}


def _alerts(exercise: Exercise, deadlines: Score) -> Score:
    raised = Alert.objects.filter(_during(exercise, "raised_at"))
    ours = raised.filter(of_the_outbreak(exercise)).distinct()
    found = raised.count()
    return {
        "raised": found,
        "of_outbreak": ours.count(),
        "others": found - ours.count(),
        "waiting": raised.filter(state=Alert.State.NEW).count(),
        "wrongly_dismissed": ours.filter(state=Alert.State.DISMISSED).count(),
        "answered": _sum(
            [line for line in deadlines["by"] if line["key"].startswith("alert.verify")]
        ),
    }


def _orders(exercise: Exercise) -> Score:
    rows = Order.objects.filter(incident__in=_incidents(exercise))
    return dict(rows.order_by().values_list("state").annotate(count=Count("pk")))


def _outbreak(exercise: Exercise, without: Mapping[str, list[int]] | None) -> Score:
    """The curves day by day, what was reported, and what was averted."""
    lived = {row.day: row for row in DayLived.objects.all()}
    days = range(exercise.days)
    curves = {
        name: [getattr(lived[day], name) if day in lived else 0 for day in days] for name in NATURE
    }
    begins = timezone.localdate(exercise.starts_at)
    reported = [0] * exercise.days
    moments = Illness.objects.filter(reported_at__isnull=False).values_list(
        "reported_at", flat=True
    )
    for at in moments:
        day = (timezone.localdate(at) - begins).days
        if 0 <= day < exercise.days:
            reported[day] += 1
    found: Score = {
        "dates": [(begins + timedelta(days=day)).isoformat() for day in days],
        "curves": curves,
        "reported": reported,
        "totals": {name: sum(counts) for name, counts in curves.items()},
        "without": None,
        "averted": None,
        "measures": _measures(),
    }
    if without is not None:
        other = {name: list(without[name])[: exercise.days] for name in NATURE if name in without}
        found["without"] = other
        found["averted"] = {name: sum(counts) - sum(curves[name]) for name, counts in other.items()}
    return found


def _measures() -> list[Score]:
    """What the outbreak was told because of something done, with how often and when first."""
    rows = Measure.objects.exclude(because_type="").order_by()
    told = rows.values("kind", "reason", "reason_en")
    found = told.annotate(times=Count("pk"), first=Min("told_at"), last=Max("told_at"))
    return [
        {
            "kind": row["kind"],
            "zh": row["reason"],
            "en": row["reason_en"],
            "times": row["times"],
            "first": row["first"].isoformat(),
            "last": row["last"].isoformat(),
        }
        for row in sorted(found, key=lambda one: (one["first"], one["kind"], one["reason"]))
    ]


def _machine() -> Score:
    """What the machine did in the roles it played."""
    rows = Due.objects.filter(payload__has_key="role").order_by()
    rows = rows.values_list("state").annotate(count=Count("pk"))
    return dict(rows)
