"""Notices that people say they have read."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.ground.notices.actions import acknowledge as say_read
from pingji.ground.notices.models import Delivery


def acknowledge(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Say that one has read a notice and will act on it."""
    row = Delivery.objects.select_related("receiver", "notice").get(pk=due.subject)
    if row.state == Delivery.State.ACKNOWLEDGED or row.receiver is None:
        return None
    by = row.receiver
    say_read(delivery=row, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s acknowledged the notice “%(notice)s”.") % {"who": by, "notice": row.notice}
        )
    )


HANDLERS = {"notice.acknowledge": acknowledge}
