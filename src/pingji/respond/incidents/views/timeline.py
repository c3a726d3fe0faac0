"""Everything that happened in an incident, on one page and as a file."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.timeline import TYPES
from pingji.respond.incidents.forms import TimelineForm
from pingji.respond.incidents.queries.timeline import (
    KINDS,
    Asked,
    Happened,
)
from pingji.respond.incidents.views.frame import frame, incident_of

EVENTS_A_PAGE = 100
NEWEST = "newest"


@login_required
def incident_timeline(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What happened, by kind, organisation and time; the first first, or the newest."""
    incident = incident_of(request, incident_id)
    newest = request.GET.get("order", "") == NEWEST
    everything = Happened(incident, request.user, Asked(), newest=newest)
    form, asked = _asked(request, everything)
    events = everything
    if asked != Asked():
        events = Happened(incident, request.user, asked, newest=newest)
    page = Paginator(events, EVENTS_A_PAGE).get_page(request.GET.get("page"))
    context = frame(incident, "incident_timeline") | {
        "form": form,
        "page": page,
        "rows": [(event, KINDS[event.kind][0]) for event in page],
        "newest": newest,
        "forms": list(TYPES),
        "total": everything.total(),
    }
    return render(request, "incidents/timeline.html", context)


@never_cache
@login_required
def timeline_file(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The same as a file, as it is filtered on the page."""
    incident = incident_of(request, incident_id)
    _form, asked = _asked(request, Happened(incident, request.user, Asked()))
    form = request.GET.get("form", "csv")
    content = actions.fetch_timeline(
        incident=incident, form=form, asked=asked, by=request.user, at=timezone.now()
    )
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="incident-{incident.pk}-timeline.{form}"'
    return answer


def _asked(request: HttpRequest, everything: Happened) -> tuple[TimelineForm, Asked]:
    form = TimelineForm(request.GET, offered=everything.organisations())
    if not form.is_valid():
        return form, Asked()
    return form, Asked(**form.cleaned_data)
