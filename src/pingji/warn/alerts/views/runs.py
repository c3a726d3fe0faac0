"""Detection runs on screen: what each judged, what it could not, and whether it can be repeated."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import answered, may
from pingji.warn.alerts import actions, queries, rules
from pingji.warn.alerts.forms import LookBackForm
from pingji.warn.alerts.models import DetectionRun

ROWS_A_PAGE = 50
SIGNS_SHOWN = 100


def _list(request: HttpRequest, form: LookBackForm, status: int = 200) -> HttpResponse:
    found = DetectionRun.objects.visible_to(request.user).select_related("area")
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    for run in page:
        run.reasons = queries.reasons_in_words(run.not_judged)
        run.last_repeat = run.repeats[-1] if run.repeats else None
    context = {"page": page, "form": form, "may_run": may(rules.check_can_run, request.user)}
    return render(request, "alerts/runs.html", context, status=status)


@login_required
def runs(request: HttpRequest) -> HttpResponse:
    """What the detectors judged and what they could not."""
    rules.check_can_view(request.user)
    return _list(request, LookBackForm())


@login_required
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: what each source looked at and found, and how it was repeated."""
    rules.check_can_view(request.user)
    found = DetectionRun.objects.visible_to(request.user).select_related("area")
    shown = get_object_or_404(found, pk=run_id)
    signs = shown.signs.visible_to(request.user).select_related("area", "disease", "alert")
    first = list(signs[:SIGNS_SHOWN])
    for sign in first:
        sign.words = queries.sign_in_words(sign)
        sign.name = queries.NAMES[sign.method]
    repeats = [one | {"when": parse_datetime(one["at"])} for one in reversed(shown.repeats)]
    return render(
        request,
        "alerts/run.html",
        {
            "run": shown,
            "steps": queries.steps_in_words(shown),
            "signs": first,
            "sign_count": signs.count(),
            "repeats": repeats,
            "may_repeat": may(rules.check_can_repeat, request.user, shown),
        },
    )


@require_POST
@login_required
def start_run(request: HttpRequest) -> HttpResponse:
    """Have the reader's county judged now; the page shows by itself what comes of it."""
    actions.ask_for_detection(by=request.user, at=timezone.now())
    messages.info(request, _("The detectors are at work; what they find appears here by itself."))
    return redirect("alerts:list")


@require_POST
@login_required
def look_back(request: HttpRequest) -> HttpResponse:
    """Have the reader's counties judged as of a past day."""
    rules.check_can_view(request.user)
    form = LookBackForm(request.POST)

    def act() -> object:
        return actions.ask_to_look_back(by=request.user, at=timezone.now(), **form.cleaned_data)

    if answered(form, act):
        messages.info(request, _("The detectors look back; the run appears here by itself."))
        return redirect("alerts:runs")
    return _list(request, form, status=409)


@require_POST
@login_required
def repeat_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Have a run made again as of its moment."""
    rules.check_can_view(request.user)
    shown = get_object_or_404(DetectionRun.objects.visible_to(request.user), pk=run_id)
    actions.ask_to_repeat(run=shown, by=request.user, at=timezone.now())
    messages.info(request, _("The run is made again; the comparison appears here by itself."))
    return redirect("alerts:run", shown.pk)
