"""How complaints are read, on screen: rules, words, and a box to try them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pingji.ground import answered, may
from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.actions import symptoms as actions
from pingji.monitor.surveillance.forms.symptoms import (
    RuleForm,
    SteeringForm,
    SymptomForm,
    TryForm,
)
from pingji.monitor.surveillance.models import (
    Disease,
    ReadingWord,
    Symptom,
    SyndromeRule,
    Visit,
)
from pingji.monitor.surveillance.queries import symptoms as queries
from pingji.monitor.surveillance.queries.catalogue import plain
from pingji.monitor.surveillance.queries.trying import effect, tried
from pingji.monitor.surveillance.rules import catalogue as catalogue_rules

ROWS_A_PAGE = 30
RULE_COLUMNS = (
    "syndrome",
    "all_of",
    "any_of",
    "none_of",
    "shortest_days",
    "longest_days",
    "youngest",
    "oldest",
    "active",
    "source",
)
SYMPTOM_COLUMNS = ("name", "name_en", "words", "not_words", "from_temperature")


@require_http_methods(["GET", "POST"])
@login_required
def complaints(request: HttpRequest) -> HttpResponse:
    """The rules, the vocabulary, and a complaint read by them."""
    rules.check_can_view(request.user)
    form = TryForm(request.POST or None)
    reading = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        reading = tried(given["text"], age=given["age"], rules=queries.load_rules())
    syndrome = request.GET.get("syndrome", "")
    asked = plain(request.GET.get("q", ""))
    symptoms = list(Symptom.objects.all())
    labels = {row.code: row.label for row in symptoms}
    ruling = SyndromeRule.objects.select_related("syndrome")
    if syndrome:
        ruling = ruling.filter(syndrome=syndrome)
    shown = [
        row
        for row in symptoms
        if asked in plain(" ".join([row.code, row.name, row.name_en, *row.words, *row.not_words]))
    ]
    return render(
        request,
        "surveillance/complaints.html",
        {
            "form": form,
            "reading": reading,
            "ruling": [in_words(row, labels) for row in ruling],
            "syndrome": Disease.objects.filter(pk=syndrome).first(),
            "page": Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page")),
            "q": request.GET.get("q", ""),
            "roles": roles(),
            "may_edit": may(catalogue_rules.check_can_edit_catalogue, request.user),
        },
    )


def in_words(row: SyndromeRule, labels: dict[str, str]) -> dict[str, Any]:
    """A rule with the names of its symptoms."""
    named = {
        name: "、".join(labels.get(code, code) for code in getattr(row, name))
        for name in ("all_of", "any_of", "none_of")
    }
    return {"row": row, **named}


def roles() -> list[tuple[str, str, list[str]]]:
    """The words of each role."""
    words: dict[str, list[str]] = {}
    for row in ReadingWord.objects.order_by("word"):
        words.setdefault(row.role, []).append(row.word)
    return [(role, str(label), words.get(role, [])) for role, label in ReadingWord.Role.choices]


def drawn(request: HttpRequest, form: Any, title: str, **more: Any) -> HttpResponse:
    """The page of a form that changes the reading."""
    given = {"form": form, "title": title, "button": _("Save the change")}
    back = {"back": reverse("surveillance:complaints")}
    return render(request, "surveillance/complaint_form.html", given | back | more)


def saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Complaints are read by it from now on."))
    return redirect("surveillance:complaints")


@require_http_methods(["GET", "POST"])
@login_required
def edit_symptom(request: HttpRequest, symptom_code: str = "") -> HttpResponse:
    """Add a symptom, or change its words."""
    catalogue_rules.check_can_edit_catalogue(request.user)
    row = get_object_or_404(Symptom.objects.all(), pk=symptom_code) if symptom_code else None
    shown = {key: getattr(row, key) for key in SYMPTOM_COLUMNS} if row else {}
    form = SymptomForm(request.POST or None, initial=shown, new=row is None)
    done = answered(
        form,
        lambda: actions.save_symptom(
            code=symptom_code or form.cleaned_data["code"],
            values=form.columns(),
            seen=request.POST.get("seen", ""),
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
        ),
    )
    if done:
        return saved(request)
    seen = request.POST.get("seen", actions.print_of(row))
    title = row.label if row else _("Which symptom shall be read?")
    return drawn(request, form, title, seen=seen)


@require_http_methods(["GET", "POST"])
@login_required
def edit_words(request: HttpRequest, word_role: str) -> HttpResponse:
    """The words that deny, end a denial, speak of others …"""
    catalogue_rules.check_can_edit_catalogue(request.user)
    role = word_role
    if role not in ReadingWord.Role.values:
        raise Http404
    words = list(ReadingWord.objects.filter(role=role).values_list("word", flat=True))
    form = SteeringForm(request.POST or None, initial={"words": words})
    done = answered(
        form,
        lambda: actions.save_words(
            role=role,
            words=form.cleaned_data["words"],
            seen=request.POST.get("seen", ""),
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
        ),
    )
    if done is not None:
        return saved(request)
    seen = request.POST.get("seen", actions.words_print(words))
    title = _("Which words do this: %(role)s?") % {"role": ReadingWord.Role(role).label}
    return drawn(request, form, title, seen=seen)


@require_http_methods(["GET", "POST"])
@login_required
def edit_rule(request: HttpRequest, rule_id: int | None = None) -> HttpResponse:
    """Add a rule or change one; or only try what it would do to the last visits."""
    catalogue_rules.check_can_edit_catalogue(request.user)
    row = get_object_or_404(SyndromeRule.objects.all(), pk=rule_id) if rule_id else None
    shown = {key: getattr(row, key) for key in RULE_COLUMNS} if row else {}
    shown = shown or {"syndrome": request.GET.get("syndrome", ""), "active": True}
    form = RuleForm(request.POST or None, initial=shown)
    trying = "try" in request.POST
    if trying:
        form.fields["reason"].required = False
    done = answered(form, lambda: tried_or_saved(request, row, form, trying=trying))
    if done and not trying:
        return saved(request)
    seen = request.POST.get("seen", actions.print_of(row))
    more = {"seen": seen, "may_try": True, "effect": done}
    return drawn(request, form, _("When does a complaint count for it?"), **more)


def tried_or_saved(
    request: HttpRequest, row: SyndromeRule | None, form: RuleForm, *, trying: bool
) -> Any:
    """What a rule as filled in would do, or the rule as saved."""
    if trying:
        return effect_of(request, row, form.columns())
    return actions.save_rule(
        rule=row,
        values=form.columns(),
        seen=request.POST.get("seen", ""),
        reason=form.cleaned_data["reason"],
        by=request.user,
        at=timezone.now(),
    )


def effect_of(request: HttpRequest, row: SyndromeRule | None, values: dict[str, Any]) -> Any:
    """What the rule as filled in would do to the last visits that the user may see."""
    actions.check_rule(values)
    wanted = SyndromeRule(pk=row.pk if row else 0, **values)
    made = queries.rule_of(wanted) if wanted.active else None
    return effect(
        Visit.objects.visible_to(request.user),
        rule=made or queries.rule_that_never_holds(wanted),
        rules=queries.load_rules(),
    )
