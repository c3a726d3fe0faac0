"""Reports of an event on screen: draft, edit, review, send."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused, answered, may
from pingji.ground.notices.queries import proof
from pingji.ground.record.queries import lines_about
from pingji.respond.incidents import actions as command
from pingji.respond.incidents.actions import reports as actions
from pingji.respond.incidents.forms import IllnessForm
from pingji.respond.incidents.forms.consultations import WhyForm
from pingji.respond.incidents.forms.reports import (
    AgainForm,
    DraftForm,
    SectionForm,
    SendForm,
)
from pingji.respond.incidents.models import EventReport, Incident
from pingji.respond.incidents.models.papers import Paper
from pingji.respond.incidents.queries.event_document import (
    report_document,
    texts_of,
    wordings_of,
)
from pingji.respond.incidents.queries.reporting import (
    bodies,
    latest_report,
    newest_version,
    report_clocks,
    under_way,
)
from pingji.respond.incidents.rules import bulletins as bulletin_rules
from pingji.respond.incidents.rules import check_can_name_illness
from pingji.respond.incidents.rules import reports as rules
from pingji.respond.incidents.views.consultations import check_paper, paper
from pingji.respond.incidents.views.errors import errors_of
from pingji.respond.incidents.views.frame import frame, incident_of

Kind = EventReport.Kind
State = EventReport.State


@login_required
def reports(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The reports and public bulletins of one incident, and their clocks."""
    return report_list(request, incident_of(request, incident_id))


