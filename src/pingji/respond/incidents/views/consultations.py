"""Consultations on screen: call, answer apart, decide, sign."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import Permission
from pingji.ground.directory.queries import experts_for
from pingji.ground.notices.queries import proof
from pingji.ground.record.queries import lines_about
from pingji.respond.incidents.actions import consultations as actions
from pingji.respond.incidents.forms.consultations import (
    USUAL_DELAY,
    CallForm,
    DecisionForm,
    ExpertsForm,
    FollowUpForm,
    OpinionForm,
    WhyForm,
)
from pingji.respond.incidents.models import Consultation, Invitation
from pingji.respond.incidents.models.papers import Paper
from pingji.respond.incidents.queries import clocks_of
from pingji.respond.incidents.queries.minutes import answer_of, material, opinions_of, silent
from pingji.respond.incidents.rules import consultations as rules
from pingji.respond.incidents.views.errors import errors_of
from pingji.respond.incidents.views.frame import frame, incident_of

ROWS_A_PAGE = 50
State = Consultation.State


@login_required
def my_consultations(request: HttpRequest) -> HttpResponse:
    """Which consultations there are, and which wait for me."""
    found = Consultation.objects.visible_to(request.user).select_related("incident", "area")
    if not rules.sees_the_whole(request.user):
        found = found.filter(invitations__expert=request.user)
    mine = found.waiting_for(request.user)
    shown = request.GET.get("show", "mine" if mine.exists() else "all")
    rows = mine if shown == "mine" else found
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "shown": shown, "mine": mine.count(), "all": found.count()}
    return render(request, "incidents/consultation/mine.html", context)


@login_required
def consultations(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The consultations of one incident."""
    incident = incident_of(request, incident_id)
    seen = Consultation.objects.visible_to(request.user).filter(incident=incident)
    if not rules.sees_the_whole(request.user):
        seen = seen.filter(invitations__expert=request.user)
    rows = list(seen.select_related("called_by", "signed_by").prefetch_related("invitations"))
    for one in rows:
        invited = list(one.invitations.all())
        one.invited = len(invited)
        one.answered = sum(1 for each in invited if each.answered_at)
    context = frame(incident, "consultations") | {
        "consultations": rows,
        "may_call": may(rules.check_can_call, request.user, incident),
    }
    return render(request, "incidents/consultations.html", context)


