"""How the detectors did, and what another setting would have done."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused
from pingji.ground.directory.models import Permission
from pingji.warn.alerts import actions, queries, rules
from pingji.warn.alerts.forms import ApplyForm, TrialForm
from pingji.warn.alerts.queries import tuning as counted


@login_required
def tuning(request: HttpRequest) -> HttpResponse:
    """Each detector's alerts and verdicts; asked for, what another setting would have raised."""
    rules.check_can_view(request.user)
    form = TrialForm(request.GET or None)
    return render(request, "alerts/tuning.html", _page(request, form))


@require_POST
@login_required
def apply_setting(request: HttpRequest) -> HttpResponse:
    """Let another setting hold from today on."""
    rules.check_can_view(request.user)
    form = ApplyForm(request.POST)
    if form.is_valid():
        try:
            actions.apply_setting(by=request.user, at=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The change is saved."))
            return redirect("alerts:tuning")
    return render(request, "alerts/tuning.html", _page(request, form), status=409)


def _page(request: HttpRequest, form: TrialForm) -> dict[str, object]:
    now = timezone.now()
    area = request.user.area_id
    settings = queries.settings_for(area, on=timezone.localdate(now))
    since = timezone.localdate(now) - counted.YEAR * settings.number("tuning.years")
    rows = counted.records(request.user, since=since)
    named = [(row, queries.NAMES[row.method]) for row in rows]
    context: dict[str, object] = {"rows": named, "since": since, "form": form}
    context["may_apply"] = request.user.holds(Permission.CATALOGUE_EDIT)
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data
        context["trial"] = counted.try_setting(
            area=area,
            disease=chosen["disease"].pk,
            channel=chosen["channel"],
            method=chosen["method"],
            value=chosen["value"],
            settings=settings,
            at=now,
        )
        context["chosen"] = chosen | {"name": queries.NAMES[chosen["method"]]}
    return context
