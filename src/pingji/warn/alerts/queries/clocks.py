"""The clocks that run on alerts."""

from collections.abc import Iterable

from pingji.ground.standards.models import Deadline
from pingji.warn.alerts.models import Alert


def verify_clocks(alerts: Iterable[Alert]) -> dict[int, Deadline]:
    """The verification deadline of each alert, in one query."""
    keys = [str(alert.pk) for alert in alerts]
    found = Deadline.objects.filter(
        key="alert.verify", subject_type=Alert._meta.label_lower, subject_id__in=keys
    )
    return {int(deadline.subject_id): deadline for deadline in found}
