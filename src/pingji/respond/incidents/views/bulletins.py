"""Public bulletins on screen: draft, edit, have them reviewed, release."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused, answered, may
from pingji.ground.notices.queries import proof
from pingji.ground.record.queries import lines_about
from pingji.ground.standards.queries import deadlines_of
from pingji.respond.incidents.actions import bulletins as actions
from pingji.respond.incidents.forms.consultations import WhyForm
from pingji.respond.incidents.forms.reports import AgainForm, BulletinForm, SeenForm
from pingji.respond.incidents.models import PublicBulletin
from pingji.respond.incidents.queries.reporting import sits_in_press_group, under_way
from pingji.respond.incidents.rules import bulletins as rules
from pingji.respond.incidents.rules import check_can_view
from pingji.respond.incidents.views.errors import errors_of
from pingji.respond.incidents.views.frame import incident_of
from pingji.respond.incidents.views.reports import report_list

ROWS_A_PAGE = 50
State = PublicBulletin.State


@login_required
def bulletins(request: HttpRequest) -> HttpResponse:
    """What the public was told, and what waits for the press group."""
    check_can_view(request.user)
    found = PublicBulletin.objects.visible_to(request.user).exclude(state=State.DROPPED)
    waiting = found.filter(state=State.REVIEW)
    shown = request.GET.get("show", "review" if waiting.exists() else "all")
    rows = (waiting if shown == "review" else found).select_related("incident", "released_by")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "shown": shown, "waiting": waiting.count(), "all": found.count()}
    return render(request, "incidents/bulletin/list.html", context)


@require_POST
@login_required
def draft_bulletin(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Draft what the public is told."""
    incident = incident_of(request, incident_id)
    try:
        made = actions.draft_bulletin(incident=incident, by=request.user, at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return report_list(request, incident, status=409)
    return redirect(made)


@login_required
def bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """One bulletin: its words in both languages, and what is to be done with it."""
    return _page(request, _seen(request, public_bulletin_id))


@require_POST
@login_required
def write_bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """Take other words."""
    form = BulletinForm(request.POST)
    return _try(request, public_bulletin_id, actions.write_bulletin, written=form)


@require_POST
@login_required
def submit_bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """Hand a draft to the press group."""
    return _try(request, public_bulletin_id, actions.submit_bulletin, step=forms.Form(request.POST))


@require_POST
@login_required
def return_bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """Send a bulletin back."""
    form = WhyForm(request.POST, auto_id="return_%s")
    return _try(request, public_bulletin_id, actions.return_bulletin, return_form=form)


@require_POST
@login_required
def release_bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """Release a bulletin."""
    form = SeenForm(request.POST)
    return _try(request, public_bulletin_id, actions.release_bulletin, release_form=form)


@require_POST
@login_required
def withdraw_bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """Withdraw a released bulletin."""
    form = WhyForm(request.POST, auto_id="withdraw_%s")
    return _try(request, public_bulletin_id, actions.withdraw_bulletin, withdraw_form=form)


@require_POST
@login_required
def drop_bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """Give a draft up."""
    form = WhyForm(request.POST, auto_id="drop_%s")
    return _try(request, public_bulletin_id, actions.drop_bulletin, drop_form=form)


@require_POST
@login_required
def correct_bulletin(request: HttpRequest, public_bulletin_id: int) -> HttpResponse:
    """Draft a new version of a released bulletin."""
    form = AgainForm(request.POST)
    return _try(request, public_bulletin_id, actions.correct_bulletin, again_form=form)


def _seen(request: HttpRequest, public_bulletin_id: int) -> PublicBulletin:
    check_can_view(request.user)
    rows = PublicBulletin.objects.visible_to(request.user).select_related(
        "area", "incident", "drafted_by", "submitted_by", "released_by", "withdrawn_by", "previous"
    )
    return get_object_or_404(rows, pk=public_bulletin_id)


def _try(
    request: HttpRequest, public_bulletin_id: int, work: Callable[..., object], **named: forms.Form
) -> HttpResponse:
    """Try the action with what was typed; show the page again with the refusal if any."""
    one = _seen(request, public_bulletin_id)
    ((name, form),) = named.items()
    fixed = {"bulletin": one, "by": request.user, "at": timezone.now()}
    made = answered(form, lambda: work(**fixed, **form.cleaned_data))
    if made is not None:
        return redirect(made)  # type: ignore[arg-type] # every action gives the bulletin back
    return _page(request, _seen(request, public_bulletin_id), **{name: form})


def _page(request: HttpRequest, one: PublicBulletin, **shown: forms.Form) -> HttpResponse:
    user = request.user
    in_group = sits_in_press_group(user, one.incident)

    def allowed(check: Callable[..., object]) -> bool:
        def asked() -> None:
            check(user, one, in_group=in_group)

        return may(asked)

    context: dict[str, Any] = {
        "bulletin": one,
        "incident": one.incident,
        "versions": one.incident.bulletins.filter(number=one.number)
        .exclude(state=State.DROPPED)
        .order_by("-version"),
        "clocks": deadlines_of(one),
        "may_submit": may(rules.check_can_submit_bulletin, user, one),
        "may_release": allowed(rules.check_can_release),
        "proof": proof(one, user),
        "lines": lines_about(one),
    }
    if may(rules.check_can_edit_bulletin, user, one):
        context["written"] = BulletinForm(
            initial={
                "seen": one.wording,
                "title": one.title,
                "title_en": one.title_en,
                "body": one.body,
                "body_en": one.body_en,
            }
        )
    if allowed(rules.check_can_answer_bulletin):
        context["return_form"] = WhyForm(auto_id="return_%s")
    if allowed(rules.check_can_withdraw_bulletin):
        context["withdraw_form"] = WhyForm(auto_id="withdraw_%s")
    if may(rules.check_can_drop_bulletin, user, one):
        context["drop_form"] = WhyForm(auto_id="drop_%s")
    if may(rules.check_can_correct_bulletin, user, one, under_way(one.incident), "-"):
        context["again_form"] = AgainForm()
    context |= shown
    context["refusals"] = errors_of(shown.values())
    status = 409 if context["refusals"] else 200
    return render(request, "incidents/bulletin/page.html", context, status=status)
