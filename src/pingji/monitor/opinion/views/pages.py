"""Rumours: the list, and the page of one."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import may
from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area
from pingji.monitor.opinion.models import Batch, Rumour
from pingji.monitor.opinion.queries import rumours as found
from pingji.monitor.opinion.rules import stepping
from pingji.monitor.opinion.views.parts import rumours_of, subject

ROWS_A_PAGE = 50
OPEN = "open"
CLASSES = (1, 2, 4, 8)  # upper ends of the classes of the map, in posts; the last is open


@login_required
def rumours(request: HttpRequest) -> HttpResponse:
    """Which rumours wait, whose they are, and how they spread."""
    stepping.check_can_view(request.user)
    state = request.GET.get("state", OPEN)
    seen = rumours_of(request)
    counts = {value: seen.filter(state=value).count() for value in Rumour.State.values}
    if state == OPEN:
        seen = seen.still_open()
    elif state in Rumour.State.values:
        seen = seen.filter(state=state)
    page = Paginator(seen, ROWS_A_PAGE).get_page(request.GET.get("page"))
    clocks = found.clocks(page.object_list)
    spread = found.spread(page.object_list, timezone.now())
    for rumour in page.object_list:
        rumour.clock = clocks.get(rumour.pk)
        rumour.now, rumour.then = spread.get(rumour.pk, (0, 0))
    waiting = sum(counts[value] for value in Rumour.OPEN)
    context = {
        "page": page,
        "state": state,
        "states": [
            (OPEN, _("All open"), waiting),
            *((value, label, counts[value]) for value, label in Rumour.State.choices),
        ],
        "last": Batch.objects.visible_to(request.user).first(),
        "may_hand_in": may(stepping.check_can_hand_in, request.user),
    }
    return render(request, "opinion/rumours.html", context)


@login_required
def detail(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """One rumour: what is said, what the channels show beside it, and its steps."""
    stepping.check_can_view(request.user)
    rumour = get_object_or_404(rumours_of(request), pk=rumour_id)
    return render(request, "opinion/rumour.html", subject(request, rumour))


@login_required
def curve(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Posts of a rumour by hour or day, for the chart component."""
    stepping.check_can_view(request.user)
    rumour = get_object_or_404(rumours_of(request), pk=rumour_id)
    drawn = found.curve(rumour)
    texts = drawn.pop("texts")
    words = {"kind": "epicurve", "unit": _("posts"), "counted": _("posts")}
    return JsonResponse(words | drawn | {"texts": texts})


@login_required
def map_of(request: HttpRequest, rumour_id: int) -> HttpResponse:
    """Posts of the same illness by township, for the map component."""
    stepping.check_can_view(request.user)
    rumour = get_object_or_404(rumours_of(request), pk=rumour_id)
    numbers = found.shaded(rumour, request.user)
    towns = Area.objects.visible_to(request.user).under(rumour.area_id[:6]).of_level("township")
    cells = directory.cells(towns)
    for feature in cells["features"]:
        shown = feature["properties"]
        number = numbers.get(shown["code"], 0)
        shown["value"] = number
        shown["class"] = _class(number)
        shown["words"] = ngettext("%(n)s post", "%(n)s posts", number) % {"n": number}
    present = {feature["properties"]["class"] for feature in cells["features"]}
    title = _("Posts about %(topic)s in the rumour's last week, by township")
    return JsonResponse(
        {
            "title": title % {"topic": rumour.topic.label},
            "unit": _("posts"),
            "schematic": any(f["properties"]["schematic"] for f in cells["features"]),
            "legend": [line for line in _legend() if line["class"] in present],
            "cells": cells,
            "points": [],
        }
    )


def _class(number: int) -> int:
    """The class of a figure on the map: 0 for none, 5 for the most."""
    return 0 if not number else sum(number > end for end in CLASSES) + 1


def _legend() -> list[dict[str, object]]:
    lines: list[dict[str, object]] = [{"class": 0, "words": "0"}]
    first = 1
    for at, end in enumerate(CLASSES, 1):
        lines.append({"class": at, "words": str(end) if end == first else f"{first}–{end}"})
        first = end + 1
    return [*lines, {"class": len(CLASSES) + 1, "words": f"{first}+"}]
