"""The cards of a line list as curve, map, pyramid and tables, on one page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.queries import line_list, list_words, pictures

STACKS = ("status", "township", "none")


class Looked:
    """What one reader looks at: the filters of the list, the days, and how they are drawn."""

    def __init__(self, request: HttpRequest) -> None:
        rules.check_can_view(request.user)
        self.user = request.user
        self.today = timezone.localdate()
        self.window = pictures.Window.read(request.GET, self.today)
        filters = line_list.without(line_list.Filters.read(request.GET), "text")
        self.query: dict[str, Any] = filters.given()
        self.filters = filters
        self.not_understood = line_list.not_understood(request.GET, after=False, before=False)
        self.found = line_list.find(filters, user=request.user, today=self.today, clear=False)
        area = self.found.places.get("area")
        self.place = area.pk if area else ""
        stack = request.GET.get("stack", "")
        self.stack = stack if stack in STACKS else STACKS[0]
        self.rate = request.GET.get("rate") == "1"


@login_required
def picture(request: HttpRequest) -> HttpResponse:
    """When, where and whom it struck."""
    looked = Looked(request)
    window, query, cards = looked.window, looked.query, looked.found.cards
    figures = pictures.by_township(
        cards, window, user=request.user, query=query, place=looked.place
    )
    return render(
        request,
        "surveillance/picture.html",
        {
            "window": window,
            "stack": looked.stack,
            "rate": looked.rate,
            "filters": looked.filters,
            "chips": list_words.chips(looked.filters, looked.found, lambda **_changes: ""),
            "figures": figures,
            "total": window.narrowed(cards).count(),
            "unaged": pictures.without_age_or_sex(cards, window, query=query),
            "institutions": pictures.by_organisation(cards, window, "institution", query=query),
            "organisations": pictures.by_organisation(cards, window, "organisation", query=query),
            "unusable": list_words.unusable(looked.found) + looked.not_understood,
            "choices": list_words.choices(request.user),
            "rows_url": pictures.rows_of_window(query, window),
            "query": request.GET.urlencode(),
        },
    )


@login_required
def curve(request: HttpRequest) -> HttpResponse:
    """The epidemic curve, for the chart component."""
    looked = Looked(request)
    return JsonResponse(
        pictures.curve(
            looked.found.cards,
            looked.window,
            stack=looked.stack,
            query=looked.query,
            today=looked.today,
            place=looked.place,
        )
    )


@login_required
def ages(request: HttpRequest) -> HttpResponse:
    """The age pyramid, for the chart component."""
    looked = Looked(request)
    return JsonResponse(pictures.age_groups(looked.found.cards, looked.window, query=looked.query))


@login_required
def map_of_cases(request: HttpRequest) -> HttpResponse:
    """Cases or their rate by township, for the map component."""
    looked = Looked(request)
    window = looked.window
    figures = pictures.by_township(
        looked.found.cards,
        window,
        user=request.user,
        query=looked.query,
        place=looked.place,
    )
    words = (
        _("Cases per 100,000 people by township, %(since)s to %(until)s")
        if looked.rate
        else _("Cases by township, %(since)s to %(until)s")
    )
    title = words % {"since": window.since.isoformat(), "until": window.until.isoformat()}
    return JsonResponse(pictures.township_map(figures, rate=looked.rate, title=title))
