"""The one map: its page, its data, and the list beside it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from pingji.console import queries, rules
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import Disease
from pingji.respond.incidents.models import Incident

SPANS = (7, 14, 28, 84)
ALL = "all"
# Switched on when the map is opened; hundreds of facilities and pieces of equipment would hide the rest.
AT_FIRST = tuple(one for one in queries.LAYERS if one not in ("facilities", "equipment"))
OF_ALERTS = ("cases", "alerts")
# What the address of the page hands on to its data.
HANDED_ON = ("days", "disease", "incident", "layer", "show", "facilities")


def _asked(request: HttpRequest, now: datetime, *, layers: str = "") -> queries.Asked:
    days = request.GET.get("days", "")
    disease = request.GET.get("disease", "")
    at = _moment(request.GET.get("at", ""), now)
    incident = _incident(request)
    rules.check_can_view_map(request.user, incident=incident)
    return queries.Asked(
        until=timezone.localdate(at or now),
        days=int(days) if days.isdecimal() and int(days) in SPANS else SPANS[0],
        disease=disease if Disease.objects.filter(pk=disease).exists() else "",
        facilities=request.GET.get("facilities") != "0",
        layer=_layer(request),
        share=next((s for s in queries.SHARES if s == request.GET.get("show")), queries.SHARES[0]),
        layers=_layers(request.user, layers or request.GET.get("layers", "")),
        at=at,
        incident=incident,
        now=now,
    )


def _layer(request: HttpRequest) -> str:
    asked = request.GET.get("layer") == queries.SENTINELS
    return queries.SENTINELS if asked and queries.may_see_sentinels(request.user) else queries.CASES


def _layers(user: User, said: str) -> tuple[str, ...]:
    return layers_seen(user, queries.LAYERS if said == ALL else said.split(","))


def layers_seen(user: User, asked: Collection[str]) -> tuple[str, ...]:
    """The layers asked for that the reader may see; none where none is named."""
    hidden = () if user.holds(Permission.ALERT_VIEW) else OF_ALERTS
    return tuple(one for one in queries.LAYERS if one in asked and one not in hidden)


def _moment(said: str, now: datetime) -> datetime | None:
    """A moment that is over; None for now, and for what is no moment."""
    try:
        found = parse_datetime(said.replace(" ", "+"))
    except ValueError:
        return None
    if found is None:
        return None
    if timezone.is_naive(found):
        found = timezone.make_aware(found)
    return found if found < now else None


def _incident(request: HttpRequest) -> Incident | None:
    said = request.GET.get("incident", "")
    if not said.isdecimal() or not request.user.holds(Permission.INCIDENT_VIEW):
        return None
    rows = Incident.objects.visible_to(request.user).select_related("alert", "area")
    return get_object_or_404(rows, pk=int(said[:18]))


def _drawn(request: HttpRequest, asked: queries.Asked, now: datetime) -> dict[str, Any]:
    """The layer that the address asks for."""
    if asked.layer == queries.SENTINELS:
        return queries.sentinel_map(request.user, at=now, days=asked.days, share=asked.share)
    return queries.township_map(request.user, asked)


def _picture(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The map with its layers, its slider, and the list that says the same."""
    asked = _asked(request, now, layers=ALL)
    of_sentinels = asked.layer == queries.SENTINELS
    slider = None if of_sentinels else queries.slider(asked, now)
    if slider is not None:
        asked = replace(asked, at=slider.moment)  # the map and its list stand where the slider does
    drawn = _drawn(request, asked, now)
    handed = {name: request.GET[name] for name in HANDED_ON if request.GET.get(name)}
    address = urlencode(handed | {"layers": ALL})
    on = _layers(request.user, request.GET.get("on", ",".join(AT_FIRST)))
    return {
        "asked": asked,
        "layer": asked.layer,
        "title": drawn["title"],
        **queries.listed(drawn),
        "layers": drawn.get("layers", []),
        "on": on,
        "off": ",".join(one for one in asked.layers if one not in on),
        "slider": slider,
        "data_url": f"{reverse('console:map_data')}?{address}",
        "list_url": f"{reverse('console:map_list')}?{address}",
    }


@login_required
def map_page(request: HttpRequest) -> HttpResponse:
    """Where the cases are, and what there is to help; the list beside it is the same data."""
    user = request.user
    shown = _picture(request, timezone.now()) | {
        "may_see_sentinels": queries.may_see_sentinels(user),
        "diseases": Disease.objects.all(),
        "spans": SPANS,
        "incidents": (
            Incident.objects.visible_to(user).open().only("title")
            if user.holds(Permission.INCIDENT_VIEW)
            else []
        ),
    }
    return render(request, "console/map_page.html", shown)


@login_required
def map_part(request: HttpRequest) -> HttpResponse:
    """The picture alone, for a page of an incident."""
    return render(request, "console/picture.html", _picture(request, timezone.now()))


@login_required
def map_list(request: HttpRequest) -> HttpResponse:
    """The list beside the map, as of the moment that the slider shows."""
    return render(request, "console/map_list.html", _picture(request, timezone.now()))


@login_required
def map_data(request: HttpRequest) -> HttpResponse:
    """What map.js draws."""
    now = timezone.now()
    return JsonResponse(_drawn(request, _asked(request, now), now))
