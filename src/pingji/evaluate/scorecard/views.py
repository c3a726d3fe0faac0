"""The scorecard on screen: figures first, the rows behind each one click away."""

import csv
from datetime import date

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.evaluate.scorecard import actions, queries, rules
from pingji.evaluate.scorecard.forms import SpanForm, TaskForm
from pingji.evaluate.scorecard.models import LedgerEntry
from pingji.evaluate.scorecard.queries import Span
from pingji.ground import Refused, may
from pingji.ground.record.queries import lines_about
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.queries import harmless
from pingji.monitor.surveillance.queries.coverage import public_institutions

ROWS_A_PAGE = 50


def _span(request: HttpRequest) -> tuple[Span, SpanForm]:
    """The days asked for, else this year so far."""
    today = timezone.localdate()
    default = {"since": date(today.year, 1, 1), "until": today}
    form = SpanForm(request.GET if "since" in request.GET else None, initial=default)
    if form.is_bound and form.is_valid():
        return Span(**form.cleaned_data), form
    return Span(**default), form


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """How the county does against its own plan."""
    rules.check_can_view(request.user)
    span, form = _span(request)
    user, now = request.user, timezone.now()
    profile = standards.profile_for(queries.county_of(user), timezone.localdate(now))
    return render(
        request,
        "scorecard/overview.html",
        {
            "span": span,
            "form": form,
            "profile": profile,
            "kpis": queries.kpis_of(profile, user=user, span=span, at=now) if profile else [],
            "promises": queries.promises(user=user, span=span, at=now),
            "tasks": queries.ledger_counts(profile, user=user, at=now),
        },
    )


@login_required
def deadlines(request: HttpRequest) -> HttpResponse:
    """The deadlines behind a figure, each with its subject."""
    rules.check_can_view(request.user)
    span, form = _span(request)
    rows = queries.deadlines_in(request.user, span).select_related("standard", "organisation")
    key, state = request.GET.get("key", ""), request.GET.get("state", "")
    if key:
        rows = rows.filter(key=key)
    if state in Deadline.State.values:
        rows = rows.filter(state=state)
    if request.GET.get("ended"):
        rows = queries.ended(rows, timezone.now())
    page = Paginator(rows.order_by("-started_at"), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "scorecard/deadlines.html",
        {
            "page": page,
            "span": span,
            "form": form,
            "key": key,
            "state": state,
            "states": Deadline.State.choices,
            "rule": standards.find_rule(queries.county_of(request.user), key, span.until),
        },
    )


@login_required
def institutions(request: HttpRequest) -> HttpResponse:
    """The public institutions, connected or not (R23)."""
    rules.check_can_view(request.user)
    rows = (
        public_institutions(request.user)
        .select_related("area")
        .order_by("connected", "area_id", "name")
    )
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "scorecard/institutions.html", {"page": page})


@login_required
def ledger(request: HttpRequest) -> HttpResponse:
    """The plan's task ledger (R119)."""
    rules.check_can_view(request.user)
    lines = queries.ledger(user=request.user, at=timezone.now())
    state = request.GET.get("state", "")
    shown = [
        line
        for line in lines
        if not state or line.state == state or (state == "late" and line.late)
    ]
    return render(
        request,
        "scorecard/ledger.html",
        {
            "lines": shown,
            "state": state,
            "states": [
                (value, label, sum(line.state == value for line in lines))
                for value, label in LedgerEntry.State.choices
            ],
            "counts": {"all": len(lines), "late": sum(line.late for line in lines)},
        },
    )


@login_required
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    """One task: how far it is, and its history."""
    rules.check_can_view(request.user)
    lines = queries.ledger(user=request.user, at=timezone.now())
    line = next((line for line in lines if line.task.pk == task_id), None)
    area = queries.county_area(request.user)
    if line is None or area is None:
        raise Http404
    entry = line.entry
    form = TaskForm(
        request.POST or None,
        initial={
            "state": line.state,
            "progress": entry.progress if entry else "",
            "evidence": entry.evidence if entry else "",
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_task(
                task=line.task,
                area=area,
                by=request.user,
                at=timezone.now(),
                **form.cleaned_data,
            )
            return redirect("scorecard:task", task_id)
        except Refused as refused:
            if refused.field is None:  # who may not keep the ledger is shown no form to say it in
                raise
            refused.shown_on(form)
    return render(
        request,
        "scorecard/task.html",
        {
            "line": line,
            "form": form,
            "history": lines_about(entry) if entry else [],
            "may_update": may(rules.check_can_keep_ledger, request.user),
        },
    )


@login_required
def ledger_csv(request: HttpRequest) -> HttpResponse:
    """The ledger as a spreadsheet."""
    rules.check_can_view(request.user)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="ledger.csv"'
    response.write("\ufeff")  # so that spreadsheets read the Chinese as UTF-8
    out = csv.writer(response)
    out.writerow(
        [_("No."), _("Task"), _("Lead"), _("Responsible"), _("Due"), _("State"), _("How far it is")]
        + [_("Evidence"), _("Clause")]
    )
    for line in queries.ledger(user=request.user, at=timezone.now()):
        entry = line.entry
        row = [
            line.task.number,
            line.task.label,
            "、".join(unit.label for unit in line.task.lead),
            "、".join(unit.label for unit in line.task.responsible),
            line.task.due_on or "",
            line.state_label,
            entry.progress if entry else "",
            entry.evidence if entry else "",
            line.task.clause,
        ]
        out.writerow([harmless(str(cell)) for cell in row])
    return response
