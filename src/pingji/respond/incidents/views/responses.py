"""Responses by area on screen: start, raise or lower, end, and their notices as files."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from pingji.ground import Refused, in_chinese, may
from pingji.ground.directory.models import Area
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms.responses import ChangeForm, DecisionForm, StartForm
from pingji.respond.incidents.models import Grade, Incident, Response, ResponseChange
from pingji.respond.incidents.models.papers import Paper
from pingji.respond.incidents.queries import responses as queries
from pingji.respond.incidents.views.frame import frame, incident_of


@login_required
def responses(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Which level of response holds where, who decided it, and its notices."""
    incident = incident_of(request, incident_id)
    context = frame(incident, "responses") | {
        "responses": queries.responses(incident),
        "authorities": queries.authorities(incident.area, timezone.localdate()).items(),
        "may_manage": may(rules.check_can_manage, request.user, incident),
    }
    return render(request, "incidents/responses.html", context)


@login_required
def start_response(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Start a response in the county or in a township."""
    incident = incident_of(request, incident_id)
    rules.check_can_manage(request.user, incident)
    known = incident.grade != Grade.UNGRADED
    form = StartForm(
        request.POST or None,
        areas=queries.areas_of(incident, request.user),
        steps=_steps(incident.area, "start"),
        bodies=_bodies(incident.area),
        initial={"area": incident.area_id, "level": incident.grade if known else "IV"},
    )
    return _decide(request, incident, form, actions.start_response, {"incident": incident}, None)


@login_required
def change_response(request: HttpRequest, response_id: int) -> HttpResponse:
    """Raise or lower a response."""
    row = _response(request, response_id)
    form = ChangeForm(
        request.POST or None,
        steps=_steps(row.area, "raise"),
        bodies=_bodies(row.area),
        initial={"level": row.level},
    )
    return _decide(request, row.incident, form, actions.change_response, {"response": row}, row)


@login_required
def end_response(request: HttpRequest, response_id: int) -> HttpResponse:
    """End a response."""
    row = _response(request, response_id)
    form = DecisionForm(
        request.POST or None, steps=_steps(row.area, "end"), bodies=_bodies(row.area)
    )
    context = {"response": row}
    return _decide(request, row.incident, form, actions.end_response, context, row, ends=True)


@login_required
def response_notice(request: HttpRequest, change_id: int, form: str) -> HttpResponse:
    """The notice of a change as a Word or PDF file, in the reader's language."""
    rules.check_can_view(request.user)
    seen = Response.objects.visible_to(request.user)
    change = get_object_or_404(ResponseChange.objects.filter(response__in=seen), pk=change_id)
    if form not in Paper.Form.values:
        raise Http404
    language = Paper.Language.CHINESE if in_chinese() else Paper.Language.ENGLISH
    paper = get_object_or_404(change.documents, form=form, language=language)
    answer = HttpResponse(bytes(paper.content), content_type=Paper.Form(form).content_type)
    name = f"pingji-response-{change.response.area_id}-{change.pk}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _steps(area: Area, kind: str) -> list[tuple[str, str]]:
    return queries.said_steps(queries.steps(area, kind, timezone.localdate()))


def _bodies(area: Area) -> list[tuple[str, str]]:
    return queries.bodies(area, timezone.localdate())


def _response(request: HttpRequest, response_id: int) -> Response:
    rules.check_can_view(request.user)
    rows = Response.objects.visible_to(request.user).select_related("incident__area", "area")
    row = get_object_or_404(rows, pk=response_id)
    rules.check_can_manage(request.user, row.incident)
    return row


def _decide(
    request: HttpRequest,
    incident: Incident,
    form: DecisionForm,
    action: Callable[..., object],
    subject: dict[str, Any],
    response: Response | None,
    *,
    ends: bool = False,
) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            action(**subject, **form.cleaned_data, by=request.user, at=timezone.now())
            return redirect("incidents:responses", incident.pk)
        except Refused as refused:
            refused.shown_on(form)
    area = response.area if response else incident.area
    context = {
        "incident": incident,
        "response": response,
        "ends": ends,
        "form": form,
        "authorities": queries.authorities(area, timezone.localdate()).items(),
    }
    status = 409 if form.is_bound else 200
    return render(request, "incidents/response_decide.html", context, status=status)
