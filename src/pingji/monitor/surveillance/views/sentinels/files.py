"""Reports by spreadsheet on screen: the empty table, handing in, the answers."""

import csv

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from pingji.monitor.surveillance.actions import sentinels as actions
from pingji.monitor.surveillance.models import Import, Sentinel, SentinelType
from pingji.monitor.surveillance.queries import harmless, sentence
from pingji.monitor.surveillance.queries import sentinels as queries
from pingji.monitor.surveillance.rules import sentinels as rules
from pingji.monitor.surveillance.views.sentinels.asking import page_of

FILES = 20


class FileForm(forms.Form):
    """A spreadsheet of reports."""

    file = forms.FileField(label=gettext_lazy("Spreadsheet (CSV or Excel)"))


@login_required
def file(request: HttpRequest) -> HttpResponse:
    """Hand a spreadsheet in; those handed in before."""
    rules.check_can_report_for_sentinels(request.user)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        handed = actions.hand_in_reports(
            name=upload.name, content=upload, by=request.user, at=timezone.now()
        )
        return redirect("surveillance:sentinel_answers", handed.pk)
    rows = Sentinel.objects.visible_to(request.user).open_on(timezone.localdate())
    files = Import.objects.visible_to(request.user).filter(kind=Import.Kind.SENTINELS)
    return render(
        request,
        "surveillance/sentinels/file.html",
        {
            "form": form,
            "files": files.select_related("handed_in_by")[:FILES],
            "kinds": SentinelType.objects.filter(pk__in=rows.order_by().values("type")),
        },
    )


@login_required
def answers(request: HttpRequest, report_file_id: int) -> HttpResponse:
    """What was said to the rows of a spreadsheet of reports."""
    rules.check_can_see_sentinels(request.user)
    files = Import.objects.visible_to(request.user).filter(kind=Import.Kind.SENTINELS)
    handed = get_object_or_404(files, pk=report_file_id)
    page = page_of(request, handed.answers.order_by("row", "id"))
    for answer in page:
        answer.sentence = sentence(answer)
    return render(request, "surveillance/sentinels/answers.html", {"file": handed, "page": page})


@login_required
def empty_table(request: HttpRequest, type_code: str) -> HttpResponse:
    """An empty table for one kind: its headings, and a row for each of the reader's sentinels."""
    rules.check_can_report_for_sentinels(request.user)
    shown = get_object_or_404(SentinelType.objects.all(), pk=type_code)
    today = timezone.localdate()
    rows = Sentinel.objects.visible_to(request.user).open_on(today).filter(type=shown)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{type_code}.csv"'
    response.write("\ufeff")  # so that spreadsheets read the Chinese as UTF-8
    table = csv.writer(response)
    items = queries.items_of(shown, today)
    table.writerow(["编号", "名称", "日期", *(harmless(item.label) for item in items), "备注"])
    for pk, name in rows.values_list("pk", "name"):
        table.writerow([pk, harmless(name), today.isoformat(), *("" for _item in items), ""])
    return response
