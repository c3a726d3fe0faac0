"""The grade of an event: what the rules make of it, and what a person decides."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms.grades import BEFORE, FiguresForm, GradeForm
from pingji.respond.incidents.models import Grade, Grading, Incident
from pingji.respond.incidents.queries import gradings
from pingji.respond.incidents.rules.gradings import Value
from pingji.respond.incidents.views.errors import show_errors
from pingji.respond.incidents.views.frame import frame, incident_of


@login_required
def grading(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What the rules make of an event, with what the reader knows beside the reports."""
    incident = incident_of(request, incident_id)
    said, form = _figures(request, incident, request.GET)
    context = _page(request, incident, said, form, GradeForm())
    # What was entered stays when the page asks again because something changed.
    context["here"] = request.get_full_path()
    return render(request, "incidents/grading.html", context)


@require_POST
@login_required
def grade(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Confirm the grade of the rules, or give another one."""
    incident = incident_of(request, incident_id)
    said, figures = _figures(request, incident, request.POST)
    if request.POST.get("work_out"):  # only shown, nothing is decided
        entered = {key: value for key, value in request.POST.items() if key.startswith(BEFORE)}
        return redirect(f"{reverse('incidents:grading', args=[incident.pk])}?{urlencode(entered)}")
    form = GradeForm(request.POST)
    if form.is_valid() and figures.is_valid():
        try:
            actions.grade_incident(
                incident=incident,
                figures=said,
                by=request.user,
                at=timezone.now(),
                **form.cleaned_data,
            )
            return redirect("incidents:grading", incident.pk)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
        show_errors(request, figures)
    incident = incident_of(request, incident_id)
    context = _page(request, incident, said, figures, form)
    return render(request, "incidents/grading.html", context, status=409)


def _figures(
    request: HttpRequest, incident: Incident, given: object
) -> tuple[dict[str, Value], FiguresForm]:
    """What was entered now, else what was entered when the grade was last decided."""
    now = timezone.now()
    asked = gradings.grading(incident, at=now, said={}).figures
    entered = any(name.startswith(BEFORE) for name in given)  # type: ignore[attr-defined]
    if entered:
        form = FiguresForm(given, figures=asked)  # type: ignore[misc]
        return (form.said() if form.is_valid() else {}), form
    last: Grading | None = incident.gradings.first()
    kept = {
        one["key"]: one["value"]
        for one in (last.figures if last else [])
        if one["origin"] == "person"
    }
    words = {True: "yes", False: "no"}
    initial = {
        BEFORE + key: words[value] if isinstance(value, bool) else f"{value:g}"
        for key, value in kept.items()
    }
    form = FiguresForm(initial or {}, figures=asked)
    form.is_valid()
    return kept, form


def _page(
    request: HttpRequest,
    incident: Incident,
    said: dict[str, Value],
    form: FiguresForm,
    grade_form: GradeForm,
) -> dict[str, object]:
    now = timezone.now()
    found = gradings.grading(incident, at=now, said=said)
    if not grade_form.is_bound:
        grade_form = GradeForm(initial={"grade": found.judged.grade})
    return frame(incident, "grading") | {
        "found": found,
        "suggested": Grade(found.judged.grade),
        "edges": gradings.edges_in_words(found.edges, found.labels),
        # The rules on the level of a week ask of the classes of the law.
        "classless": incident.disease is not None
        and gradings.legal_class(incident, timezone.localdate(now)) is None,
        "figures_form": form,
        "grade_form": grade_form,
        "decisions": gradings.history(incident, found.labels),
        "may_manage": may(rules.check_can_manage, request.user, incident),
    }
