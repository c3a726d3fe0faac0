"""The catalogue on screen: what is watched, everything dated about it, and changes to it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from pingji.ground import answered, may
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance import actions, rules
from pingji.monitor.surveillance.forms.catalogue import (
    ROW_FORMS,
    DiseaseForm,
    EndDiseaseForm,
    EndRowForm,
    NewDiseaseForm,
    RowForm,
)
from pingji.monitor.surveillance.models import Channel, DetectorSetting, Disease
from pingji.monitor.surveillance.queries import catalogue as queries
from pingji.monitor.surveillance.queries.detectors import method_in_words, options_in_words
from pingji.monitor.surveillance.rules import catalogue as catalogue_rules

ROWS_A_PAGE = 50
KINDS = {
    "classes": gettext_lazy("Class by law"),
    "names": gettext_lazy("Names by law"),
    "deadlines": gettext_lazy("Time to report"),
    "definitions": gettext_lazy("Case definitions"),
    "detectors": gettext_lazy("Detection"),
    "thresholds": gettext_lazy("Cluster thresholds"),
}
FILTERS = {
    "A": gettext_lazy("Class A"),
    "B": gettext_lazy("Class B"),
    "C": gettext_lazy("Class C"),
    "part": pgettext_lazy("diseases", "Parts"),
    "syndrome": gettext_lazy("Syndromes"),
    "other": pgettext_lazy("diseases", "Others"),
    "ended": gettext_lazy("Not watched any more"),
}


def day_of(request: HttpRequest) -> date:
    """The day asked for, else today."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()


@require_GET
@login_required
def diseases(request: HttpRequest) -> HttpResponse:
    """The catalogue on a day: what is watched, its name and class then."""
    rules.check_can_view(request.user)
    on = day_of(request)
    found = queries.catalogue()
    asked = queries.plain(request.GET.get("q", ""))
    channel = request.GET.get("channel", "")
    rows = [
        described(found, disease, on)
        for disease in found.diseases.values()
        if asked in spoken(found, disease) and has_channel(found, disease, channel, on)
    ]
    kinds = [
        (key, label, sum(row["kind"] == key for row in rows)) for key, label in FILTERS.items()
    ]
    show = request.GET.get("show", "")
    shown = [row for row in rows if row["kind"] == show] if show in FILTERS else rows
    shown.sort(key=lambda row: list(FILTERS).index(row["kind"]))
    page = Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page"))
    plan = standards.rules_for(request.user.area_id or "", on)
    for row in page:
        row["within"] = plan.get(row["deadline"].key) if row["deadline"] else None
    return render(
        request,
        "surveillance/diseases.html",
        {
            "page": page,
            "kinds": kinds,
            "show": show,
            "total": len(rows),
            "on": on,
            "q": request.GET.get("q", ""),
            "channel": channel,
            "channels": Channel.choices,
            "may_edit": may(catalogue_rules.check_can_edit_catalogue, request.user),
        },
    )


def spoken(found: queries.Catalogue, disease: Disease) -> str:
    """Every word by which a disease may be looked for."""
    names = [row.name for row in found.names.get(disease.code, ())]
    words = [disease.code, disease.name, disease.name_en, *disease.other_names, *names]
    return queries.plain(" ".join([*words, *disease.icd10, *disease.tests]))


def has_channel(found: queries.Catalogue, disease: Disease, channel: str, on: date) -> bool:
    """Whether a disease has a setting of its own in a channel on a day."""
    if channel not in Channel.values:
        return True
    rows = [row for row in found.detectors.get(disease.code, ()) if row.channel == channel]
    return queries.in_force(rows, on) is not None


def described(found: queries.Catalogue, disease: Disease, on: date) -> dict[str, Any]:
    """A disease as the list shows it."""
    legal = found.class_on(disease.code, on)
    if not found.watched(disease.code, on):
        kind = "ended"
    elif disease.is_syndrome:
        kind = "syndrome"
    elif disease.part_of_id is not None:
        kind = "part"
    else:
        kind = legal.legal_class if legal else "other"
    return {
        "disease": disease,
        "name": found.name_on(disease.code, on),
        "legal": legal,
        "kind": kind,
        "deadline": found.deadline_on(disease.code, on),
        "detectors": [
            (r.get_channel_display(), setting_in_words(r))
            for r in found.detectors.get(disease.code, ())
            if queries.holds(r, on)
        ],
        "thresholds": [
            r for r in found.thresholds_of.get(disease.code, ()) if queries.holds(r, on)
        ],
        "whole": found.diseases.get(disease.part_of_id or ""),
    }


