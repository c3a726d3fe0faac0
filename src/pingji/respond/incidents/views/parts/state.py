"""How the incident stands: its clocks, what happened, and whether it may be closed."""

from django.utils import timezone

from pingji.ground import may
from pingji.ground.directory.models import User
from pingji.ground.record.queries import lines_about
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.queries import deadlines_of
from pingji.respond.incidents import rules
from pingji.respond.incidents.actions.incidents import INITIAL_REPORT
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries.closing import unsettled
from pingji.respond.incidents.rules.reports import check_can_read_reports


def shown(user: User, incident: Incident) -> dict[str, object]:
    """Clocks, record, and who may command."""
    deadlines = list(deadlines_of(incident))
    may_manage = may(rules.check_can_manage, user, incident)
    reads = may(check_can_read_reports, user)
    return {
        "deadlines": deadlines,
        "lines": lines_about(incident),
        "may_manage": may_manage,
        "unsettled": unsettled(incident, timezone.localdate()) if may_manage else [],
        "report_clock": next((d for d in deadlines if _is_due(d)), None) if reads else None,
    }


def _is_due(clock: Deadline) -> bool:
    return clock.key == INITIAL_REPORT and clock.is_open
