"""Incidents to be opened, graded, answered by a plan, guarded and closed; people called to them."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.utils import timezone

from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.picture import picture, townships
from pingji.evaluate.exercises.queries.waiting.alerts import key_of_alert
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.ground.directory.models import Area, Role
from pingji.respond.incidents.models import Callout, Incident, Order, PlanPhase
from pingji.respond.incidents.queries.plans import townships_of
from pingji.warn.alerts.models import Alert

DUTY, LEADER = Role.DUTY_OFFICER.value, Role.LEADER.value
LOOK = "incident.grade"


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """What the command has before it, since the exercise began."""
    yield from _unanswered(exercise, at)
    open_ones = Incident.objects.open().filter(opened_at__gte=exercise.starts_at)
    needed = open_ones.select_related("area", "alert", "disease", "plan", "phase")
    for incident in needed.order_by("opened_at", "area_id"):
        yield from _of(exercise, incident, at)
    yield from _called(exercise)


def _unanswered(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """Real alerts that no incident answers."""
    rows = Alert.objects.filter(
        state__in=[Alert.State.VERIFIED, Alert.State.INVESTIGATED],
        raised_at__gte=exercise.starts_at,
        incident__isnull=True,
    )
    for alert in rows.order_by("decided_at", "area_id", "disease_id", "channel", "period"):
        since, day = look_of_today(
            exercise, alert.decided_at, at
        )  # what few cases did not open, more may
        key = named(key_of_alert(alert), day)
        yield Waiting("incident.open", key, alert.area_id, DUTY, since, alert.pk)


def _of(exercise: Exercise, incident: Incident, at: datetime) -> Iterator[Waiting]:
    key, area, pk = key_of_incident(incident), incident.area_id, incident.pk
    opened = incident.opened_at
    looks, day = look_of_today(exercise, opened, at)
    yield Waiting(LOOK, named(key, day), area, DUTY, looks, pk)
    if incident.plan_id is None:
        yield Waiting("plan.activate", key, area, DUTY, opened, pk)
        return
    if not exercise.plays(DUTY) or was_looked_at(incident, at):
        return
    phase = next_phase(exercise, incident, at)
    if phase is not None:
        yield Waiting("phase.enter", named(key, phase.number, day), area, DUTY, looks, pk)
    if unreached(exercise, incident, at):
        yield Waiting("plan.extend", named(key, day), area, DUTY, looks, pk)
    over = over_since(exercise, incident, at)
    if over is not None and over <= at and not incident.responses.active().exists():
        found = max(over, looks)
        yield Waiting("incident.close", named(key, stamped(over)), area, DUTY, found, pk)


def was_looked_at(incident: Incident, at: datetime) -> bool:
    """Whether today's look at an event has its place on the agenda: once a day is enough."""
    key = named(key_of_incident(incident), _day(at))
    return Due.objects.filter(kind=LOOK, key=key).exists()


def look_of_today(exercise: Exercise, since: datetime, at: datetime) -> tuple[datetime, str]:
    """When a thing that began at a moment is looked at today, and the day as part of a key."""
    today, hour = timezone.localdate(at), conduct_of(exercise.scenario).look_hour
    morning = timezone.make_aware(datetime.combine(today, time(hour)))
    return (since if timezone.localdate(since) == today else morning), _day(at)


def _day(at: datetime) -> str:
    return f"{timezone.localdate(at):%m%d}"


def next_phase(exercise: Exercise, incident: Incident, at: datetime) -> PlanPhase | None:
    """The phase of an event's plan that has to begin: its last when it is over, else the next."""
    if incident.plan is None or incident.phase is None:
        return None
    left = list(incident.plan.phases.filter(number__gt=incident.phase.number).order_by("number"))
    if not left:
        return None
    seen, conduct = picture(exercise, incident, at), conduct_of(exercise.scenario)
    code, last = incident.plan.code, left[-1]
    for phase in (last, left[0]):
        if seen.begins(conduct.begins(code, phase.number, last=phase is last)):
            return phase
    return None


def unreached(exercise: Exercise, incident: Incident, at: datetime) -> list[Area]:
    """Townships with cases lately that the plan of an event does not reach.

    None where its orders to townships go to every one of its area.
    """
    reached = townships_of(incident)
    if incident.plan_id is None or not reached:
        return []
    conduct = conduct_of(exercise.scenario)
    least = conduct.risk_cases[-1]
    towns = picture(exercise, incident, at).by_township(timedelta(days=conduct.risk_days))
    return townships(code for code, n in towns.items() if n >= least and code not in reached)


def over_since(exercise: Exercise, incident: Incident, at: datetime) -> datetime | None:
    """When an event became one that may end; else None.

    The plan is in its last phase, its orders are verified, and nothing new was heard for so long.
    """
    orders = incident.orders.exclude(state=Order.State.WITHDRAWN)
    if incident.plan is None or orders.exclude(state=Order.State.VERIFIED).exists():
        return None
    if incident.phase and incident.plan.phases.filter(number__gt=incident.phase.number).exists():
        return None
    verified = orders.order_by("-verified_at").values_list("verified_at", flat=True).first()
    quiet = timedelta(days=conduct_of(exercise.scenario).quiet_days)
    last = picture(exercise, incident, at).last or incident.opened_at
    return max(verified or incident.opened_at, last + quiet)


def _called(exercise: Exercise) -> Iterator[Waiting]:
    """People called to an incident who have not answered."""
    rows = Callout.objects.filter(
        acknowledged_at__isnull=True,
        passed_on_to__isnull=True,
        called_at__gte=exercise.starts_at,
        incident__state=Incident.State.OPEN,
    )
    for one in rows.select_related("incident", "person").order_by("called_at", "group", "pk"):
        yield Waiting(
            "chain.answer",
            named(key_of_incident(one.incident), one.group, one.person.username),
            one.area_id,
            one.person.role,
            one.called_at,
            one.pk,
            clock(one, "chain.acknowledge"),
        )


def key_of_incident(incident: Incident) -> str:
    """What tells an incident from all others, in every run of a scenario."""
    return named(incident.area_id, incident.disease_id or "-", stamped(incident.opened_at))
