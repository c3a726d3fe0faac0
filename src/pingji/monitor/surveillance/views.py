"""Surveillance on screen: curves, case lines, files and their answers."""

import csv
import io

import numpy as np
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import may
from pingji.ground.directory.models import Area
from pingji.monitor.surveillance import actions, queries, rules
from pingji.monitor.surveillance.forms import ImportForm
from pingji.monitor.surveillance.models import CaseReport, Count, Disease, Import, RowAnswer

ROWS_A_PAGE = 50


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """What is going round: the watched diseases with their last weeks."""
    rules.check_can_view(request.user)
    last, rows = queries.last_weeks(CaseReport.objects.visible_to(request.user))
    chosen = request.GET.get("disease") or (rows[0].disease.pk if rows else "")
    return render(
        request,
        "surveillance/overview.html",
        {
            "rows": rows,
            "last": last,
            "reported": queries.reported_series(Count.objects.visible_to(request.user)),
            "chosen": Disease.objects.filter(pk=chosen).first(),
            "may_import": may(rules.check_can_import, request.user),
        },
    )


@login_required
def chart(request: HttpRequest) -> HttpResponse:
    """The curve of one disease in one area, for the chart component."""
    rules.check_can_view(request.user)
    area = request.GET.get("area") or request.user.area_id
    if not Area.objects.visible_to(request.user).filter(pk=area).exists():
        area = request.user.area_id
    key = queries.SeriesKey(
        request.GET.get("disease", ""),
        request.GET.get("channel", "case"),
        area,
        request.GET.get("period", "day"),
    )
    dates, counts = queries.one_series(key=key, as_of=timezone.now())
    recent = slice(-180 if key.period == "day" else -156, None)
    return JsonResponse(
        {
            "kind": "epicurve",
            "dates": [str(day) for day in dates[recent]],
            "counts": [None if np.isnan(n) else int(n) for n in counts[recent]],
            "unit": _("cases"),
            "period": key.period,
        }
    )


@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """The line list: who fell ill when and where; no names are kept here."""
    rules.check_can_view(request.user)
    lines = CaseReport.objects.visible_to(request.user).select_related("disease", "area", "file")
    asked = {
        name: request.GET.get(name, "").strip() for name in ("disease", "area", "since", "until")
    }
    if asked["disease"]:
        lines = lines.filter(disease_id=asked["disease"])
    if asked["area"]:
        lines = lines.filter(area__code__startswith=asked["area"])
    for name, lookup in (("since", "onset_on__gte"), ("until", "onset_on__lte")):
        day = queries.as_day(asked[name])
        if day:
            lines = lines.filter(**{lookup: day})
    return render(
        request,
        "surveillance/cases.html",
        {
            "page": Paginator(lines, ROWS_A_PAGE).get_page(request.GET.get("page")),
            "asked": asked,
            "diseases": Disease.objects.all(),
            "areas": Area.objects.visible_to(request.user).filter(code__length=9),
        },
    )


@login_required
def imports(request: HttpRequest) -> HttpResponse:
    """The files handed in, and the form to hand in another."""
    rules.check_can_import(request.user)
    form = ImportForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        file = actions.hand_in(
            name=upload.name,
            content=upload,
            channel=form.cleaned_data["channel"],
            disease=getattr(form.cleaned_data["disease"], "pk", ""),
            area=getattr(form.cleaned_data["area"], "pk", ""),
            by=request.user,
            at=timezone.now(),
        )
        return redirect("surveillance:import", file.pk)
    files = Import.objects.visible_to(request.user).select_related("handed_in_by")
    page = Paginator(files, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "surveillance/imports.html", {"form": form, "page": page})


@login_required
def import_detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """One file: how far it is, and the answer to every row that was not simply accepted."""
    rules.check_can_view(request.user)
    file = get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)
    answers = file.answers.all()
    verdict = request.GET.get("verdict", "")
    if verdict in RowAnswer.Verdict.values:
        answers = answers.filter(verdict=verdict)
    page = Paginator(answers, ROWS_A_PAGE).get_page(request.GET.get("page"))
    for answer in page:
        answer.sentence = queries.sentence(answer)
    return render(
        request,
        "surveillance/import.html",
        {"file": file, "page": page, "verdict": verdict, "verdicts": RowAnswer.Verdict},
    )


@login_required
def answers(request: HttpRequest, import_id: int) -> HttpResponse:
    """Every row's answer as a spreadsheet."""
    rules.check_can_view(request.user)
    file = get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)

    def lines() -> object:
        yield "\ufeff"  # so that spreadsheets read the Chinese as UTF-8
        for row in queries.answers_as_rows(file):
            text = io.StringIO()
            csv.writer(text).writerow([queries.harmless(cell) for cell in row])
            yield text.getvalue()

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="answers-{file.pk}.csv"'
    return response


@login_required
def diseases(request: HttpRequest) -> HttpResponse:
    """The catalogue: what is watched, and its class by law on which days."""
    rules.check_can_view(request.user)
    return render(
        request,
        "surveillance/diseases.html",
        {"diseases": Disease.objects.prefetch_related("classes")},
    )
