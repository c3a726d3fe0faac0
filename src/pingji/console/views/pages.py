"""Home pages, the wall screen, the search box."""

from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from pingji.console import queries, rules
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import Import
from pingji.monitor.surveillance.queries.sentinels import Mine, my_sentinels
from pingji.warn.alerts.models import Alert

ROWS = 8  # of each list on a home page; the rest is one click away
TASKS_A_PAGE = 50
WALL_CLOCKS = 5
WALL_ROWS = 5
SENTINELS = 3  # of one's own on a home page
A_DAY = timedelta(days=1)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What needs this reader today; a page for each kind of work."""
    user, now = request.user, timezone.now()
    kind = queries.home_of(user)
    many = 3 * ROWS if kind == queries.Home.ORDERS else ROWS
    # Rows are fetched by the template that shows them; what it leaves out costs nothing.
    late, incidents = queries.late(user, at=now)[:ROWS], queries.open_incidents(user)[:ROWS]
    shown = {
        "tasks": queries.tasks(user)[:many],
        "late": late,
        "stats": partial(queries.stats, user, at=now, incidents=incidents, late_ones=late),
        "incidents": incidents,
        "alerts": _alerts(user)[:ROWS],
        "imports": _imports(user)[:ROWS],
        "changes": SimpleLazyObject(
            partial(queries.changes, user, since=now - A_DAY, most=ROWS)  # shown by some
        ),
        "counts": partial(queries.counts, user),
        "map_url": f"{reverse('console:map_data')}?facilities=0",
        "mine": partial(_own_sentinels, user, now),
    }
    return render(request, f"console/home/{kind}.html", shown)


def _own_sentinels(user: User, now: datetime) -> list[Mine]:
    """What the reader's own sentinels have to report, those with something to do."""
    if not (user.organisation_id and user.holds(Permission.SENTINEL_REPORT)):
        return []
    own = my_sentinels(user, at=now, most=ROWS)
    return [one for one in own if one.to_do][:SENTINELS]


@login_required
def tasks(request: HttpRequest) -> HttpResponse:
    """Everything that waits for this reader."""
    page = Paginator(queries.tasks(request.user), TASKS_A_PAGE).get_page(request.GET.get("page"))
    shown = {"page": page, "tasks": page.object_list}
    return render(request, "console/tasks.html", shown)


def _alerts(user: object) -> object:
    waiting = Alert.objects.visible_to(user).undecided().select_related("disease", "area")
    return waiting.order_by("-raised_at").only(
        *("ends_on", "observed", "expected", "raised_at"),
        *("disease__name", "disease__name_en", "area__name", "area__name_en"),
    )


def _imports(user: object) -> object:
    files = Import.objects.visible_to(user).select_related("handed_in_by")
    return files.only(
        *("file_name", "handed_in_at", "rows", "refused", "state", "handed_in_by__display_name")
    )


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """One box that finds people, cases, places, organisations, alerts, incidents and orders.

    The box sends what is typed in the body: a name or a number must not end up in a log.
    """
    asked = (request.POST.get("q") or request.GET.get("q", "")).strip()[:60]
    shown = {
        "asked": asked,
        "groups": queries.find(request.user, asked, most=5 if request.htmx else 30),
        "may_ask_register": bool(asked) and queries.may_ask_register(request.user),
    }
    return render(request, "console/search.html", shown)


@login_required
def wall(request: HttpRequest) -> HttpResponse:
    """One map, five clocks, three lists, for a screen on the wall that nobody touches."""
    rules.check_can_view_map(request.user)
    user, now = request.user, timezone.now()
    shown = {
        "clocks": queries.most_urgent(user)[:WALL_CLOCKS],
        "alerts": _alerts(user)[:WALL_ROWS],
        "incidents": queries.open_incidents(user)[:WALL_ROWS],
        "changes": queries.changes(user, since=now - A_DAY, most=WALL_ROWS),
        "map_url": f"{reverse('console:map_data')}?facilities=0",
    }
    return render(request, "console/wall.html", shown)
