"""What people find out about an alert when they ask there: whether the outbreak is behind it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from pingji.evaluate.exercises.models import Exercise, Illness
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import with_parts
from pingji.warn.alerts.models import Alert


@dataclass(frozen=True)
class Truth:
    """What is behind an alert.

    Attributes:
        cases: Reported cases of the simulated outbreak in its area and period.
        places: In how many villages or communities these live.
        real: Whether they make it an outbreak rather than chance.
    """

    cases: int
    places: int
    real: bool


def truth_of(exercise: Exercise, alert: Alert, at: datetime) -> Truth:
    """What asking by telephone brings: patients whose doctors know of each other's.

    Args:
        exercise: The exercise.
        alert: The alert.
        at: When they ask; what was reported later counts nothing.
    """
    reported = Illness.objects.filter(report__isnull=False, reported_at__lte=at)
    rows = CaseReport.objects.counted().filter(
        pk__in=reported.values("report"),
        disease__in=with_parts(alert.disease_id),
        area__code__startswith=alert.area_id,
        onset_on__lte=max(alert.ends_on, timezone.localdate(at)),
    )
    areas = list(rows.values_list("area_id", flat=True))
    above = max(alert.observed - (alert.expected or 0.0), 1.0)
    real = len(areas) >= max(above * conduct_of(exercise.scenario).real_share, 1.0)
    return Truth(cases=len(areas), places=len(set(areas)), real=real)
