"""The wall page: for who is signed in, and for a screen that bears a key of its own."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache

from pingji.console import queries, rules
from pingji.console.views.maps import layers_seen
from pingji.ground import Refused
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import User
from pingji.ground.directory.queries import reader_of, screen_with
from pingji.ground.standards.models import Mode
from pingji.ground.standards.queries import emergencies_seen, mode_at

A_DAY = timedelta(days=1)
CLOCKS = 5
ROWS = 24  # of each list; the screen shows as many as fit, and turns the page by itself
DAYS_ON_MAP = 7
MARK = "exercise-mark"
WALLS_MARK = {"url": reverse_lazy("console:wall"), "wait": "5s"}
ON_WALL = ("cases", "risk", "incidents", "alerts", "checkpoints")


def _reader(request: HttpRequest) -> User | None:
    """Who reads: whoever is signed in, else the screen whose key the browser bears."""
    if request.user.is_authenticated:
        return request.user
    screen = screen_with(request.COOKIES.get(settings.WALL_COOKIE_NAME, ""))
    return reader_of(screen) if screen else None


@never_cache
def wall(request: HttpRequest) -> HttpResponse:
    """One map, five clocks, three lists, for a screen on the wall that nobody touches."""
    user, now = _reader(request), timezone.now()
    if user is None:
        return redirect_to_login(request.get_full_path())
    rules.check_can_view_map(user)
    if request.htmx.trigger == MARK:  # asked for every few seconds while an exercise goes on
        return render(request, "console/exercise_mark.html", WALLS_MARK)
    mode = mode_at(user.area_id, now)
    shown = {
        "place": user.area,
        "mode": mode,
        "below": 0 if mode == Mode.EMERGENCY else len(emergencies_seen(user.area_id, now)),
        "clocks": queries.most_urgent(user)[:ROWS],
        "clocks_at_once": CLOCKS,
        "alerts": queries.alerts_waiting(user)[:ROWS],
        "answered": queries.answered(user, at=now, most=ROWS),
        "late": queries.late_orders(user, at=now, most=ROWS),
        "changes": partial(queries.changes, user, since=now - A_DAY, most=ROWS),
        "map_url": reverse("console:wall_map"),
        "mark": WALLS_MARK,
    }
    response = render(request, "console/wall.html", shown)
    if not request.user.is_authenticated:
        _keep(response, request.COOKIES[settings.WALL_COOKIE_NAME])
    return response


@never_cache
def wall_map(request: HttpRequest) -> HttpResponse:
    """What the wall's map draws."""
    user = _reader(request)
    if user is None:
        return redirect_to_login(request.get_full_path())
    rules.check_can_view_map(user)
    asked = queries.Asked(
        until=timezone.localdate(),
        days=DAYS_ON_MAP,
        layers=layers_seen(user, ON_WALL),
        now=timezone.now(),
    )
    return JsonResponse(queries.township_map(user, asked))


@never_cache
def join_wall(request: HttpRequest) -> HttpResponse:
    """At the screen: type its code once, and it shows the wall page from then on."""
    refused = None
    if request.method == "POST":
        try:
            _screen, key = directory.join_wall_screen(
                code=request.POST.get("code", "")[:40],
                by=User.objects.system(),
                at=timezone.now(),
            )
        except Refused as problem:
            refused = problem
        else:
            response = redirect("console:wall")
            _keep(response, key)
            return response
    status = 409 if refused else 200
    return render(request, "console/join_wall.html", {"refused": refused}, status=status)


def _keep(response: HttpResponse, key: str) -> None:
    """Have the screen keep its key, anew with every page it loads."""
    response.set_cookie(
        settings.WALL_COOKIE_NAME,
        key,
        max_age=settings.WALL_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
