"""Two cards side by side: one case, or two."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from pingji.ground import Refused, may
from pingji.ground.record.actions import saw
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries.card_versions import in_words, label_of, values_of
from pingji.monitor.surveillance.queries.duplicates import reasons_in_words, side_by_side
from pingji.monitor.surveillance.rules import card_moves
from pingji.monitor.surveillance.rules.cards import FACTS


@never_cache
@login_required
def pair(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Both cards with what differs marked; merge them value by value, or say they are two."""
    card_moves.check_can_review(request.user)
    rows = DuplicatePair.objects.visible_to(request.user).select_related(
        "first__disease",
        "first__organisation",
        "first__area",
        "second__disease",
        "second__organisation",
        "second__area",
        "decided_by",
    )
    found = get_object_or_404(rows, pk=pair_id)
    refused = ""
    if request.method == "POST":
        try:
            messages.success(request, _decided(request, found))
            return redirect("surveillance:pairs")
        except Refused as problem:
            refused = str(problem)
            found = get_object_or_404(rows, pk=pair_id)
    cards = (found.first, found.second)
    saw(cards, by=request.user, at=timezone.now(), why=_("Possible duplicates compared"))
    context = {
        "pair": found,
        "cards": cards,
        "rows": _rows(found),
        "said": reasons_in_words(found.reasons),
        "percent": int(found.score * 100),
        "refused": refused,
        "is_open": found.state == DuplicatePair.State.OPEN,
        "may_undo": may(card_moves.check_can_unmerge, request.user, found),
        "typed": request.POST.get("reason", ""),
    }
    return render(request, "surveillance/pair.html", context, status=409 if refused else 200)


def _rows(found: DuplicatePair) -> list[dict[str, Any]]:
    """Every field of the two cards that says anything, the different ones marked."""
    differs = side_by_side(found, clear=True)
    first, second = values_of(found.first), values_of(found.second)
    rows = []
    for field in FACTS:
        if field == "diagnosed_on":
            continue
        if field == "identity_number":
            texts = [one.identity_number or "–" for one in (found.first, found.second)]
        else:
            texts = [in_words(field, values.get(field)) for values in (first, second)]
        if texts != ["–", "–"]:
            rows.append(
                {
                    "field": field,
                    "label": label_of(field),
                    "first": texts[0],
                    "second": texts[1],
                    "differs": field in differs,
                }
            )
    return rows


def _decided(request: HttpRequest, found: DuplicatePair) -> str:
    reason = request.POST.get("reason", "")
    given: dict[str, Any] = {"pair": found, "by": request.user, "at": timezone.now()}
    if request.POST.get("do") == "undo":
        actions.unmerge_cards(**given, reason=reason)
        return _("The merge is taken back: both cards stand and count again.")
    if request.POST.get("do") == "apart":
        actions.keep_apart(**given, reason=reason)
        return _("Kept apart: these two cards are not asked about again.")
    if request.POST.get("do") != "merge":
        raise Refused(_("Say whether the two cards are one case or two."))
    keep = found.second if request.POST.get("keep") == "second" else found.first
    kept = actions.merge_cards(
        **given,
        keep=keep,
        reason=reason,
        values={
            field: request.POST[f"value-{field}"]
            for field in FACTS
            if f"value-{field}" in request.POST
        },
        versions=_versions(request, found.first, found.second),
    )
    return _("Merged: card %(key)s stands.") % {"key": kept.key}


def _versions(request: HttpRequest, *cards: CaseReport) -> dict[int, int]:
    asked = {card.pk: request.POST.get(f"version-{card.pk}", "") for card in cards}
    return {key: int(version) for key, version in asked.items() if version.isdigit()}
