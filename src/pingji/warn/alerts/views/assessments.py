"""Risk assessments on screen."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.record.queries import lines_about
from pingji.warn.alerts.actions import assessments as actions
from pingji.warn.alerts.forms.assessments import (
    DissentForm,
    ExpertsForm,
    JointForm,
    JudgementForm,
    OpenAssessmentForm,
    ReasonForm,
)
from pingji.warn.alerts.models import Alert, RiskAssessment
from pingji.warn.alerts.queries import assessments as queries
from pingji.warn.alerts.queries.criteria import sources, step
from pingji.warn.alerts.rules import assessments as rules
from pingji.warn.alerts.rules import check_can_view

ROWS_A_PAGE = 50
State = RiskAssessment.State


@login_required
def assessments(request: HttpRequest) -> HttpResponse:
    """Which risks were assessed, and which wait for me."""
    check_can_view(request.user)
    found = RiskAssessment.objects.visible_to(request.user).select_related(
        "alert__disease", "area", "opened_by", "signed_by"
    )
    mine = found.filter(
        state=State.INDIVIDUAL, judgements__expert=request.user, judgements__answered_at=None
    )
    shown = request.GET.get("show", "all")
    page = Paginator(mine if shown == "mine" else found, ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    for one in page.object_list:
        one.look = queries.look(one.level)
    context = {"page": page, "shown": shown, "mine": mine.count(), "all": found.count()}
    return render(request, "alerts/assessment/list.html", context)


@login_required
def open_assessment(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Open an assessment of an alert."""
    rules.check_can_chair(request.user)
    alert = get_object_or_404(
        Alert.objects.visible_to(request.user).select_related("area", "disease"), pk=alert_id
    )
    form = OpenAssessmentForm(request.POST or None, offered=queries.may_be_asked(alert.area_id))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_assessment(
                alert=alert, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            return redirect(made)
        except Refused as refused:
            form.add_error(_field_of(form, refused), str(refused))
    status = 409 if form.errors else 200
    context = {"alert": alert, "form": form}
    return render(request, "alerts/assessment/open.html", context, status=status)


@login_required
def assessment(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """One assessment: what was asked, who answered, what it came to."""
    check_can_view(request.user)
    return _page(request, _seen(request, assessment_id))


@require_POST
@login_required
def choose_experts(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Ask more experts."""
    rules.check_can_chair(request.user)
    one = _seen(request, assessment_id)
    form = ExpertsForm(request.POST, offered=queries.may_be_asked(one.area_id))
    return _do(request, one, "experts_form", form, actions.choose_experts)


@require_POST
@login_required
def ask_experts(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Let the experts judge."""
    rules.check_can_chair(request.user)
    one = _seen(request, assessment_id)
    form = ExpertsForm({}, offered=queries.may_be_asked(one.area_id))
    return _do(request, one, "experts_form", form, actions.ask_experts, with_fields=False)


@require_POST
@login_required
def judge_alone(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Take one expert's judgement."""
    check_can_view(request.user)
    one = _seen(request, assessment_id)
    form = JudgementForm(request.POST, assessment=one)
    return _do(request, one, "judgement_form", form, actions.judge_alone)


@require_POST
@login_required
def compare(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Lay the answers open before all have come."""
    rules.check_can_chair(request.user)
    one = _seen(request, assessment_id)
    return _do(
        request,
        one,
        "compare_form",
        ReasonForm(request.POST, auto_id="compare_%s"),
        actions.compare,
    )


@require_POST
@login_required
def conclude(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Take the joint result."""
    rules.check_can_chair(request.user)
    one = _seen(request, assessment_id)
    form = JointForm(request.POST, assessment=one)
    write = partial(actions.conclude, seen=request.POST.get("seen", ""))
    return _do(request, one, "joint_form", form, write)


@require_POST
@login_required
def differ(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Take a dissent."""
    check_can_view(request.user)
    one = _seen(request, assessment_id)
    return _do(request, one, "dissent_form", DissentForm(request.POST), actions.differ)


@require_POST
@login_required
def sign_assessment(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Sign the joint result."""
    rules.check_can_chair(request.user)
    one = _seen(request, assessment_id)
    seen = request.POST.get("seen", "")
    actions.sign_assessment(assessment=one, by=request.user, at=timezone.now(), seen=seen)
    return redirect(one)


@require_POST
@login_required
def withdraw_assessment(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Give an assessment up."""
    rules.check_can_chair(request.user)
    one = _seen(request, assessment_id)
    form = ReasonForm(request.POST, auto_id="withdraw_%s")
    return _do(request, one, "withdraw_form", form, actions.withdraw_assessment)


def _seen(request: HttpRequest, assessment_id: int) -> RiskAssessment:
    found = RiskAssessment.objects.visible_to(request.user).select_related(
        "alert__disease", "alert__area", "area", "opened_by", "compared_by", "signed_by"
    )
    return get_object_or_404(found, pk=assessment_id)


def _do(
    request: HttpRequest,
    one: RiskAssessment,
    name: str,
    form: Form,
    work: Callable[..., object],
    *,
    with_fields: bool = True,
) -> HttpResponse:
    """Do what a form asks for; show the page again with the form and what was wrong."""
    if form.is_valid():
        said = getattr(form, "judgement", form.cleaned_data) if with_fields else {}
        try:
            work(assessment=one, by=request.user, at=timezone.now(), **said)
            return redirect(one)
        except Refused as refused:
            form.add_error(_field_of(form, refused), str(refused))
    return _page(request, _seen(request, one.pk), **{name: form})


def _field_of(form: Form, refused: Refused) -> str | None:
    return refused.field if refused.field in form.fields else None


def _page(request: HttpRequest, one: RiskAssessment, **forms: Form) -> HttpResponse:
    shown = queries.judgements_shown(one, request.user)
    mine = next((j for j in shown if j.expert_id == request.user.pk), None)
    impacts, rows = queries.matrix(one, shown)
    answered = [j for j in shown if j.answered_at]
    one.look = queries.look(one.level)
    context: dict[str, Any] = {
        "assessment": one,
        "alert": one.alert,
        "asked": one.judgements.select_related("expert"),
        "judgements": answered,
        "dissents": [j for j in shown if j.dissent],
        "mine": mine,
        "impacts": impacts,
        "rows": rows,
        "questions": queries.questions_answered(one, answered),
        "likelihood": step(one.criteria, "likelihood", one.likelihood),
        "impact": step(one.criteria, "impact", one.impact),
        "sources": sources(one.criteria),
        "lines": lines_about(one),
        "may_withdraw": may(rules.check_can_move, request.user, one, State.WITHDRAWN),
        "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
    }
    context |= _offered(request, one, mine, shown) | forms
    status = 409 if any(form.errors for form in forms.values()) else 200
    return render(request, "alerts/assessment/page.html", context, status=status)


def _offered(
    request: HttpRequest, one: RiskAssessment, mine: Any, shown: list[Any]
) -> dict[str, object]:
    """The forms of what this reader may do now."""
    user = request.user
    found: dict[str, object] = {}
    if may(rules.check_can_invite, user, one):
        asked = one.judgements.values("expert")
        offered = queries.may_be_asked(one.area_id).exclude(pk__in=asked)
        found["experts_form"] = ExpertsForm(offered=offered)
        found["may_ask"] = one.state == State.DRAFT
    if may(rules.check_can_answer, user, one, mine):
        given = {f"question-{key}": said for key, said in mine.answers.items()} if mine else {}
        found["judgement_form"] = JudgementForm(
            assessment=one,
            initial=given
            | {"likelihood": mine.likelihood, "impact": mine.impact, "reasons": mine.reasons},
        )
    if one.state == State.INDIVIDUAL and may(rules.check_can_move, user, one, State.JOINT):
        found["compare_form"] = ReasonForm(auto_id="compare_%s")
    if may(rules.check_can_conclude, user, one):
        found["joint_form"] = JointForm(
            assessment=one,
            initial={
                "likelihood": one.likelihood,
                "impact": one.impact,
                "reasons": one.reasons,
                "advice": one.advice,
            },
        )
    found["may_sign"] = may(rules.check_can_sign, user, one)
    if may(rules.check_can_differ, user, one, mine):
        found["dissent_form"] = DissentForm(initial={"dissent": mine.dissent})
    return found
