"""How completely sentinels report, and who is silent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area, Permission
from pingji.monitor.surveillance.actions import sentinels as actions
from pingji.monitor.surveillance.models import Sentinel, SentinelType, Silence
from pingji.monitor.surveillance.queries import coverage as queries
from pingji.monitor.surveillance.queries import silence
from pingji.monitor.surveillance.rules import sentinels as rules
from pingji.monitor.surveillance.views.sentinels.asking import (
    area_asked,
    kind_asked,
    page_of,
)

SPANS = (7, 14, 28, 84)


@dataclass(frozen=True)
class Cell:
    """One figure of the matrix and the way to its sentinels."""

    share: str
    level: int
    words: str
    url: str


def cell(kept: queries.Kept | None, *, by_time: bool, days: int, **place: str) -> Cell | None:
    """A figure of the matrix; None where there is no sentinel.

    Args:
        kept: What it says.
        by_time: Whether it is about what came in time, or about what came at all.
        days: Over how many days.
        place: What its sentinels have in common: their kind, their area.
    """
    if kept is None or not kept.sentinels:
        return None
    share = kept.timely if by_time else kept.complete
    counted = {name: getattr(kept, name) for name in ("due", "in_time", "late", "missing")}
    return Cell(
        share="–" if share is None else f"{int(share)}%",  # 99.9 is not yet all
        level=queries.class_of_share(share),
        words=_("%(due)s due: %(in_time)s in time, %(late)s late, %(missing)s missing") % counted,
        url=f"{reverse('surveillance:sentinels')}?{urlencode(place | {'days': days})}",
    )


def here(place: Area) -> dict[str, Any]:
    """The filter of a line of the matrix; what lies in no township has a line of its own."""
    return {"area": place.pk} | ({} if len(place.pk) >= TOWNSHIP_DIGITS else {"own": "1"})


def reached(
    pairs: Iterable[tuple[int, int] | None], name: str = "sentinels", **query: str
) -> Cell | None:
    """So many of so many organisations; None where there is no such organisation."""
    counted = [pair for pair in pairs if pair is not None]
    met, of = sum(pair[0] for pair in counted), sum(pair[1] for pair in counted)
    if not of:
        return None
    if name == "sentinels":
        words = _("%(met)s of %(of)s organisations are a sentinel")
        url = f"{reverse('surveillance:sentinels')}?{urlencode(query)}"
    else:
        words, url = _("%(met)s of %(of)s public institutions are connected"), ""
    share = 100 * met / of
    return Cell(
        share=f"{int(share)}%",
        level=queries.class_of_share(share),
        words=words % {"met": met, "of": of},
        url=url,
    )


@dataclass(frozen=True)
class Matrix:
    """Shares by township and kind of sentinel.

    Attributes:
        first: What the first column of figures is about.
        kinds: The other columns.
        whole: The row of the whole area: its first cell and the others.
        lines: A row for each township: place, first cell, the others.
    """

    first: str
    kinds: list[SentinelType]
    whole: tuple[Cell | None, list[Cell | None]]
    lines: list[tuple[Area, Cell | None, list[Cell | None]]]


def matrix_of_reports(found: queries.Coverage, *, by_time: bool, days: int) -> Matrix:
    """The reports that came, or came in time."""
    how: dict[str, Any] = {"by_time": by_time, "days": days}
    return Matrix(
        first=_("All kinds"),
        kinds=found.kinds,
        whole=(
            cell(found.whole, **how),
            [cell(found.by_kind[kind.pk], **how, kind=kind.pk) for kind in found.kinds],
        ),
        lines=[
            (
                place,
                cell(found.by_place[place.pk], **how, **here(place)),
                [
                    cell(found.cells.get((kind.pk, place.pk)), **how, **here(place), kind=kind.pk)
                    for kind in found.kinds
                ],
            )
            for place in found.places
        ],
    )


def matrix_of_reach(found: queries.Reach) -> Matrix:
    """The organisations that are a sentinel, and the public institutions that are connected."""
    places = found.places
    return Matrix(
        first=_("Public institutions connected"),
        kinds=found.kinds,
        whole=(
            reached(found.connected.values(), "connected"),
            [
                reached([found.cells.get((kind.pk, p.pk)) for p in places], kind=kind.pk)
                for kind in found.kinds
            ],
        ),
        lines=[
            (
                place,
                reached([found.connected.get(place.pk)], "connected"),
                [
                    reached([found.cells.get((k.pk, place.pk))], area=place.pk, kind=k.pk)
                    for k in found.kinds
                ],
            )
            for place in places
        ],
    )


@login_required
def coverage(request: HttpRequest) -> HttpResponse:
    """Shares by kind and township: what came, what came in time, who is a sentinel at all."""
    rules.check_can_see_sentinels(request.user)
    now = timezone.now()
    asked = request.GET.get("days", "")
    usual = queries.coverage_days(request.user.area_id, now)
    spans = sorted({*SPANS, usual})
    days = int(asked) if asked.isdecimal() and int(asked) in spans else usual
    found = queries.coverage(request.user, at=now, days=days)
    show = request.GET.get("show", "")
    if show == "covered":
        matrix = matrix_of_reach(queries.reach(request.user, on=timezone.localdate(now)))
    else:
        show = "timely" if show == "timely" else "complete"
        matrix = matrix_of_reports(found, by_time=show == "timely", days=days)
    silent = silence.silent(Sentinel.objects.visible_to(request.user), at=now)
    return render(
        request,
        "surveillance/sentinels/coverage.html",
        {
            "found": found,
            "matrix": matrix,
            "days": days,
            "spans": spans,
            "show": show,
            "silent": len(silent),
            "covered": queries.covered_organisations(request.user, on=timezone.localdate(now)),
            "connected": queries.connected_institutions(request.user),
            "may_open_scorecard": request.user.holds(Permission.SCORECARD_VIEW),
            "may_open_map": request.user.holds(Permission.ALERT_VIEW),
        },
    )


@login_required
def silent(request: HttpRequest) -> HttpResponse:
    """Who is silent, the longest first, whom to ring, and one click to remind."""
    rules.check_can_see_sentinels(request.user)
    now = timezone.now()
    area = area_asked(request)
    kind = kind_asked(request)
    rows = Sentinel.objects.visible_to(request.user)
    if kind:
        rows = rows.filter(type=kind)
    if area:
        rows = rows.filter(area__code__startswith=area.pk)
    page = page_of(request, silence.silent(rows, at=now))
    numbers = [one.sentinel for one in page]
    places = rows.select_related("type", "area", "organisation").in_bulk(numbers)
    acted = {
        (row.sentinel_id, row.first_missing): row
        for row in Silence.objects.visible_to(request.user)
        .filter(sentinel__in=numbers)
        .select_related("reminded_by")
    }
    lines = [
        (one, places[one.sentinel], acted.get((one.sentinel, one.first_missing))) for one in page
    ]
    return render(
        request,
        "surveillance/sentinels/silent.html",
        {
            "page": page,
            "lines": lines,
            "kind": kind,
            "area": area,
            "now": now,
            "kinds": SentinelType.objects.all(),
            "may_remind": may(rules.check_can_remind, request.user),
        },
    )


@require_POST
@login_required
def remind(request: HttpRequest) -> HttpResponse:
    """Remind one silent sentinel, or all that are on the page."""
    rules.check_can_remind(request.user)
    numbers = [int(text) for text in request.POST.getlist("sentinel") if text.isdecimal()]
    try:
        reminded = actions.remind(sentinels=numbers, by=request.user, at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = ngettext("%(n)s sentinel was reminded.", "%(n)s sentinels were reminded.", reminded)
        messages.success(request, said % {"n": reminded})
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()})
    return redirect(there if safe else "surveillance:silent_sentinels")
