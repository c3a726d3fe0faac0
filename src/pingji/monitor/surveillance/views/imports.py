"""Files and their answers on screen."""

import csv
import io

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from pingji.ground import may
from pingji.monitor.surveillance import actions, queries, rules
from pingji.monitor.surveillance.forms import ImportForm
from pingji.monitor.surveillance.models import Import, RowAnswer
from pingji.monitor.surveillance.rules.mapping import check_can_say

ROWS_A_PAGE = 50


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
            status=form.cleaned_data["status"],
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
        {
            "file": file,
            "page": page,
            "verdict": verdict,
            "verdicts": RowAnswer.Verdict,
            "may_map": may(check_can_say, request.user, file),
        },
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
