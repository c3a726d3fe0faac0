"""What the page of who directs an exercise shows: its moment, what came and comes, and the truth."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.models import DayLived, Due, Exercise, Illness
from pingji.evaluate.exercises.rules import control as rules
from pingji.ground.directory.models import Role, User
from pingji.respond.incidents.models import Incident
from pingji.warn.alerts.models import Alert

COMING, DONE = 40, 60  # lines of the agenda and of the journal that are shown
CHECKPOINT = re.compile(r"^checkpoint_\d{3}$")
KINDS = {
    "report": gettext_lazy("Case reported by a doctor"),
    "report.result": gettext_lazy("Result of a laboratory test"),
    "report.death": gettext_lazy("Death of a patient reported"),
    "figures": gettext_lazy("Figures of the sentinels reported"),
    "ordinary": gettext_lazy("Ordinary cases of the season reported"),
    "ordinary.weekly": gettext_lazy("Hand in weekly figures"),
    "inject": gettext_lazy("Inject of the scenario"),
    "card.check": gettext_lazy("Check a report card"),
    "card.review": gettext_lazy("Review a report card"),
    "alert.see": gettext_lazy("Look at an alert"),
    "alert.verify": gettext_lazy("Verify an alert"),
    "alert.investigate": gettext_lazy("Investigate an alert in the field"),
    "alert.close": gettext_lazy("Close an alert"),
    "incident.open": gettext_lazy("Open an incident"),
    "incident.grade": gettext_lazy("Grade an incident"),
    "plan.activate": gettext_lazy("Activate a plan"),
    "chain.answer": gettext_lazy("Answer a call to an incident"),
    "order.acknowledge": gettext_lazy("Acknowledge an order"),
    "order.progress": gettext_lazy("Report the progress of an order"),
    "order.finish": gettext_lazy("Finish an order"),
    "order.verify": gettext_lazy("Verify that an order was carried out"),
    "report.write": gettext_lazy("Write a report on an event"),
    "report.revise": gettext_lazy("Hand a report on an event in again"),
    "report.approve": gettext_lazy("Review a report on an event"),
    "report.send": gettext_lazy("Send a report on an event"),
    "risk_area.set": gettext_lazy("Set a risk area"),
    "response.start": gettext_lazy("Start a response"),
    "response.end": gettext_lazy("End a response"),
    "incident.close": pgettext_lazy("deed of an exercise", "Close an incident"),
    "card.finish": gettext_lazy("Finish a report card"),
    "card.return": gettext_lazy("Send a report card back"),
    "card.correct": gettext_lazy("Correct a report card that came back"),
    "plan.extend": gettext_lazy("Extend the plan to further townships"),
    "assessment.open": gettext_lazy("Ask experts for the risk"),
    "assessment.judge": gettext_lazy("Judge the risk alone"),
    "assessment.sign": gettext_lazy("Sign the risk assessment"),
    "consultation.call": gettext_lazy("Call a consultation"),
    "consultation.answer": gettext_lazy("Give an expert's opinion"),
    "consultation.sign": gettext_lazy("Sign the minutes of a consultation"),
    "bulletin.write": gettext_lazy("Draft a public bulletin"),
    "bulletin.revise": gettext_lazy("Hand a public bulletin in again"),
    "bulletin.release": gettext_lazy("Release a public bulletin"),
    "mode.switch": gettext_lazy("Switch to emergency"),
    "mode.back": gettext_lazy("Switch back to peace"),
    "mode.step": gettext_lazy("A step of the switch"),
    "phase.enter": gettext_lazy("Begin a phase of the plan"),
    "response.change": gettext_lazy("Raise or lower a response"),
    "risk_area.lift": gettext_lazy("Lift a risk area"),
    "notice.acknowledge": gettext_lazy("Acknowledge a notice"),
    "opinion.check": gettext_lazy("Check a rumour"),
    "opinion.reply": gettext_lazy("Reply to a rumour"),
    "opinion.close": gettext_lazy("Close a rumour"),
}
INJECTS = {
    "message": pgettext_lazy("inject", "Message"),
    "post": pgettext_lazy("inject", "Posts of the public"),
    "infect": pgettext_lazy("inject", "Infections brought in"),
    "absent": pgettext_lazy("inject", "A role that nobody plays"),
    "outage": pgettext_lazy("inject", "Nothing can be reported"),
}


def present() -> Exercise | None:
    """The exercise of this database; None, without asking it, where the installation is for work."""
    if not settings.EXERCISE:
        return None
    return Exercise.objects.select_related("area").present()


@dataclass(frozen=True)
class Line:
    """Something on the agenda or in the journal, in words."""

    at: datetime
    what: str
    who: str
    where: str
    state: str
    state_label: str
    outcome: str


def coming(user: User) -> list[Line]:
    """What the machine will do next."""
    return _lines(_seen(user).waiting()[:COMING])


def done(user: User) -> list[Line]:
    """What it did of late, or was refused; the latest first. What was not needed is left out."""
    rows = _seen(user).filter(state__in=[Due.State.DONE, Due.State.REFUSED])
    return _lines(rows.order_by("-at", "-id")[:DONE])


def _seen(user: User) -> Any:
    return Due.objects.visible_to(user).select_related("area")


def _lines(rows: QuerySet[Due]) -> list[Line]:
    english = (get_language() or "").startswith("en")
    exercise = Exercise.objects.present()
    injects = exercise.scenario.get("injects", []) if exercise else []
    return [
        Line(
            at=row.at,
            what=_what(row, injects),
            who=str(Role(role).label) if (role := row.payload.get("role")) in Role.values else "",
            where=str(row.area.label),
            state=row.state,
            state_label=str(row.get_state_display()),
            outcome=row.outcome_en if english else row.outcome,
        )
        for row in rows
    ]


def _what(row: Due, injects: list[dict[str, Any]]) -> str:
    said = str(KINDS.get(row.kind, row.kind))
    number = row.payload.get("inject")
    if row.kind != "inject" or number is None:
        return said
    return f"{said}: {INJECTS[injects[number]['kind']]}"


def roles(exercise: Exercise) -> list[dict[str, Any]]:
    """Each role, its people, and who plays it."""
    people = Counter(User.objects.filter(is_active=True, demo=True).values_list("role", flat=True))
    names: dict[str, list[str]] = {}
    for role, name in User.objects.filter(is_active=True, demo=True).values_list(
        "role", "username"
    ):
        names.setdefault(role, []).append(name)
    return [
        {
            "role": role.value,
            "label": role.label,
            "people": sorted(names.get(role.value, []))[:2],
            "count": people[role.value],
            "played": not exercise.plays(role.value),
        }
        for role in Role
        if people[role.value]
    ]


def curve(exercise: Exercise) -> dict[str, Any]:
    """Who fell ill each day, who went to a doctor, and who was reported by the day of report."""
    first = timezone.localdate(exercise.starts_at)
    days = list(DayLived.objects.order_by("day"))
    reported = Counter(
        (timezone.localdate(at) - first).days
        for at in Illness.objects.filter(reported_at__isnull=False).values_list(
            "reported_at", flat=True
        )
    )
    series = [
        (_("Fell ill (nature)"), [one.onset for one in days]),
        (_("Saw a doctor (nature)"), [one.care for one in days]),
        (pgettext("line of a chart", "Reported"), [reported[one.day] for one in days]),
    ]
    return {
        "kind": "lines",
        "labels": [(first + timedelta(days=one.day)).isoformat() for one in days],
        "series": [{"name": name, "values": values} for name, values in series],
        "unit": pgettext("unit of a chart", "people"),
        "note": _("Nature is what happened to the simulated people; nobody in the exercise knows."),
    }


def checkpoints() -> list[dict[str, Any]]:
    """The moments to which the exercise can be turned back, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select datname, shobj_description(oid, 'pg_database') from pg_database"
            " where datname like 'checkpoint%%' order by datname desc"
        )
        rows = cursor.fetchall()
    return [
        {"name": name, "number": int(name[-3:]), "moment": datetime.fromisoformat(moment)}
        for name, moment in rows
        if moment and CHECKPOINT.match(name)
    ]


