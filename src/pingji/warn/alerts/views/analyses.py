"""Weekly analyses and monthly assessments on screen."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import Area
from pingji.ground.record.queries import lines_about
from pingji.warn.alerts.actions import analyses as actions
from pingji.warn.alerts.forms.analyses import AskForm, TextForm
from pingji.warn.alerts.forms.assessments import ReasonForm
from pingji.warn.alerts.models import Analysis, AnalysisDocument, AnalysisText
from pingji.warn.alerts.queries import analyses as queries
from pingji.warn.alerts.rules import analyses as rules
from pingji.warn.alerts.rules import check_can_view

ROWS_A_PAGE = 50


@login_required
def analyses(request: HttpRequest) -> HttpResponse:
    """Which weeks and months were analysed, and what waits for whom."""
    check_can_view(request.user)
    return _list(request)


@require_POST
@login_required
def ask_for_analysis(request: HttpRequest) -> HttpResponse:
    """Have the worker draft an analysis."""
    rules.check_can_edit(request.user)
    form = AskForm(request.POST, areas=_areas(request))
    if form.is_valid():
        try:
            actions.ask_for_analysis(by=request.user, at=timezone.now(), **form.cleaned_data)
            messages.info(request, _("The analysis is being drafted; it appears here by itself."))
            return redirect("alerts:analyses")
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return _list(request, form)


@login_required
def analysis(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """One analysis: its figures, its texts, and what is to be done with it."""
    check_can_view(request.user)
    return _page(request, _seen(request, analysis_id))


@require_POST
@login_required
def write_text(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Take a section's new wording."""
    rules.check_can_edit(request.user)
    one = _seen(request, analysis_id)
    form = TextForm(request.POST)
    if form.is_valid():
        try:
            actions.write_text(
                analysis=one, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            return redirect(f"{one.get_absolute_url()}#{form.cleaned_data['section']}")
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return _page(request, _seen(request, analysis_id), written=form)


@require_POST
@login_required
def submit_analysis(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Hand a draft in for its signature."""
    rules.check_can_edit(request.user)
    one = _seen(request, analysis_id)
    actions.submit(analysis=one, by=request.user, at=timezone.now())
    return redirect(one)


@require_POST
@login_required
def sign_analysis(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Sign an analysis."""
    one = _seen(request, analysis_id)
    actions.sign_analysis(analysis=one, by=request.user, at=timezone.now())
    return redirect(one)


@require_POST
@login_required
def return_analysis(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Send an analysis back."""
    one = _seen(request, analysis_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.return_analysis(
                analysis=one, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            return redirect(one)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return _page(request, _seen(request, analysis_id), returned=form)


@never_cache
@login_required
def analysis_word(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """The analysis as a Word file."""
    return _file(request, analysis_id, AnalysisDocument.Form.WORD)


@never_cache
@login_required
def analysis_pdf(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """The analysis as a PDF file."""
    return _file(request, analysis_id, AnalysisDocument.Form.PDF)


def _file(request: HttpRequest, analysis_id: int, form: AnalysisDocument.Form) -> HttpResponse:
    check_can_view(request.user)
    one = _seen(request, analysis_id)
    content = actions.fetch_document(analysis=one, form=form, by=request.user, at=timezone.now())
    answer = HttpResponse(content, content_type=form.content_type)
    name = f"pingji-{one.area_id}-{one.kind}-{one.starts_on:%Y%m%d}-v{one.version}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _areas(request: HttpRequest) -> QuerySet[Area]:
    """The counties within sight; for who sees less, the own area."""
    seen = Area.objects.visible_to(request.user)
    counties = seen.of_level("county")
    return counties if counties.exists() else seen.filter(pk=request.user.area_id)


def _seen(request: HttpRequest, analysis_id: int) -> Analysis:
    found = Analysis.objects.visible_to(request.user).select_related(
        "area", "previous", "drafted_by", "submitted_by", "signed_by"
    )
    return get_object_or_404(found, pk=analysis_id)


def _list(request: HttpRequest, form: AskForm | None = None) -> HttpResponse:
    found = Analysis.objects.visible_to(request.user).standing().select_related("area", "signed_by")
    state = request.GET.get("state", "")
    counts = {value: found.filter(state=value).count() for value in Analysis.State.values}
    shown = found.filter(state=state) if state in Analysis.State.values else found
    page = Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page"))
    for one in page.object_list:
        one.span = queries.span_of(one)
    states = [
        (value, label, counts[value])
        for value, label in Analysis.State.choices
        if value != Analysis.State.SUPERSEDED
    ]
    if form is None and may(rules.check_can_edit, request.user):
        today = timezone.localdate()
        form = AskForm(
            areas=_areas(request),
            initial={"day": queries.last_whole(Analysis.Kind.WEEKLY, today).starts_on},
        )
    context = {"page": page, "state": state, "states": states, "form": form, "all": found.count()}
    status = 409 if form is not None and form.errors else 200
    return render(request, "alerts/analysis/list.html", context, status=status)


def _after_reading(written: TextForm, wording: AnalysisText) -> TextForm:
    """The writer's text beside the wording that came before it: they keep theirs knowing both."""
    written.data = written.data.dict() | {"seen": str(wording.number)}
    return written


def _page(request: HttpRequest, one: Analysis, **forms: Any) -> HttpResponse:
    wordings = queries.wordings_of(one)
    texts = {section: wording.text for section, wording in wordings.items()}
    laid_out = queries.document(one, texts)
    writes = may(rules.check_can_write, request.user, one)
    written = forms.get("written")
    sections = []
    for section in laid_out.sections:
        wording = wordings[section.key]
        form = None
        here = written is not None and written.data.get("section") == section.key
        if writes:
            form = TextForm(
                auto_id=f"{section.key}_%s",
                initial={"section": section.key, "seen": wording.number, "text": wording.text},
            )
            if written is not None and here:
                form = _after_reading(written, wording)
        # Handed in by somebody else meanwhile: there is no box left to keep the text in.
        unsaved = written if here and not writes else None
        sections.append({"it": section, "wording": wording, "form": form, "unsaved": unsaved})
    signs = may(rules.check_can_answer, request.user, one, Analysis.State.DRAFT)
    context = {
        "analysis": one,
        "span": queries.span_of(one),
        "last": queries.span_of(one.previous) if one.previous else None,
        "title": laid_out.title,
        "subtitle": laid_out.subtitle,
        "notes": laid_out.notes,
        "sections": sections,
        "versions": Analysis.objects.visible_to(request.user)
        .filter(area=one.area, kind=one.kind, starts_on=one.starts_on)
        .order_by("-version"),
        "documents": one.documents.defer("content"),
        "lines": lines_about(one),
        "may_submit": may(rules.check_can_submit, request.user, one, texts),
        "writes": writes,
        "may_sign": may(rules.check_can_sign, request.user, one),
        "return_form": forms.get("returned") or (ReasonForm() if signs else None),
        "may_draft": may(rules.check_can_edit, request.user) and one.state != Analysis.State.REVIEW,
    }
    status = 409 if any(form.errors for form in forms.values()) else 200
    return render(request, "alerts/analysis/page.html", context, status=status)
