"""What belongs to an alert: its clocks, its evidence."""

from collections.abc import Iterable

from pingji.ground.standards.models import Deadline
from pingji.warn.alerts.models import Alert, Evidence


def verify_clocks(alerts: Iterable[Alert]) -> dict[int, Deadline]:
    """The verification deadline of each alert, in one query."""
    keys = [str(alert.pk) for alert in alerts]
    found = Deadline.objects.filter(
        key="alert.verify", subject_type=Alert._meta.label_lower, subject_id__in=keys
    )
    return {int(deadline.subject_id): deadline for deadline in found}


def latest_evidence(alert: Alert) -> list[Evidence]:
    """What each method saw in the alert's latest period, as the latest run knew it."""
    seen = list(alert.evidence.filter(starts_on=alert.ends_on).select_related("run"))
    latest = max((row.run.as_of for row in seen), default=None)
    return [row for row in seen if row.run.as_of == latest]
