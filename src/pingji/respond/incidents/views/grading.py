"""Give another grade."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from pingji.respond.incidents import actions
from pingji.respond.incidents.forms import (
    GradeForm,
)
from pingji.respond.incidents.views.frame import act
from pingji.respond.incidents.views.parts import overview


@require_POST
@login_required
def grade(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Give another grade."""
    return act(request, incident_id, GradeForm(request.POST), actions.grade_incident, overview)
