"""Filling in a report card: the form, and the answers it gets while somebody types."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused
from pingji.ground.record.actions import saw
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.forms import ReportCardForm, typed_of
from pingji.monitor.surveillance.models import CaseReport, Disease
from pingji.monitor.surveillance.queries.card_checks import (
    facts_of,
    known_person,
    unsaved,
)
from pingji.monitor.surveillance.queries.card_form import suggestions
from pingji.monitor.surveillance.queries.card_versions import changed_since
from pingji.monitor.surveillance.queries.duplicates import hint, possible_duplicates
from pingji.monitor.surveillance.rules import card_moves

State = CaseReport.State


@never_cache
@login_required
def new_card(request: HttpRequest) -> HttpResponse:
    """An empty card; after sending, the next empty card."""
    card_moves.check_can_write(request.user)
    now = timezone.now()
    if request.method == "POST":
        form = ReportCardForm(request.POST, user=request.user, at=now)
        if kept := _kept(request, form, None):
            return _after(request, kept)
        return _page(request, form, None, status=422)
    start = {
        "mark": f"{timezone.localdate(now):%y%m%d}-{secrets.token_hex(4)}",
        "patient": CaseReport.Patient.COUNTY,
        "doctor": request.user.display_name,
        "diagnosed_at": f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
    }
    return _page(request, ReportCardForm(initial=start, user=request.user, at=now), None)


@never_cache
@login_required
def edit_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """A draft to complete, a returned card to mend, a sent card to correct."""
    card = get_object_or_404(CaseReport.objects.visible_to(request.user), pk=card_id)
    card_moves.check_can_edit(request.user, card)
    now = timezone.now()
    if request.method == "POST":
        form = ReportCardForm(request.POST, user=request.user, at=now, card=card)
        if kept := _kept(request, form, card):
            return _after(request, kept)
        return _page(request, form, card, status=409 if "version" in form.errors else 422)
    saw(card, by=request.user, at=now, why=_("Report card opened for change"))
    start = typed_of(facts_of(card)) | {"version": card.version, "severe": card.severe}
    return _page(request, ReportCardForm(initial=start, user=request.user, at=now, card=card), card)


def _kept(request: HttpRequest, form: ReportCardForm, card: CaseReport | None) -> Any:
    """The card as it was kept; None where the form has to be shown again."""
    draft = request.POST.get("do") == "draft"
    if not form.judge(draft=draft):
        return None
    confirmed = form.cleaned_data["confirmed"].strip()
    given = {"facts": form.facts, "by": request.user, "at": timezone.now(), "card": card}
    version = form.cleaned_data["version"]
    correcting = card is not None and card.state not in {State.DRAFT, State.RETURNED}
    try:
        if correcting:
            reason = form.cleaned_data["correction"]
            return actions.correct_card(
                **given, version=version, reason=reason, confirmed=confirmed
            )
        given |= {"key": form.cleaned_data["mark"], "version": version}
        if draft:
            return actions.save_draft(**given)
        return actions.send_card(**given, confirmed=confirmed)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return None


def _after(request: HttpRequest, card: CaseReport) -> HttpResponse:
    """On to the next card after sending a new one; else back to the card."""
    words = {"key": card.key, "disease": card.disease.label}
    if card.state == State.DRAFT:
        messages.success(request, _("Draft kept: %(disease)s, card %(key)s.") % words)
        return redirect("surveillance:work")
    messages.success(request, _("Sent: %(disease)s, card %(key)s.") % words)
    if request.resolver_match and request.resolver_match.url_name == "new_card":
        return redirect("surveillance:new_card")
    return redirect("surveillance:card", card.pk)


def _page(
    request: HttpRequest, form: ReportCardForm, card: CaseReport | None, status: int = 200
) -> HttpResponse:
    changed = []
    if card is not None and "version" in form.errors:
        card.refresh_from_db()
        opened = form.data.get("version", "")
        changed = changed_since(card, int(opened) if opened.isdigit() else 0, clear=True)
    context = {
        "form": form,
        "card": card,
        "changed": changed,
        "correcting": card is not None and card.state not in {State.DRAFT, State.RETURNED},
        "new": card is None,
        "look_url": reverse("surveillance:look"),
    }
    return render(request, "surveillance/card_form.html", context, status=status)


@require_POST
@login_required
def look(request: HttpRequest) -> HttpResponse:
    """What is to be said of a card as far as it is typed: errors, oddities, who reported it before.

    Nothing of another organisation's patient is told but who reported the case, and when.
    """
    card_moves.check_can_write(request.user)
    number = request.POST.get("card", "")
    card = None
    if number.isdigit():
        card = CaseReport.objects.visible_to(request.user).filter(pk=int(number)).first()
    form = ReportCardForm(request.POST, user=request.user, at=timezone.now(), card=card)
    form.judge(draft=True)
    said = _reported(request, form) if card is None else ""
    return JsonResponse(
        {
            "errors": {name: str(errors[0]) for name, errors in form.errors.items()},
            "values": form.normal(),
            "reported": said,
        }
    )


def _reported(request: HttpRequest, form: ReportCardForm) -> str:
    """Who may have reported this case, asked once there is a disease and a person; on record."""
    facts = form.facts
    if not (facts.get("disease") and (facts.get("identity_number") or facts.get("name"))):
        return ""
    disease = Disease.objects.get(pk=facts["disease"])
    found = possible_duplicates(unsaved(facts, disease, on=form.now.date()))
    others = [one.card for one in found if one.card.organisation_id != request.user.organisation_id]
    if others:
        why = _("Hint that a case may be reported already")
        saw(others[:1], by=request.user, at=timezone.now(), why=why)
    return hint(found, request.user)


@require_POST
@never_cache
@login_required
def person(request: HttpRequest) -> HttpResponse:
    """What the register knows of the bearer of a whole identity number; every look is on record."""
    card_moves.check_can_write(request.user)
    card_moves.check_can_see_person(request.user)
    now = timezone.now()
    try:
        found = known_person(
            request.POST.get("identity_number", ""), request.user, timezone.localdate(now)
        )
    except Refused:  # the form itself says what is wrong with the number
        return JsonResponse({"values": {}})
    resident = found.pop("resident") if found else None
    # On record also when nobody was found: guessing numbers must not go unseen.
    saw(
        [resident] if resident else [],
        by=request.user,
        at=now,
        why=_("Looked up while filling in a report card"),
    )
    return JsonResponse({"values": found or {}})


@login_required
def suggest(request: HttpRequest) -> HttpResponse:
    """What may be meant by what somebody began to type in one field of the card."""
    card_moves.check_can_write(request.user)
    found = suggestions(
        request.GET.get("what", ""),
        request.GET.get("q", "")[:80],
        request.user,
        timezone.localdate(),
    )
    rows = [{"value": one.value, "label": one.label, "note": one.note} for one in found]
    return JsonResponse({"rows": rows})
