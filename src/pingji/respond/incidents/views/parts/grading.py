"""The grade and the form for another one."""

from pingji.ground.directory.models import User
from pingji.respond.incidents.forms import GradeForm
from pingji.respond.incidents.models import Incident


def shown(user: User, incident: Incident) -> dict[str, object]:
    """The form for another grade."""
    return {"grade_form": GradeForm(initial={"grade": incident.grade})}