def setting_in_words(row: DetectorSetting) -> str:
    """A detector's setting in few words; the moving percentile is told by its cut point."""
    said = ", ".join(options_in_words(row.method, row.options))
    name = "" if row.method == "moving_percentile" else method_in_words(row.method)
    return f"{name} {said}".strip()


def rows_of(disease: Disease, kind: str) -> QuerySet[Any]:
    """All dated rows of a kind, those that follow one another together, the latest first."""
    table, columns = catalogue_rules.SLOTS[kind]
    rows: QuerySet[Any] = table._default_manager.filter(disease=disease)
    if "area" in columns:
        rows = rows.select_related("area")
    return rows.order_by(*columns, "-valid_from")


@require_GET
@login_required
def disease(request: HttpRequest, disease_code: str) -> HttpResponse:
    """One disease: everything dated about it, what holds, what held and what will hold."""
    rules.check_can_view(request.user)
    row = get_object_or_404(
        Disease.objects.select_related("part_of", "succeeded_by"), pk=disease_code
    )
    today = timezone.localdate()
    plan = standards.rules_for(request.user.area_id or "", today)
    sections = []
    for kind, label in KINDS.items():
        dated = list(rows_of(row, kind))
        for each in dated:
            each.now = queries.holds(each, today)
            each.coming = each.valid_from > today
            if kind == "deadlines":
                each.standard = plan.get(each.key)
            if kind == "detectors":
                each.name = method_in_words(each.method)
                each.said = options_in_words(each.method, each.options)
        if dated or kind != "names":
            sections.append((kind, label, dated))
    found = queries.catalogue()
    return render(
        request,
        "surveillance/disease.html",
        {
            "disease": row,
            "sections": sections,
            "legal": found.class_on(row.pk, today),
            "watched": found.watched(row.pk, today),
            "parts": row.parts.all(),
            "symptom_rules": row.symptom_rules.all(),
            "may_edit": may(catalogue_rules.check_can_edit_catalogue, request.user),
        },
    )


def asked(request: HttpRequest, form: Form, disease: Disease | None, **words: Any) -> HttpResponse:
    """The page of a form that changes the catalogue: title, button, hint, seen."""
    given = {"form": form, "disease": disease, "button": _("Save the change")}
    return render(request, "surveillance/catalogue_form.html", given | words)