@login_required
def call_consultation(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Call a consultation on an incident."""
    incident = incident_of(request, incident_id)
    rules.check_can_call(request.user, incident)
    offered = experts_for(incident.area_id)
    now = timezone.now()
    initial = {"starts_at": timezone.localtime(now + USUAL_DELAY)}
    form = CallForm(request.POST or None, offered=offered, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            made = actions.call_consultation(
                incident=incident, by=request.user, at=now, **form.cleaned_data
            )
            return redirect(made)
        except Refused as refused:
            refused.shown_on(form)
    context = frame(incident, "consultations") | {"here": "", "form": form}
    status = 409 if form.errors else 200
    return render(request, "incidents/consultation/call.html", context, status=status)


@login_required
def consultation(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """One consultation: what is asked, what was gathered, said and decided."""
    return _page(request, _seen(request, consultation_id))


@require_POST
@login_required
def invite(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Invite more experts."""
    one = _seen(request, consultation_id)
    form = ExpertsForm(request.POST, offered=experts_for(one.area_id))
    return _try(request, one, actions.invite_experts, experts_form=form)


@require_POST
@login_required
def gather(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Gather the material again."""
    return _try(
        request, _seen(request, consultation_id), actions.gather_material, form=_empty(request)
    )


@require_POST
@login_required
def give_opinion(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Take an expert's opinion."""
    one = _seen(request, consultation_id)
    rules.check_can_answer(request.user, one, _mine(request, one))
    form = OpinionForm(request.POST, items=list(one.agenda.all()), said={})
    return _try(request, one, actions.give_opinion, opinion_form=form)


@require_POST
@login_required
def decline(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Take an expert's word that they cannot."""
    one = _seen(request, consultation_id)
    rules.check_can_decline(request.user, one, _mine(request, one))
    return _try(request, one, actions.decline, decline_form=_why(request, "decline"))


@require_POST
@login_required
def open_opinions(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Lay the opinions open before all have answered."""
    one = _seen(request, consultation_id)
    return _try(request, one, actions.open_opinions, open_form=_why(request, "open"))


@require_POST
@login_required
def decide_question(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Take what was decided on one question."""
    one = _seen(request, consultation_id)
    return _try(request, one, actions.decide_question, decision_form=DecisionForm(request.POST))


@require_POST
@login_required
def add_follow_up(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Put down an order that follows."""
    one = _seen(request, consultation_id)
    form = FollowUpForm(request.POST, user=request.user)
    return _try(request, one, actions.add_follow_up, follow_up_form=form)


@require_POST
@login_required
def drop_follow_up(request: HttpRequest, consultation_id: int, number: int) -> HttpResponse:
    """Take an order out again."""
    one = _seen(request, consultation_id)

    def work(**given: Any) -> None:
        actions.drop_follow_up(number=number, **given)

    return _try(request, one, work, form=_empty(request))


@require_POST
@login_required
def sign_minutes(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Sign the minutes."""
    return _try(
        request, _seen(request, consultation_id), actions.sign_minutes, form=_empty(request)
    )


@require_POST
@login_required
def withdraw_consultation(request: HttpRequest, consultation_id: int) -> HttpResponse:
    """Call the consultation off."""
    one = _seen(request, consultation_id)
    form = _why(request, "withdraw")
    return _try(request, one, actions.withdraw_consultation, withdraw_form=form)


@never_cache
@login_required
def minutes(request: HttpRequest, consultation_id: int, language: str, form: str) -> HttpResponse:
    """The minutes as a Word or a PDF file, in one language."""
    check_paper(language, form)
    one = _seen(request, consultation_id)
    content = actions.fetch_minutes(
        consultation=one, language=language, form=form, by=request.user, at=timezone.now()
    )
    return paper(content, form, f"pingji-minutes-{one.pk}-{language}")


def check_paper(language: str, form: str) -> None:
    """Raise Http404 unless there are files of this language and form."""
    if language not in Paper.Language.values or form not in Paper.Form.values:
        raise Http404


def paper(content: bytes, form: str, name: str) -> HttpResponse:
    """A document as the browser takes it."""
    answer = HttpResponse(content, content_type=Paper.Form(form).content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _empty(request: HttpRequest) -> forms.Form:
    return forms.Form(request.POST)


def _why(request: HttpRequest, prefix: str) -> WhyForm:
    return WhyForm(request.POST, auto_id=f"{prefix}_%s")


def _seen(request: HttpRequest, consultation_id: int) -> Consultation:
    rows = Consultation.objects.visible_to(request.user).select_related(
        "area", "incident__area", "called_by", "opened_by", "signed_by", "withdrawn_by"
    )
    one = get_object_or_404(rows, pk=consultation_id)
    rules.check_can_see(request.user, one)
    return one


def _mine(request: HttpRequest, one: Consultation) -> Invitation | None:
    return one.invitations.filter(expert=request.user).first()


def _try(
    request: HttpRequest, one: Consultation, work: Callable[..., object], **named: forms.Form
) -> HttpResponse:
    """Try the action with what was typed; show the page again with the refusal if any."""
    ((name, form),) = named.items()
    if form.is_valid():
        said: dict[str, Any] = form.cleaned_data
        if isinstance(form, OpinionForm):
            said = {"opinions": form.opinions}
        try:
            work(consultation=one, by=request.user, at=timezone.now(), **said)
            return redirect(one)
        except Refused as refused:
            refused.shown_on(form)
    return _page(request, _seen(request, one.pk), **{name: form})


def _page(request: HttpRequest, one: Consultation, **shown: forms.Form) -> HttpResponse:
    user = request.user
    invitations = list(one.invitations.select_related("expert__organisation"))
    clocks = clocks_of(invitations, Invitation)
    mine = next((each for each in invitations if each.expert_id == user.pk), None)
    for each in invitations:
        each.said = answer_of(each)
        running = [clock for clock in clocks.get(each.pk, []) if clock.is_open]
        each.clock = running[0] if running else None
    said = opinions_of(one)
    agenda = list(one.agenda.all())
    decides = may(rules.check_can_decide, user, one) and one.state == State.OPENED
    for item in agenda:
        item.said = said.get(item.pk, []) if one.opened_at else []
        item.form = _decision_form(item, shown.get("decision_form")) if decides else None
    own = {
        opinion.item_id: opinion.text
        for each in said.values()
        for opinion in each
        if mine is not None and opinion.invitation_id == mine.pk
    }
    context: dict[str, Any] = {
        "consultation": one,
        "incident": one.incident,
        "sees_incident": user.holds(Permission.INCIDENT_VIEW),
        "invitations": invitations,
        "silent": silent(one) if one.opened_at else [],
        "mine": mine,
        "agenda": agenda,
        "decides": decides,
        "follow_ups": one.follow_ups.select_related("organisation", "owner", "order"),
        "material": material(one.material),
        "may_gather": one.state in Consultation.GOING_ON and may(rules.check_can_chair, user),
        "may_sign": may(rules.check_can_sign, user, one),
        "signs": user.holds(Permission.INCIDENT_MANAGE) and one.state == State.OPENED,
        "documents": one.documents.defer("content"),
        "papers": [(language, form) for language in Paper.Language for form in Paper.Form],
        "proof": proof(one, user),
        "lines": lines_about(one),
    }
    context |= _offered(user, one, mine, agenda, own) | shown
    context["refusals"] = errors_of(shown.values())
    status = 409 if context["refusals"] else 200
    return render(request, "incidents/consultation/page.html", context, status=status)


def _decision_form(item: Any, shown: forms.Form | None) -> forms.Form:
    if shown is not None and shown.data.get("number") == str(item.number):
        return shown
    return DecisionForm(
        auto_id=f"question-{item.number}-%s",
        initial={
            "number": item.number,
            "seen": item.version,
            "decision": item.decision,
            "reasons": item.reasons,
        },
    )


def _offered(
    user: Any, one: Consultation, mine: Invitation | None, agenda: list[Any], own: dict[int, str]
) -> dict[str, object]:
    """The forms of what this reader may do now."""
    found: dict[str, object] = {}
    if may(rules.check_can_invite, user, one):
        asked = one.invitations.values("expert")
        offered = experts_for(one.area_id).exclude(person__in=asked)
        found["experts_form"] = ExpertsForm(offered=offered)
    if may(rules.check_can_open, user, one):
        found["open_form"] = WhyForm(auto_id="open_%s")
    if may(rules.check_can_answer, user, one, mine):
        texts = {item.number: own.get(item.pk, "") for item in agenda}
        found["opinion_form"] = OpinionForm(items=agenda, said=texts)
    if may(rules.check_can_decline, user, one, mine):
        found["decline_form"] = WhyForm(auto_id="decline_%s")
    if may(rules.check_can_decide, user, one) and one.state == State.OPENED:
        found["follow_up_form"] = FollowUpForm(user=user)
    if may(rules.check_can_withdraw, user, one):
        found["withdraw_form"] = WhyForm(auto_id="withdraw_%s")
    return found
