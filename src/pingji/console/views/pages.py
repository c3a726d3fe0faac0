"""Home pages and the search box."""

from datetime import datetime
from functools import partial

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from pingji.console import queries
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import Import
from pingji.monitor.surveillance.queries.sentinels import Mine, my_sentinels

ROWS = 8  # of each list on a home page; the rest is one click away
TASKS_A_PAGE = 50
CHANGES = 14
SENTINELS = 3  # of one's own on a home page


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
        "alerts": queries.alerts_waiting(user)[:ROWS],
        "imports": _imports(user)[:ROWS],
        "news": SimpleLazyObject(partial(queries.news, user, at=now, most=CHANGES)),
        "read": reverse("console:read_changes"),
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
