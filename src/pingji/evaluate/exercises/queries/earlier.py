"""How an illness of today stands against earlier years, by as many of them as were reported."""

from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from pingji.ground.directory.models import COUNTY_DIGITS
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import with_parts
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries.gradings import EARLIER, years_before

SIX_DAYS = timedelta(days=6)  # and the day itself: a week


def times_above(incident: Incident, at: datetime) -> float | None:
    """How many times the last week lies above the mean of the same week of the years known.

    The rules of grading want the plan's number of years and say nothing with fewer; a person who
    knows the county answers with those there are.

    Returns:
        None where no earlier year is known, or nothing was reported in any of them.
    """
    if incident.disease_id is None:
        return None
    today = timezone.localdate(at)
    rows = CaseReport.objects.counted().filter(
        disease__in=with_parts(incident.disease_id),
        area__code__startswith=incident.area_id[:COUNTY_DIGITS],
        known_at__lte=at,
    )
    first = rows.aggregate(first=Min("onset_on"))["first"]
    wanted = int(standards.number(incident.area_id, EARLIER, today))
    ends = [years_before(today, back) for back in range(1, wanted + 1)]
    earlier = [
        rows.filter(onset_on__range=(end - SIX_DAYS, end)).count()
        for end in ends
        if first is not None and first <= end - SIX_DAYS
    ]
    mean = sum(earlier) / len(earlier) if earlier else 0.0
    if not mean:
        return None
    week = rows.filter(onset_on__range=(today - SIX_DAYS, today)).count()
    return round((week - mean) / mean, 2)
