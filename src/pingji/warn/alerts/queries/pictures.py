"""Pictures of an alert: the townships around it, and the ages of who fell ill."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS, Area, Organisation, User
from pingji.monitor.surveillance.models import CaseReport, Period
from pingji.monitor.surveillance.queries import pictures, tallies, with_parts
from pingji.warn.alerts.models import Alert

PLACES_SHOWN = 6
# The last day of a period that begins on a day.
LAST_DAY = {Period.DAY: timedelta(0), Period.WEEK: timedelta(days=6)}


def last_day(alert: Alert) -> date:
    """The last day that the alert's latest period holds."""
    if alert.period == Period.MONTH:
        return (alert.ends_on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(1)
    return alert.ends_on + LAST_DAY[Period(alert.period)]


def cases_of(alert: Alert, reader: User) -> QuerySet[CaseReport]:
    """The counted cases behind an alert: of its illness and its parts, in its area and days."""
    return (
        CaseReport.objects.visible_to(reader)
        .counted()
        .filter(
            disease__in=with_parts(alert.disease_id),
            area__code__startswith=alert.area_id,
            onset_on__range=(alert.starts_on, last_day(alert)),
        )
    )


def line_list(alert: Alert) -> str:
    """The address of the line list of these cases."""
    return pictures.rows_address(
        {"disease": alert.disease_id, "area": alert.area_id},
        onset_from=alert.starts_on.isoformat(),
        onset_to=last_day(alert).isoformat(),
    )


def by_township(alert: Alert, reader: User) -> list[pictures.TownshipFigure]:
    """Figures of the alert's illness, channel and days, in every township of its county in sight."""
    county = alert.area_id[:COUNTY_DIGITS]
    asked = tallies.Asked(
        channel=alert.channel,
        area=county,
        disease=alert.disease_id,
        since=alert.starts_on,
        until=last_day(alert),
    )
    counted = tallies.totals(asked, level=TOWNSHIP_DIGITS)
    townships = Area.objects.visible_to(reader).under(county).of_level("township")
    return [
        pictures.TownshipFigure(
            area,
            counted.get((alert.disease_id, area.code), 0),
            None,
            area.get_absolute_url(),
        )
        for area in townships
    ]


def alert_map(alert: Alert, reader: User) -> dict[str, Any]:
    """The alert on the map, as the map component takes it."""
    title = _("%(disease)s by township, %(since)s to %(until)s") % {
        "disease": alert.disease.label,
        "since": alert.starts_on.isoformat(),
        "until": last_day(alert).isoformat(),
    }
    drawn = pictures.township_map(by_township(alert, reader), rate=False, title=title)
    place = alert.area
    if place.longitude is None and len(place.code) > TOWNSHIP_DIGITS:
        place = Area.objects.filter(pk=place.code[:TOWNSHIP_DIGITS]).first() or place
    if place.longitude is not None:
        drawn["points"] = [
            {
                "lon": place.longitude,
                "lat": place.latitude,
                "kind": "alert",
                "name": alert.area.label,
                "words": _("this alert: %(state)s") % {"state": alert.get_state_display()},
                "url": alert.get_absolute_url(),
            }
        ]
        drawn["legend"].append({"symbol": "alert", "words": _("this alert")})
    return drawn


def ages(alert: Alert, cases: QuerySet[CaseReport]) -> dict[str, Any]:
    """Who fell ill by age and sex, as a pyramid whose bars open the line list."""
    window = pictures.Window("onset", "day", alert.starts_on, last_day(alert))
    return pictures.age_groups(
        cases, window, query={"disease": alert.disease_id, "area": alert.area_id}
    )


def institutions(cases: QuerySet[CaseReport]) -> list[tuple[str, int]]:
    """Where those who fell ill learn, work or lie; the most cases first."""
    rows = list(
        cases.order_by()
        .values_list("institution", "workplace", "school_class")
        .annotate(n=Count("pk"))
    )
    known = Organisation.objects.in_bulk({row[0] for row in rows if row[0]})
    found: Counter[str] = Counter()
    for institution, workplace, school_class, number in rows:
        name = known[institution].label if institution else workplace
        if name:
            found[f"{name} {school_class}".strip()] += number
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))[:PLACES_SHOWN]
