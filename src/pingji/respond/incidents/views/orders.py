"""Orders: what my organisation has to do, on a phone as on a desk."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.notices.queries import proof
from pingji.ground.record.queries import lines_about
from pingji.respond.incidents import actions, queries, rules
from pingji.respond.incidents.forms import ReasonForm, ResultForm
from pingji.respond.incidents.models import Order
from pingji.respond.incidents.views.errors import show_errors

ROWS_A_PAGE = 50


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """What is to be done, the most urgent first."""
    rules.check_can_view_orders(request.user)
    state = request.GET.get("state", "open")
    found = queries.by_urgency(Order.objects.visible_to(request.user))
    if state == "open":
        found = found.open()
    elif state in Order.State.values:
        found = found.filter(state=state)
    if request.GET.get("mine"):
        found = found.filter(organisation_id=request.user.organisation_id)
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = queries.with_clocks(page.object_list)
    for row in page.object_list:
        row.choosable = may(rules.check_can_acknowledge, request.user, row)
    return render(
        request,
        "incidents/orders.html",
        {
            "page": page,
            "state": state,
            "states": Order.State.choices,
            "choosable": any(row.choosable for row in page.object_list),
        },
    )


@login_required
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order: what, by when, and one button."""
    found = _order(request, order_id)
    return render(request, "incidents/order.html", _subject(request, found, ResultForm()))


@require_POST
@login_required
def acknowledge(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say that the order has arrived."""
    return _act(request, order_id, forms.Form(request.POST), actions.acknowledge)


@require_POST
@login_required
def acknowledge_chosen(request: HttpRequest) -> HttpResponse:
    """Say that the orders chosen in the list have arrived."""
    rules.check_can_view_orders(request.user)
    chosen = [int(number) for number in request.POST.getlist("order") if number.isdecimal()]
    rows = Order.objects.visible_to(request.user).filter(pk__in=chosen[:ROWS_A_PAGE])
    done = actions.acknowledge_chosen(orders=list(rows), by=request.user, at=timezone.now())
    said = ngettext("%(n)d order acknowledged.", "%(n)d orders acknowledged.", len(done))
    messages.success(request, said % {"n": len(done)})
    return redirect("incidents:orders")


@require_POST
@login_required
def finish(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say what was done."""
    return _act(request, order_id, ResultForm(request.POST), actions.finish)


@require_POST
@login_required
def withdraw(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take the order back."""
    return _act(request, order_id, ReasonForm(request.POST), actions.withdraw)


def _order(request: HttpRequest, order_id: int) -> Order:
    rules.check_can_view_orders(request.user)
    rows = Order.objects.visible_to(request.user).select_related(
        "incident", "organisation", "area", "issued_by", "acknowledged_by", "done_by"
    )
    return get_object_or_404(rows, pk=order_id)


def _act(
    request: HttpRequest, order_id: int, form: forms.Form, work: Callable[..., object]
) -> HttpResponse:
    found = _order(request, order_id)
    if form.is_valid():
        try:
            work(order=found, by=request.user, at=timezone.now(), **form.cleaned_data)
            return redirect("incidents:order", found.pk)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    found = _order(request, order_id)
    return render(request, "incidents/order.html", _subject(request, found, form), status=409)


def _subject(request: HttpRequest, found: Order, form: forms.Form) -> dict[str, object]:
    user = request.user
    queries.with_clocks([found])
    performs = may(rules.check_can_perform, user, found)
    return {
        "order": found,
        "form": form,
        "lines": lines_about(found),
        "proof": proof(found, user),
        "may_acknowledge": performs and may(rules.check_can_move, found, Order.State.ACKNOWLEDGED),
        "may_finish": performs and may(rules.check_can_move, found, Order.State.DONE),
        "may_withdraw": may(rules.check_can_order, user, found.incident)
        and may(rules.check_can_move, found, Order.State.WITHDRAWN),
        "sees_incident": may(rules.check_can_view, user),
    }