def day_of(exercise: Exercise) -> int:
    """Which day of the exercise it is, from 1; its end belongs to the last one."""
    first = timezone.localdate(exercise.starts_at)
    reached = (timezone.localdate(exercise.moment) - first).days + 1
    return min(reached, days_in_all(exercise))


def days_in_all(exercise: Exercise) -> int:
    """How many days it has."""
    first = timezone.localdate(exercise.starts_at)
    return max((timezone.localdate(exercise.ends_at) - first).days, 1)


def pace(exercise: Exercise | None) -> int:
    """Seconds of the program's time in one second, as far as it is known beforehand."""
    if exercise is None:
        return 1
    goes_on = exercise.state == Exercise.State.RUNNING and exercise.stops_at is None
    return exercise.speed if goes_on else 0


def shown_on_tour(user: User, what: str) -> str | None:
    """The address of what a step of the tour is about; None where there is no such step."""
    if what == "alerts":
        latest = Alert.objects.visible_to(user).order_by("-raised_at", "-pk")
        waits = latest.filter(state=Alert.State.NEW).exists()
        real = latest.filter(incident__isnull=False).first() or latest.first()
        shown = None if waits else real  # else the list would be empty
        return reverse("alerts:list") + (f"?state={shown.state}" if shown else "")
    if what == "alert":
        alerts = Alert.objects.visible_to(user).order_by("-raised_at", "-pk")
        shown = alerts.filter(incident__isnull=False).first() or alerts.first()
        return shown.get_absolute_url() if shown else reverse("alerts:list")
    if what in ("incident", "leader"):
        incident = Incident.objects.visible_to(user).order_by("-opened_at", "-pk").first()
        if incident is None:
            return reverse("incidents:list")
        if what == "incident":
            return str(incident.get_absolute_url())
        return reverse("console:leader", args=[incident.pk])
    return None


def said_pace(exercise: Exercise | None) -> str:
    """How fast time goes, or that it stands."""
    if exercise is None:
        return _("being prepared")
    if exercise.state != Exercise.State.RUNNING:
        return str(exercise.get_state_display())
    if exercise.stops_at is not None:
        stops_at = timezone.localtime(exercise.stops_at)
        return _("going on to %(moment)s") % {"moment": f"{stops_at:%m-%d %H:%M}"}
    return rules.said_speed(exercise.speed)
