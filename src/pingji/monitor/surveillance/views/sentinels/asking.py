"""What the pages about sentinels share."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from pingji.ground import Refused
from pingji.ground.directory.models import Area
from pingji.monitor.surveillance.models import Sentinel, SentinelType

ROWS_A_PAGE = 50
LONGEST_WORD = 60
MOST_DAYS = 366


def visible(request: HttpRequest, sentinel_id: int) -> Sentinel:
    """The sentinel, if the reader may see it."""
    rows = Sentinel.objects.visible_to(request.user)
    rows = rows.select_related("type", "area", "organisation", "facility")
    return get_object_or_404(rows, pk=sentinel_id)


def answered(form: Form, action: Callable[..., Any], **fixed: Any) -> Any:
    """Try the action with what was typed; a refusal is shown at its field."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return action(**fixed, **form.cleaned_data)
    except Refused as refused:
        field = refused.field if refused.field in form.fields else None
        form.add_error("figure" if refused.field == "kind" and not field else field, str(refused))
        return None


def ask(request: HttpRequest, form: Form, **words: Any) -> HttpResponse:
    """A form on a page of its own: title, lead, does, back_url, danger."""
    return render(request, "surveillance/sentinels/form.html", {"form": form, **words})


def page_of(request: HttpRequest, rows: Any) -> Page[Any]:
    """The page of the list that the address asks for."""
    return Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))


def area_asked(request: HttpRequest) -> Area | None:
    """The area the address asks for, if the reader may see it."""
    return Area.objects.visible_to(request.user).filter(pk=said(request, "area")).first()


def kind_asked(request: HttpRequest) -> SentinelType | None:
    """The kind of sentinel the address asks for, if there is one."""
    return SentinelType.objects.filter(pk=said(request, "kind")).first()


def days_asked(request: HttpRequest) -> int | None:
    """Over how many days the address asks to judge reporting; None where it does not say."""
    text = said(request, "days")
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) <= MOST_DAYS else None


def said(request: HttpRequest, name: str) -> str:
    """What the address says, without what no database can look for."""
    return str(request.GET.get(name, "")).replace("\x00", "").strip()[:LONGEST_WORD]
