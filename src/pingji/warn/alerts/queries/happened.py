"""What has happened to an alert, as its page tells it."""

from pingji.ground.directory.models import User
from pingji.ground.record.models import Line
from pingji.ground.record.queries import lines_about
from pingji.warn.alerts.models import Alert


def what_happened(alert: Alert) -> list[Line]:
    """Everything on record about an alert, the newest first; of a change of owner from whom to whom."""
    lines = lines_about(alert)
    told = {name for line in lines for name in _owners(line)}
    people = {one.username: one.display_name for one in User.objects.filter(username__in=told)}
    for line in lines:
        line.owners = [people.get(name, name) for name in _owners(line)]  # type: ignore[attr-defined]
    return lines


def _owners(line: Line) -> list[str]:
    """Who owned the alert before and who owns it now, where a line says so."""
    if "to" not in line.details:
        return []
    return [name for name in (line.details.get("before"), line.details["to"]) if name]
