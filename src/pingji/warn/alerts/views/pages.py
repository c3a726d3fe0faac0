"""Alerts on screen."""

import contextlib

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.warn.alerts import actions, queries, rules
from pingji.warn.alerts.forms import DecisionForm
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.views.parts import alerts_of, subject

ROWS_A_PAGE = 50


@login_required
def waiting(request: HttpRequest) -> HttpResponse:
    """Which alerts wait for a verdict; any other state by filter."""
    rules.check_can_view(request.user)
    state = request.GET.get("state", Alert.State.NEW)
    alerts = Alert.objects.visible_to(request.user).select_related(
        "area", "disease", "decided_by", "owner"
    )
    counts = dict(alerts.order_by().values_list("state").annotate(Count("pk")))
    if state in Alert.State.values:
        alerts = alerts.filter(state=state)
    if state in Alert.OPEN:
        alerts = alerts.gravest_first()
    page = Paginator(alerts, ROWS_A_PAGE).get_page(request.GET.get("page"))
    clocks = queries.next_clocks(page.object_list)
    for alert in page.object_list:
        alert.clock = clocks.get(alert.pk)
    context = {
        "page": page,
        "state": state,
        "states": [(value, label, counts.get(value, 0)) for value, label in Alert.State.choices],
        "last_run": queries.last_run(request.user),
        "may_run": may(rules.check_can_run, request.user),
    }
    return render(request, "alerts/list.html", context)


@login_required
def detail(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert with its evidence; opening it is its being seen, if the reader may decide."""
    rules.check_can_view(request.user)
    alert = get_object_or_404(alerts_of(request), pk=alert_id)
    if alert.seen_at is None:
        # Of two who open it at once, the second finds it seen already, or even decided on.
        with contextlib.suppress(Refused):
            actions.see(alert=alert, by=request.user, at=timezone.now())
        alert = get_object_or_404(alerts_of(request), pk=alert_id)
    return render(request, "alerts/detail.html", subject(request, alert, DecisionForm()))


@require_POST
@login_required
def decide(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Take the decision form; show the alert again, with the refusal if there is one."""
    rules.check_can_view(request.user)
    alert = get_object_or_404(alerts_of(request), pk=alert_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            actions.decide(alert=alert, by=request.user, at=timezone.now(), **form.cleaned_data)
            return redirect("alerts:detail", alert.pk)
        except Refused as refused:
            refused.shown_on(form)
            alert.refresh_from_db()
    status = 409 if form.errors else 200
    return render(request, "alerts/detail.html", subject(request, alert, form), status=status)


@login_required
def signs(request: HttpRequest) -> HttpResponse:
    """What single sources found; what is too weak for an alert waits here until more comes."""
    rules.check_can_view(request.user)
    kind = request.GET.get("kind", "")
    waiting = request.GET.get("all", "") == ""
    found = queries.signs_seen(
        request.user, kind=kind if kind in Sign.Kind.values else "", waiting=waiting
    )
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    gone = queries.fallen_by_county(page.object_list, timezone.now())
    for sign in page:
        sign.gone = sign.pk in gone
        sign.words = queries.sign_in_words(sign)
        sign.name = queries.NAMES[sign.method]
    context = {"page": page, "kind": kind, "kinds": Sign.Kind.choices, "waiting": waiting}
    return render(request, "alerts/signs.html", context)
