"""Report cards on screen: what waits for me, one card with its history, the printed form."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import Permission
from pingji.ground.record.actions import saw
from pingji.ground.record.queries import lines_about
from pingji.ground.standards.queries import deadlines_of
from pingji.monitor.surveillance import actions, rules
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries import card_lists
from pingji.monitor.surveillance.queries.card_checks import others_who_could_check
from pingji.monitor.surveillance.queries.card_form import occupations
from pingji.monitor.surveillance.queries.card_versions import history, occupation_label
from pingji.monitor.surveillance.queries.duplicates import pairs_of, reasons_in_words
from pingji.monitor.surveillance.rules import card_moves

ROWS_A_PAGE = 50
MOST_AT_ONCE = 200
MOST_LINES = 40
LISTS: dict[str, Callable[[Any], Any]] = {
    "finish": card_lists.to_finish,
    "check": card_lists.to_check,
    "review": card_lists.to_review,
    "sent": card_lists.sent_by,
}
MOVES = {
    "check": actions.check_card,
    "review": actions.review_card,
    "return": actions.return_card,
    "withdraw": actions.withdraw_card,
}


@login_required
def work(request: HttpRequest) -> HttpResponse:
    """Which cards wait for the reader: to finish, to check, to review; and those sent."""
    rules.check_can_view(request.user)
    counts = card_lists.counts_for(request.user)
    reviews = request.user.holds(Permission.REPORT_REVIEW)
    usual = "review" if reviews else "finish"
    shown = request.GET.get("list", usual)
    if shown not in LISTS or (shown == "review" and not reviews):
        shown = usual
    page = Paginator(LISTS[shown](request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = card_lists.dress(page.object_list)
    context = {
        "page": page,
        "shown": shown,
        "counts": counts,
        "reviews": reviews,
        "writes": may(card_moves.check_can_write, request.user),
        "does": shown if shown in {"check", "review"} else "",
        "answers": request.session.pop("card_answers", []),
    }
    return render(request, "surveillance/card_work.html", context)


@never_cache
@login_required
def card(request: HttpRequest, card_id: int) -> HttpResponse:
    """One card: what it says, where it stands, its clock, its history, its possible duplicates."""
    rules.check_can_view(request.user)
    found = _card(request, card_id)
    return _shown(request, found)


def _card(request: HttpRequest, card_id: int) -> CaseReport:
    rows = CaseReport.objects.visible_to(request.user).select_related(
        "disease",
        "area",
        "organisation",
        "institution",
        "filled_by",
        "checked_by",
        "reviewed_by",
        "merged_into",
        "message",
        "file",
    )
    return get_object_or_404(rows, pk=card_id)


def _shown(
    request: HttpRequest, found: CaseReport, refused: str = "", status: int = 200
) -> HttpResponse:
    user = request.user
    clear = may(card_moves.check_can_see_person, user)
    if clear:
        saw(found, by=user, at=timezone.now(), why=_("Report card"))
    others = others_who_could_check([found])[found.pk]
    pairs = [
        {
            "pair": pair,
            "other": pair.second if pair.first_id == found.pk else pair.first,
            "reasons": reasons_in_words(pair.reasons),
        }
        for pair in pairs_of(found)
    ]
    context = {
        "card": found,
        "person": card_lists.person(found, clear=clear),
        "clear": clear,
        "occupation": occupation_label(found.occupation) if found.occupation else "",
        "clocks": deadlines_of(found),
        "changes": history(found, clear=clear),
        "lines": _lines(found, all_of_them=user.holds(Permission.RECORD_VIEW)),
        "results": found.lab_results.all()[:20],
        "merged": found.merged.all(),
        "pairs": pairs,
        "refused": refused,
        "may_edit": may(card_moves.check_can_edit, user, found),
        "may_check": _may(card_moves.check_can_check, user, found, others=others),
        "may_review": _may(card_moves.check_can_review, user, found, others=others),
        "may_return": _may(card_moves.check_can_return, user, found, others=others),
        "may_withdraw": may(card_moves.check_can_withdraw, user, found),
        "may_decide": may(card_moves.check_can_review, user),
    }
    return render(request, "surveillance/card.html", context, status=status)


def _may(check: Callable[..., None], user: Any, found: CaseReport, *, others: bool) -> bool:
    return may(lambda: check(user, found, others=others))


def _lines(found: CaseReport, *, all_of_them: bool) -> list[Any]:
    """What happened to the card; who looked at it only for those who read the record."""
    lines = lines_about(found)
    return [one for one in lines if all_of_them or one.kind != "personal_data.seen"][:MOST_LINES]


@require_POST
@login_required
def move(request: HttpRequest, card_id: int) -> HttpResponse:
    """Check, review, send back or withdraw one card."""
    rules.check_can_view(request.user)
    found = _card(request, card_id)
    what = request.POST.get("do", "")
    try:
        _moved(request, found, what)
    except Refused as refused:
        return _shown(request, _card(request, card_id), refused=str(refused), status=409)
    messages.success(request, _done(what))
    if request.POST.get("then") == "list":
        return redirect(f"{reverse('surveillance:work')}?list={what}")
    return redirect("surveillance:card", found.pk)


def _moved(request: HttpRequest, found: CaseReport, what: str) -> None:
    if what not in MOVES:
        raise Refused(_("Choose what is to be done with the card."))
    given: dict[str, Any] = {"card": found, "by": request.user, "at": timezone.now()}
    version = request.POST.get("version", "")
    if version.isdigit():
        given["version"] = int(version)
    if what in {"return", "withdraw"}:
        given["reason"] = request.POST.get("reason", "")
    MOVES[what](**given)


def _done(what: str) -> str:
    return {
        "check": _("The card is checked; the CDC may review it."),
        "review": _("The card is reviewed."),
        "return": _("The card is sent back with your reason."),
        "withdraw": _("The card is withdrawn and no longer counted."),
    }[what]


@require_POST
@login_required
def answer_many(request: HttpRequest) -> HttpResponse:
    """Check or review the chosen cards, each for itself; every card gets its answer."""
    rules.check_can_view(request.user)
    what = request.POST.get("do", "")
    check = {"check": card_moves.check_can_write, "review": card_moves.check_can_review}.get(what)
    if check is None:
        raise Refused(_("Choose what is to be done with the cards."))
    check(request.user)
    keys = [int(key) for key in request.POST.getlist("card") if key.isdigit()][:MOST_AT_ONCE]
    answers, done = [], 0
    for found in CaseReport.objects.visible_to(request.user).filter(pk__in=keys).order_by("pk"):
        try:
            MOVES[what](card=found, by=request.user, at=timezone.now())
            done += 1
        except Refused as refused:
            answers.append({"key": found.key, "id": found.pk, "why": str(refused)})
    request.session["card_answers"] = answers
    if done:
        text = {"check": _("%(done)s cards checked."), "review": _("%(done)s cards reviewed.")}[
            what
        ]
        messages.success(request, text % {"done": done})
    elif not answers:
        messages.warning(request, _("No card was chosen."))
    return redirect(f"{reverse('surveillance:work')}?list={what}")


@never_cache
@login_required
def print_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """The card in the layout of the printed form."""
    rules.check_can_view(request.user)
    found = _card(request, card_id)
    clear = may(card_moves.check_can_see_person, request.user)
    if clear:
        saw(found, by=request.user, at=timezone.now(), why=_("Report card printed"))
    context = {
        "card": found,
        "person": card_lists.person(found, clear=clear),
        "occupations": occupations(),
        "patients": CaseReport.Patient.choices,
        "statuses": CaseReport.Status.choices,
        "clear": clear,
    }
    return render(request, "surveillance/card_print.html", context)


@login_required
def pairs(request: HttpRequest) -> HttpResponse:
    """Which cards may be one case: the likeliest first."""
    card_moves.check_can_review(request.user)
    state = request.GET.get("state", "")
    state = state if state in DuplicatePair.State.values else DuplicatePair.State.OPEN
    rows = card_lists.pairs_in(request.user, state)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    for pair in page.object_list:
        pair.said = reasons_in_words(pair.reasons)
        pair.percent = int(pair.score * 100)
        pair.names = [card_lists.starred(one.name) for one in (pair.first, pair.second)]
    context = {"page": page, "shown": state, "states": DuplicatePair.State.choices}
    return render(request, "surveillance/pairs.html", context)