@require_POST
@login_required
def name_illness(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Say which illness it is, so that its cases are counted."""
    incident = incident_of(request, incident_id)
    form = IllnessForm(request.POST)
    if form.is_valid():
        try:
            command.name_illness(
                incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            return redirect("incidents:reports", incident.pk)
        except Refused as refused:
            refused.shown_on(form)
    return report_list(request, incident_of(request, incident_id), status=409, illness=form)


@require_POST
@login_required
def draft_report(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Draft a report from what is known now."""
    incident = incident_of(request, incident_id)
    form = DraftForm(request.POST)
    if form.is_valid():
        try:
            made = actions.draft_report(
                incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            return redirect(made)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("Say which report."))
    return report_list(request, incident_of(request, incident_id), status=409)


@login_required
def event_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report: its figures, its texts, and what is to be done with it."""
    return _page(request, _seen(request, report_id))


@require_POST
@login_required
def write_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Take a section's new wording."""
    form = SectionForm(request.POST)
    there = f"#{form.data.get('section', '')}"
    return _try(request, report_id, actions.write_report, there=there, written=form)


@require_POST
@login_required
def submit_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Hand a draft in for its review."""
    return _try(request, report_id, actions.submit_report, step=forms.Form(request.POST))


@require_POST
@login_required
def return_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Send a report back."""
    form = WhyForm(request.POST, auto_id="return_%s")
    return _try(request, report_id, actions.return_report, return_form=form)


@require_POST
@login_required
def approve_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Approve a report."""
    return _try(request, report_id, actions.approve_report, step=forms.Form(request.POST))


@require_POST
@login_required
def send_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Send a report to the bodies that the plan names."""
    form = SendForm(request.POST)
    return _try(request, report_id, actions.send_report, send_form=form)


@require_POST
@login_required
def drop_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Give a draft up."""
    form = WhyForm(request.POST, auto_id="drop_%s")
    return _try(request, report_id, actions.drop_report, drop_form=form)


@require_POST
@login_required
def correct_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Draft a new version of a sent report."""
    form = AgainForm(request.POST)
    return _try(request, report_id, actions.correct_report, again_form=form)


@never_cache
@login_required
def report_file(request: HttpRequest, report_id: int, language: str, form: str) -> HttpResponse:
    """The report as a Word or a PDF file, in one language."""
    check_paper(language, form)
    one = _seen(request, report_id)
    content = actions.fetch_report(
        report=one, language=language, form=form, by=request.user, at=timezone.now()
    )
    name = f"pingji-{one.kind}-{one.incident_id}-{one.number}-v{one.version}-{language}"
    return paper(content, form, name)


def _seen(request: HttpRequest, report_id: int) -> EventReport:
    rules.check_can_read_reports(request.user)
    rows = EventReport.objects.visible_to(request.user).select_related(
        "area", "incident__area", "drafted_by", "submitted_by", "reviewed_by", "sent_by", "previous"
    )
    return get_object_or_404(rows, pk=report_id)


def _try(
    request: HttpRequest,
    report_id: int,
    work: Callable[..., object],
    *,
    there: str = "",
    **named: forms.Form,
) -> HttpResponse:
    """Try the action with what was typed; show the page again with the refusal if any."""
    one = _seen(request, report_id)
    ((name, form),) = named.items()
    fixed = {"report": one, "by": request.user, "at": timezone.now()}
    made = answered(form, lambda: work(**fixed, **form.cleaned_data))
    if made is not None:
        to = made if isinstance(made, EventReport) else one
        return redirect(f"{to.get_absolute_url()}{there}")
    return _page(request, _seen(request, report_id), **{name: form})


def report_list(
    request: HttpRequest,
    incident: Incident,
    status: int = 200,
    illness: IllnessForm | None = None,
) -> HttpResponse:
    """The page of an incident's reports and bulletins, with what may be written now."""
    user = request.user
    kinds = []
    for kind in Kind:
        latest = latest_report(incident, kind)
        once = kind in (Kind.INITIAL, Kind.CLOSING)
        again = latest is not None and latest.state == State.SENT and once
        kinds.append(
            {
                "kind": kind,
                "latest": latest,
                "may_draft": not again and may(rules.check_can_draft, user, incident, kind, latest),
            }
        )
    context = frame(incident, "reports") | {
        "kinds": kinds,
        "reports": EventReport.objects.none()
        if not may(rules.check_can_read_reports, user)
        else incident.reports.standing().select_related("sent_by", "submitted_by"),
        "illness": illness or IllnessForm(initial={"disease": incident.disease_id}),
        "may_name": may(check_can_name_illness, user, incident, "…"),
        "clocks": report_clocks(incident),
        "bulletins": incident.bulletins.standing().select_related("released_by"),
        "may_tell": may(
            bulletin_rules.check_can_draft_bulletin, user, incident, under_way(incident)
        ),
    }
    return render(request, "incidents/reports.html", context, status=status)


def _page(request: HttpRequest, one: EventReport, **shown: forms.Form) -> HttpResponse:
    user = request.user
    wordings, texts = wordings_of(one), texts_of(one)
    laid_out = report_document(one, texts)
    writes = may(rules.check_can_edit, user, one)
    needed = rules.TO_BE_WRITTEN[Kind(one.kind)] if one.state == State.DRAFT else ()
    written = shown.get("written")
    sections = []
    for section in laid_out.sections:
        wording = wordings[section.key]
        form = None
        if writes:
            form = SectionForm(
                auto_id=f"{section.key}_%s",
                initial={"section": section.key, "seen": wording.number, "text": wording.text},
            )
            if written is not None and written.data.get("section") == section.key:
                form = written
        missing = section.key in needed and not wording.text.strip()
        sections.append({"it": section, "wording": wording, "form": form, "missing": missing})
    latest = latest_report(one.incident, one.kind)
    today = timezone.localdate()
    context: dict[str, Any] = {
        "report": one,
        "incident": one.incident,
        "title": laid_out.title,
        "subtitle": laid_out.subtitle,
        "notes": laid_out.notes,
        "sections": sections,
        "writes": writes,
        "may_submit": may(rules.check_can_submit, user, one, texts),
        "may_approve": may(rules.check_can_approve, user, one),
        "receivers": one.receivers.all(),
        "to": bodies(one.area, one.kind, today) if one.state != State.SENT else [],
        "versions": one.incident.reports.filter(kind=one.kind, number=one.number).order_by(
            "-version"
        ),
        "documents": one.documents.defer("content"),
        "papers": [(language, form) for language in Paper.Language for form in Paper.Form],
        "proof": proof(one, user),
        "lines": lines_about(one),
    }
    if may(rules.check_can_review, user, one, State.DRAFT):
        context["return_form"] = WhyForm(auto_id="return_%s")
    if may(rules.check_can_send, user, one):
        context["send_form"] = SendForm()
    if may(rules.check_can_drop, user, one):
        context["drop_form"] = WhyForm(auto_id="drop_%s")
    if may(rules.check_can_correct, user, one, latest, newest_version(one)):
        context["again_form"] = AgainForm()
    context |= shown
    context["refusals"] = errors_of(shown.values())
    status = 409 if context["refusals"] else 200
    return render(request, "incidents/report/page.html", context, status=status)
