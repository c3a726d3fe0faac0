"""What the worker does for alerts."""

from collections.abc import Iterable
from datetime import date, datetime

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import every, hears
from pingji.warn.alerts import actions, queries
from pingji.warn.alerts.actions import analyses
from pingji.warn.alerts.actions.telling import tell_of
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.queries.analyses import around

COUNTY = 6


def _run(areas: Iterable[str], at: datetime) -> None:
    """Judge the county around each area, or the counties inside it and what is its own."""
    found: dict[str, Area] = {}
    for code in areas:
        counties = Area.objects.under(code[:COUNTY]).of_level("county")
        own = Area.objects.filter(pk=code) if len(code) < COUNTY else Area.objects.none()
        found |= {area.code: area for area in [*counties, *own]}
    for area in found.values():
        actions.run_detection(area=area, as_of=at, by=User.objects.system(), at=at)


@hears("reports_imported")
def detect_on_arrival(*, at: datetime, import_id: int, area: str) -> None:
    """Judge the county's series as soon as a file has brought something new."""
    _run([area], at)


@hears("report_received")
def look_at_new_card(*, at: datetime, card: int, area: str, disease: str) -> None:
    """Judge single cases and clusters as soon as a card has come."""
    _look(area, at)


@hears("report_corrected")
def look_at_corrected_card(*, at: datetime, card: int, area: str, disease: str) -> None:
    """Judge single cases and clusters anew once a card says something else."""
    _look(area, at)


def _look(area: str, at: datetime) -> None:
    county = Area.objects.filter(pk=area[:COUNTY]).first()
    if county is not None and len(area) >= COUNTY:
        actions.look_on_arrival(area=county, as_of=at, by=User.objects.system(), at=at)


@every("*/10 * * * *")
def detect_what_came(*, at: datetime) -> None:
    """Judge every series of the counties for which figures came, after the plan's pause."""
    areas = set(User.objects.people().values_list("area_id", flat=True))
    counties = {
        county.code
        for code in areas
        for county in Area.objects.under(code[:COUNTY]).of_level("county")
    }
    _run(sorted(code for code in counties if queries.waits_for_a_run(code, at)), at)


@hears("detection_asked")
def detect_when_asked(*, at: datetime, area: str) -> None:
    """Judge the county's series because somebody asked for it."""
    _run([area], at)


@every("5 22 * * *")
def detect_daily(*, at: datetime) -> None:
    """Judge the series wherever somebody works, each morning (22:05 UTC is 06:05 in China)."""
    _run(set(User.objects.people().values_list("area_id", flat=True)), at)


def _tell(alert_id: int, kind: str, at: datetime) -> None:
    alert = Alert.objects.select_related("area", "disease").get(pk=alert_id)
    did = {"alert_closed": alert.closed_by, "alert_raised": None, "alert_rose": None}
    by = did.get(kind, alert.decided_by) or User.objects.system()
    tell_of(alert=alert, kind=kind, by=by, at=at)


@hears("alert_raised")
def tell_raised(*, at: datetime, alert_id: int) -> None:
    """Tell people that there is a new alert."""
    _tell(alert_id, "alert_raised", at)


@hears("alert_rose")
def tell_rose(*, at: datetime, alert_id: int) -> None:
    """Tell people that an alert rose to a higher level."""
    _tell(alert_id, "alert_rose", at)


@hears("alert_verified")
def tell_verified(*, at: datetime, alert_id: int) -> None:
    """Tell people that an alert is real."""
    _tell(alert_id, "alert_verified", at)


@hears("alert_dismissed")
def tell_dismissed(*, at: datetime, alert_id: int) -> None:
    """Tell people that an alert is none."""
    _tell(alert_id, "alert_dismissed", at)


@hears("alert_closed")
def tell_closed(*, at: datetime, alert_id: int, verdict: str) -> None:
    """Tell people that an alert was closed."""
    _tell(alert_id, "alert_closed", at)


@every("20 0 * * 1")
def draft_weekly(*, at: datetime) -> None:
    """Draft the week that is over, each Monday (00:20 UTC is 08:20 in China)."""
    analyses.draft_due(kind="weekly", by=User.objects.system(), at=at)


@every("40 0 1 * *")
def draft_monthly(*, at: datetime) -> None:
    """Draft the month that is over, on the first of the next (00:40 UTC is 08:40 in China)."""
    analyses.draft_due(kind="monthly", by=User.objects.system(), at=at)


@hears("analysis_asked")
def draft_when_asked(
    *, at: datetime, area: str, kind: str, starts_on: str, by: int, version: int
) -> None:
    """Draft an analysis because somebody asked for it."""
    analyses.draft(
        area=Area.objects.get(pk=area),
        span=around(kind, date.fromisoformat(starts_on)),
        by=User.objects.get(pk=by),
        at=at,
        version=version,
    )