def saved(request: HttpRequest, disease: Disease, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("surveillance:disease", disease.pk)


@require_http_methods(["GET", "POST"])
@login_required
def new_disease(request: HttpRequest) -> HttpResponse:
    """Add a disease or syndrome."""
    catalogue_rules.check_can_edit_catalogue(request.user)
    form = NewDiseaseForm(request.POST or None)
    who = {"by": request.user, "at": timezone.now()}
    added = answered(form, lambda: actions.add_disease(**form.cleaned_data, **who))
    if added:
        return saved(request, added, _("“%(name)s” is watched from now on.") % {"name": added})
    words = {"title": _("What else shall be watched?"), "button": _("Add it")}
    return asked(request, form, None, **words)


@require_http_methods(["GET", "POST"])
@login_required
def edit_disease(request: HttpRequest, disease_code: str) -> HttpResponse:
    """Change what is not dated about a disease."""
    catalogue_rules.check_can_edit_catalogue(request.user)
    row = get_object_or_404(Disease.objects.all(), pk=disease_code)
    shown = {key: getattr(row, key) for key in catalogue_rules.EDITABLE}
    form = DiseaseForm(request.POST or None, initial=shown)
    edited = answered(
        form,
        lambda: actions.edit_disease(
            disease=row,
            values=form.columns(),
            seen=seen_of(request, shown),
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
        ),
    )
    if edited:
        return saved(request, row, _("The change holds from now on."))
    return asked(
        request,
        form,
        row,
        title=_("What shall be changed about it?"),
        seen=request.POST.get("seen") or catalogue_rules.print_of(shown),
    )


def seen_of(request: HttpRequest, now: dict[str, Any]) -> dict[str, Any]:
    """The columns the person saw: those that stand now, unless they have changed meanwhile."""
    if request.POST.get("seen", "") == catalogue_rules.print_of(now):
        return now
    return dict.fromkeys(now)


@require_http_methods(["GET", "POST"])
@login_required
def end_disease(request: HttpRequest, disease_code: str) -> HttpResponse:
    """Stop watching a disease from a day on."""
    catalogue_rules.check_can_edit_catalogue(request.user)
    row = get_object_or_404(Disease.objects.all(), pk=disease_code)
    form = EndDiseaseForm(request.POST or None, initial={"watched_to": timezone.localdate()})
    who = {"by": request.user, "at": timezone.now()}
    if answered(form, lambda: actions.end_disease(disease=row, **form.cleaned_data, **who)):
        return saved(request, row, _("The change is saved."))
    return asked(
        request,
        form,
        row,
        title=_("From when is it not watched any more?"),
        button=_("End watching it"),
        hint=_(
            "What was reported stays and is counted; names found in files mean what follows "
            "it from that day on."
        ),
    )


@require_http_methods(["GET", "POST"])
@login_required
def change_row(request: HttpRequest, disease_code: str, row_kind: str) -> HttpResponse:
    """Let something hold for a disease from a day on, as a first row or in place of another."""
    catalogue_rules.check_can_edit_catalogue(request.user)
    if row_kind not in KINDS:
        raise Http404
    row = get_object_or_404(Disease.objects.all(), pk=disease_code)
    former = former_row(row, row_kind, request.GET.get("of", ""))
    form = ROW_FORMS[row_kind](
        request.POST or None,
        user=request.user,
        today=timezone.localdate(),
        initial=(initial_of(former) if former else {}) | begun(request, row_kind),
    )
    if answered(form, lambda: set_row(request, row, row_kind, form)):
        return saved(request, row, _("The change is saved."))
    return asked(
        request,
        form,
        row,
        title=KINDS[row_kind],
        seen=request.POST.get("seen") or latest_ids(row, row_kind),
        hint=_("What held before is kept with its days and its source."),
    )


def begun(request: HttpRequest, kind: str) -> dict[str, str]:
    """What was filled in before another method was chosen, whose own settings are asked for then."""
    return request.GET.dict() if kind == "detectors" and "method" in request.GET else {}


def set_row(request: HttpRequest, disease: Disease, kind: str, form: RowForm) -> Model:
    """Let what was filled in hold."""
    values = form.columns()
    return actions.set_row(
        disease=disease,
        kind=kind,
        values=values,
        valid_from=form.cleaned_data["valid_from"],
        seen=seen_row(request, disease, kind, values),
        reason=form.cleaned_data["reason"],
        by=request.user,
        at=timezone.now(),
    )


def former_row(disease: Disease, kind: str, number: str) -> Any:
    """The row that is to be followed, if one was named."""
    return rows_of(disease, kind).filter(pk=number).first() if number.isdecimal() else None


def initial_of(former: Any) -> dict[str, Any]:
    """What the row that is followed says, but for its days and its check."""
    found = {
        column.name: getattr(former, column.name)
        for column in former._meta.concrete_fields
        if column.name not in {"id", "disease", "valid_from", "valid_to", "verified"}
    }
    return found | (found.pop("options", None) or {})


def latest_ids(disease: Disease, kind: str) -> str:
    """Numbers of all rows of a kind as the person sees them."""
    return ",".join(str(each.pk) for each in rows_of(disease, kind)) or "-"


def seen_row(
    request: HttpRequest, disease: Disease, kind: str, values: dict[str, Any]
) -> int | None:
    """Number of the row that the person saw in this place; none if there was none then."""
    latest = queries.latest_row(disease, kind, values)
    seen = request.POST.get("seen", "").split(",")
    return latest.pk if latest is not None and str(latest.pk) in seen else None


@require_http_methods(["GET", "POST"])
@login_required
def end_row(request: HttpRequest, disease_code: str, row_kind: str, row_id: int) -> HttpResponse:
    """Let a dated row hold no longer."""
    catalogue_rules.check_can_edit_catalogue(request.user)
    if row_kind not in KINDS:
        raise Http404
    row = get_object_or_404(Disease.objects.all(), pk=disease_code)
    dated = get_object_or_404(rows_of(row, row_kind), pk=row_id)
    form = EndRowForm(request.POST or None, initial={"on": timezone.localdate()})
    which = {"disease": row, "kind": row_kind, "row_id": dated.pk}
    who = {"by": request.user, "at": timezone.now()}
    if answered(form, lambda: actions.end_row(**which, **form.cleaned_data, **who)):
        return saved(request, row, _("The change is saved."))
    return asked(
        request,
        form,
        row,
        title=_("From when does it hold no longer?"),
        button=_("End it"),
        hint=f"{KINDS[row_kind]}: {dated}",
    )
