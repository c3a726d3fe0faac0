"""One more order for an incident."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from pingji.respond.incidents import actions
from pingji.respond.incidents.forms import (
    OrderForm,
)
from pingji.respond.incidents.views.frame import act
from pingji.respond.incidents.views.parts import overview

ORDER_STANDARD = "order.complete"


@require_POST
@login_required
def issue(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Issue one more order."""

    def work(**given: object) -> None:
        actions.issue_order(standard=ORDER_STANDARD, **given)  # type: ignore[arg-type]

    return act(request, incident_id, OrderForm(request.POST, user=request.user), work, overview)
