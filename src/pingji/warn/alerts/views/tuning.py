"""How the detectors did, and what another setting would have done."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import answered
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.queries import KEPT_HERE
from pingji.monitor.surveillance.queries.detectors import (
    METHODS,
    method_in_words,
    options_in_words,
)
from pingji.warn.alerts import actions, queries, rules
from pingji.warn.alerts.forms import ApplyForm, TrialForm
from pingji.warn.alerts.models import SettingTrial
from pingji.warn.alerts.queries import tuning as counted
from pingji.warn.alerts.queries.settings import Settings

CHOSEN = ("disease", "channel", "method")
TRIALS_SHOWN = 8


@login_required
def tuning(request: HttpRequest) -> HttpResponse:
    """Each detector's alerts and verdicts; beside, what another setting would have raised."""
    rules.check_can_view(request.user)
    number = request.GET.get("trial", "")
    trial = None
    if number.isdecimal():
        trials = SettingTrial.objects.visible_to(request.user).select_related("disease", "asked_by")
        trial = get_object_or_404(trials, pk=number)
    return _page(request, None, trial)


@require_POST
@login_required
def try_setting(request: HttpRequest) -> HttpResponse:
    """Have a setting tried on the last years; the page shows by itself what comes of it."""
    rules.check_can_view(request.user)
    form = TrialForm(request.POST)
    who = {"by": request.user, "at": timezone.now()}
    trial = answered(form, lambda: actions.ask_for_trial(**form.chosen(), **who))
    if trial is None:
        return _page(request, form, None, status=409)
    return redirect(f"{reverse('alerts:tuning')}?trial={trial.pk}#trial")


@require_POST
@login_required
def apply_setting(request: HttpRequest) -> HttpResponse:
    """Let another setting hold from today on."""
    rules.check_can_view(request.user)
    form = ApplyForm(request.POST)
    who = {"by": request.user, "at": timezone.now()}
    answered(form, lambda: actions.apply_setting(**form.chosen(), **who))
    if form.errors:
        return _page(request, form, None, status=409)
    messages.success(request, _("The change is saved."))
    return redirect("alerts:tuning")


def _page(
    request: HttpRequest, form: TrialForm | None, trial: SettingTrial | None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    settings = queries.settings_for(request.user.area_id, on=now)
    since = counted.since(settings, now)
    rows = counted.records(request.user, since=since)
    lately = SettingTrial.objects.visible_to(request.user).select_related("disease")
    context: dict[str, object] = {
        "rows": [(row, queries.NAMES[row.method], _to_try(row)) for row in rows],
        "since": since,
        "form": form or _form_for(request, trial, settings),
        "trial": trial,
        "lately": [_named(one) for one in lately[:TRIALS_SHOWN]],
        "may_apply": request.user.holds(Permission.CATALOGUE_EDIT),
    }
    if trial is not None:
        context |= _shown(trial, request.user, settings)
    return render(request, "alerts/tuning.html", context, status=status)


def _to_try(row: counted.Record) -> str:
    """Where another setting of a detector is tried; "" for rules and what has nothing to set."""
    if row.method not in METHODS or row.channel not in KEPT_HERE:
        return ""
    chosen = {"disease": row.disease.pk, "channel": row.channel.value, "method": row.method}
    return f"{reverse('alerts:tuning')}?{urlencode(chosen)}#try"


def _form_for(request: HttpRequest, trial: SettingTrial | None, settings: Settings) -> TrialForm:
    """The form as it begins: what was tried last or chosen here, with the setting in force."""
    if trial is not None:
        chosen = {"disease": trial.disease_id, "channel": trial.channel, "method": trial.method}
        return TrialForm(initial=chosen | trial.options)
    chosen = {name: request.GET[name] for name in CHOSEN if request.GET.get(name)}
    if chosen.get("method", TrialForm.base_fields["method"].initial) not in METHODS:
        del chosen["method"]
    begun = TrialForm(initial=chosen)
    method, disease, channel = (begun[name].value() for name in ("method", "disease", "channel"))
    held = counted.in_force(settings, method, disease or "", channel) or {}
    return TrialForm(initial=chosen | dict(held))


def _named(trial: SettingTrial) -> SettingTrial:
    """A trial with its method and setting in words."""
    trial.name = method_in_words(trial.method)  # type: ignore[attr-defined]
    trial.said = options_in_words(trial.method, trial.options)  # type: ignore[attr-defined]
    return trial


def _shown(trial: SettingTrial, reader: User, settings: Settings) -> dict[str, Any]:
    """A trial as the page shows it: each figure with the setting in force and as tried."""
    _named(trial)
    shown: dict[str, Any] = {"result": trial.result}
    if trial.state != SettingTrial.State.DONE:
        return shown
    now, then = trial.result["now"], trial.result["then"]
    held = now["options"]
    shown["held"] = None if held is None else options_in_words(trial.method, held)
    shown["parts"] = [
        (_("All methods together"), now["together"], then["together"]),
        (_("This method alone"), now["alone"], then["alone"]),
    ]
    # It holds where this person works; what was tried elsewhere is to be tried here first.
    shown["tried_here"] = trial.area_id == reader.area_id
    shown["days"] = settings.repeat_after_days
    return shown
