"""The steps of a rumour, one form each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.forms import CheckForm, ClosingForm, DraftForm, ReplyForm
from pingji.monitor.opinion.models import Rumour
from pingji.monitor.opinion.rules import stepping
from pingji.monitor.opinion.views.parts import rumours_of, subject

# Form, its name on the page, and what its fields' ids begin with.
NAMES: dict[type[Form], tuple[str, str]] = {
    CheckForm: ("check_form", "check_%s"),
    DraftForm: ("draft_form", "draft_%s"),
    ReplyForm: ("reply_form", "reply_%s"),
    ClosingForm: ("closing_form", "close_%s"),
    Form: ("step_form", "step_%s"),
}


def _take(
    request: HttpRequest, rumour_id: int, kind: type[Form], act: Callable[..., Rumour]
) -> HttpResponse:
    """Take a form; show the rumour again, with the refusal if there is one."""
    stepping.check_can_view(request.user)
    rumour = get_object_or_404(rumours_of(request), pk=rumour_id)
    name, ids = NAMES[kind]
    form: Any = kind(request.POST, auto_id=ids)
    if form.is_valid():
        try:
            act(rumour=rumour, by=request.user, at=timezone.now(), **form.cleaned_data)
            return redirect("opinion:rumour", rumour.pk)
        except Refused as refused:
            refused.shown_on(form)
            rumour = get_object_or_404(rumours_of(request), pk=rumour_id)
    context = subject(request, rumour) | {name: form, "wrong": form}
    return render(request, "opinion/rumour.html", context, status=409)


@require_POST
@login_required
def take(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Begin the check."""
    return _take(request, rumour_id, Form, actions.take)


@require_POST
@login_required
def check(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Take whether it is true."""
    return _take(request, rumour_id, CheckForm, actions.check)


@require_POST
@login_required
def draft_reply(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Keep the draft of the reply."""
    return _take(request, rumour_id, DraftForm, actions.draft_reply)


@require_POST
@login_required
def reply(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Take the reply as it was published."""
    return _take(request, rumour_id, ReplyForm, actions.reply)


@require_POST
@login_required
def close(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Take the reason for closing."""
    return _take(request, rumour_id, ClosingForm, actions.close)


@require_POST
@login_required
def hand_over(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Hand the rumour to the warning desk."""
    answer = _take(request, rumour_id, Form, actions.hand_over)
    if answer.status_code == 302:
        messages.info(request, _("The warning desk has it; the detectors look at the county now."))
    return answer
