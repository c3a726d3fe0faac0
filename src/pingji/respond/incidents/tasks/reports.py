"""Clocks of reports and bulletins follow what becomes of the incident."""

from datetime import datetime

from pingji.ground.directory.models import User
from pingji.ground.record.actions import hears
from pingji.respond.incidents.actions import reports as actions
from pingji.respond.incidents.models import Incident


@hears("incident_opened")
def begin_clocks(*, at: datetime, incident_id: int) -> None:
    """A grave event has a time for its first public bulletin from the start."""
    _keep(incident_id, at)


@hears("incident_graded")
def follow_the_grade(*, at: datetime, incident_id: int) -> None:
    """Another grade may want a report each day."""
    _keep(incident_id, at)


@hears("incident_closed")
def begin_the_closing_report(*, at: datetime, incident_id: int) -> None:
    """When the event is over its closing report is due, and no other report any more."""
    _keep(incident_id, at)


def _keep(incident_id: int, at: datetime) -> None:
    incident = Incident.objects.get(pk=incident_id)
    actions.keep_report_clocks(incident=incident, by=User.objects.system(), at=at)
