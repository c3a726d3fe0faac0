"""Series and alerts for tests.

outbreak()            a year of quiet weeks in the county and one that stands out, as counts
detected(at=NOON)     a detection run over the county
AlertFactory()        an alert that waits; state="verified" gives it its verdict
"""

from datetime import date, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.models import Import
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN, counted, county, weeks
from pingji.warn.alerts import actions
from pingji.warn.alerts.models import Alert, DetectionRun

QUIET = [4, 5, 3, 6, 4, 5, 5, 4, 6, 3] * 4
FIRST = date(2025, 2, 3)
LAST = FIRST + timedelta(weeks=len(QUIET))


def outbreak(size: int = 40, *, quiet: list[int] = QUIET, **given: Any) -> Import:
    """Counts of quiet weeks, then one of another size."""
    plan()
    county()
    return counted(weeks([*quiet, size], first=FIRST), **given)


def detected(
    *, as_of: datetime | None = None, at: datetime = NOON, area: str = COUNTY, **given: Any
) -> DetectionRun:
    """A detection run over the county."""
    return actions.run_detection(
        area=Area.objects.get(pk=area), as_of=as_of or at, by=system_user(), at=at, **given
    )


class RunFactory(DjangoModelFactory):
    """A run that is done."""

    class Meta:
        model = DetectionRun
        django_get_or_create = ("area", "as_of")

    area = factory.LazyFunction(county)
    as_of = NOON - timedelta(days=1)
    started_at = NOON
    state = DetectionRun.State.DONE


class AlertFactory(DjangoModelFactory):
    """An alert in the county's first township; with its verdict unless it is new."""

    class Meta:
        model = Alert

    run = factory.SubFactory(RunFactory)
    area = factory.LazyAttribute(lambda _alert: (county(), Area.objects.get(pk=TOWN))[1])
    disease_id = "hand_foot_mouth"
    channel = "case"
    period = "day"
    state = Alert.State.NEW
    starts_on = date(2025, 11, 19)
    ends_on = date(2025, 11, 20)
    observed = 12
    expected = 2.5
    upper_bound = 6.0
    raised_at = NOON
    seen_by = factory.LazyAttribute(lambda a: None if a.state == "new" else UserFactory())
    seen_at = factory.LazyAttribute(lambda a: a.seen_by and NOON)
    decided_by = factory.SelfAttribute("seen_by")
    decided_at = factory.SelfAttribute("seen_at")
    reason = factory.LazyAttribute(lambda a: "" if a.state == "new" else "电话核实。")
    investigated_by = factory.LazyAttribute(
        lambda a: a.seen_by if a.state in ("investigated", "closed") else None
    )
    investigated_at = factory.LazyAttribute(lambda a: a.investigated_by and NOON)
    findings = factory.LazyAttribute(lambda a: "现场调查属实。" if a.investigated_by else "")
    closed_by = factory.LazyAttribute(lambda a: a.seen_by if a.state == "closed" else None)
    closed_at = factory.LazyAttribute(lambda a: a.closed_by and NOON)
    verdict = factory.LazyAttribute(lambda a: "true" if a.closed_by else "")
    closing_reason = factory.LazyAttribute(lambda a: "末例后无新发。" if a.closed_by else "")
