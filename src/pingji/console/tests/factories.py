"""Alerts, incidents, cases and clocks for the cross-stage screens.

waiting_alert(area="500242101")      an alert that waits, with its clock
open_incident(area="500242")         an incident being answered
case(area="500242101", onset=...)    one case line
"""

from datetime import date, datetime, timedelta
from itertools import count

from django.utils import timezone

from pingji.ground.directory.models import Area, User
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory, system_user
from pingji.ground.standards.actions import enter_emergency
from pingji.ground.standards.models import Deadline, EmergencySpell
from pingji.ground.standards.tests.factories import deadline
from pingji.monitor.surveillance.models import CaseReport, Channel, Disease, Period
from pingji.respond.incidents.models import Incident
from pingji.warn.alerts.models import Alert, DetectionRun

NUMBERS = count(1)
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[108.7, 28.8], [108.9, 28.8], [108.9, 29.0], [108.7, 29.0], [108.7, 28.8]]],
}


def township(code: str = "500242101", name: str = "龙潭镇") -> Area:
    """A township with an outline and a name that can be searched for."""
    AreaFactory(code=code[:6])
    area = AreaFactory(code=code, name=name, name_en=f"Town {code}")
    area.shape, area.initials = SQUARE, "ltz"
    area.save()
    return area


def disease(name: str = "手足口病") -> Disease:
    """A watched disease; made once."""
    return Disease.objects.get_or_create(
        code="hand_foot_mouth", defaults={"name": name, "name_en": "Hand, foot and mouth disease"}
    )[0]


def waiting_alert(area: Area | None = None, *, at: datetime | None = None) -> Alert:
    """An alert that waits for a verdict, raised at a moment; its clock runs from then."""
    area, at = area or township(), at or timezone.now()
    run = DetectionRun.objects.create(area=area, as_of=at, started_at=at)
    alert = Alert.objects.create(
        area=area,
        disease=disease(),
        channel=Channel.CASE,
        period=Period.DAY,
        starts_on=at.date(),
        ends_on=at.date(),
        observed=7,
        expected=1.2,
        run=run,
        raised_at=at,
    )
    deadline("alert.verify", subject=alert, area=area, at=at)
    return alert


def late_clock(area: Area | None = None, **given: object) -> Deadline:
    """A clock that ended before now."""
    alert = waiting_alert(area, at=timezone.now() - timedelta(days=9))
    clock = Deadline.objects.of(alert).get()
    for name, value in given.items():
        setattr(clock, name, value)
    clock.save()
    return clock


def open_incident(area: Area | None = None, *, by: User | None = None) -> Incident:
    """An incident being answered."""
    return Incident.objects.create(
        area=area or AreaFactory(),
        title="龙潭镇手足口病聚集性疫情",
        event_kind="infectious_disease",
        opened_by=by or system_user(),
        opened_at=timezone.now(),
    )


def case(area: Area, *, onset: date) -> CaseReport:
    """One case line."""
    return CaseReport.objects.create(
        key=f"K{next(NUMBERS)}",
        disease=disease(),
        area=area,
        status=CaseReport.Status.CONFIRMED,
        onset_on=onset,
        known_at=timezone.now(),
    )


def epidemiologist(**given: object) -> User:
    """Who answers alerts."""
    return UserFactory(role="epidemiologist", **given)


def in_emergency(area: Area) -> EmergencySpell:
    """An area that was switched to emergency an hour ago."""
    who, when = system_user(), timezone.now() - timedelta(hours=1)
    return enter_emergency(area=area, facility=None, conversion="county", by=who, at=when)
