"""The clocks: what runs, what is late, what was met."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from pingji.ground import Refused, may
from pingji.ground.standards import actions
from pingji.ground.standards.forms import ExtendForm
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.models.deadline import OPEN
from pingji.ground.standards.rules import deadlines as rules

ROWS_A_PAGE = 50
SHOWN = {
    "open": pgettext_lazy("deadlines", "All running"),
    "late": pgettext_lazy("deadlines", "Late"),
    "soon": pgettext_lazy("deadlines", "Due soon"),
    "met": pgettext_lazy("deadlines", "Met"),
    "met_late": pgettext_lazy("deadlines", "Met late"),
    "missed": pgettext_lazy("deadlines", "Missed"),
    "cancelled": pgettext_lazy("deadlines", "Cancelled"),
    "all": pgettext_lazy("deadlines", "All"),
}
WHOSE = {
    "": gettext_lazy("Everybody's"),
    "mine": gettext_lazy("Mine"),
    "escalated": gettext_lazy("Escalated to my role"),
}


@require_GET
@login_required
def deadlines(request: HttpRequest) -> HttpResponse:
    """The clocks within sight, the most pressing first; filters stand in the address."""
    now = timezone.now()
    seen = Deadline.objects.visible_to(request.user)
    whose = request.GET.get("whose", "")
    if whose == "mine":
        seen = seen.filter(owner=request.user)
    elif whose == "escalated":
        seen = seen.filter(escalates_to=request.user.role, escalated_at__isnull=False)
    key = request.GET.get("key", "")
    kinds = kinds_of(seen)
    if key:
        seen = seen.filter(key=key)
    meant = meanings(now)
    counts = seen.order_by().aggregate(
        **{word: Count("pk", filter=which) for word, which in meant.items()}
    )
    state = request.GET.get("state", "open")
    state = state if state in SHOWN else "open"
    rows = seen.filter(meant[state]).select_related(
        "standard", "area", "organisation", "owner", "met_by"
    )
    # What is over is read from its end backwards; what runs, from what is due next.
    rows = rows.order_by("due_at" if state in {"open", "late", "soon"} else "-due_at", "id")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    template = "standards/deadline_rows.html" if request.htmx else "standards/deadlines.html"
    return render(
        request,
        template,
        {
            "page": page,
            "states": [(word, title, counts[word]) for word, title in SHOWN.items()],
            "state": state,
            "whose": whose,
            "whose_choices": WHOSE.items(),
            "key": key,
            "kinds": kinds,
            "now": now,
        },
    )


def kinds_of(seen: QuerySet[Deadline]) -> list[tuple[str, str]]:
    """The kinds of clocks within sight, by key, with their names."""
    newest = seen.order_by("key", "-pk").distinct("key").select_related("standard")
    return [(clock.key, clock.label) for clock in newest]


def meanings(now: datetime) -> dict[str, Q]:
    """The clocks each filter chip stands for."""
    states = {state: Q(state=state) for state in ("met", "met_late", "missed", "cancelled")}
    return states | {
        "open": OPEN,
        "late": OPEN & Q(due_at__lte=now),
        "soon": OPEN & Q(warn_at__lte=now, due_at__gt=now),
        "all": Q(pk__isnull=False),
    }


@require_http_methods(["GET", "POST"])
@login_required
def deadline(request: HttpRequest, deadline_id: int) -> HttpResponse:
    """One clock: what it asks for, where that is written, how it went; and more time for it."""
    found = get_object_or_404(
        Deadline.objects.visible_to(request.user).select_related(
            "standard__profile", "area", "organisation", "owner", "started_by"
        ),
        pk=deadline_id,
    )
    now = timezone.now()
    ahead = found.due_at + (found.due_at - found.started_at)
    may_extend = may(rules.check_can_extend, request.user, found, ahead, "?", now)
    form = ExtendForm(request.POST or None) if may_extend else None
    if request.method == "POST":
        if form is None:
            rules.check_can_extend(request.user, found, ahead, "?", now)
        elif form.is_valid():
            try:
                actions.extend_deadline(
                    deadline=found, by=request.user, at=now, **form.cleaned_data
                )
            except Refused as refused:
                field = refused.field if refused.field in form.fields else None
                form.add_error(field, str(refused))
            else:
                messages.success(request, _("The deadline is extended."))
                return redirect("standards:deadline", found.pk)
    return render(
        request,
        "standards/deadline.html",
        {
            "deadline": found,
            "form": form,
            "standing": rules.standing(found, now),
            "left": rules.time_left(found, now),
        },
    )
