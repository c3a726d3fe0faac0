"""Orders: what my organisation has to do, on a phone as on a desk."""

from collections.abc import Callable
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import Permission, User
from pingji.ground.notices.queries import proof
from pingji.ground.record.queries import lines_about
from pingji.respond.incidents import actions, queries, rules
from pingji.respond.incidents.forms import (
    InspectedForm,
    ReasonForm,
    RemarkForm,
    ReportForm,
    ReturnForm,
)
from pingji.respond.incidents.models import Incident, Order, OrderFile
from pingji.respond.incidents.models.papers import Paper
from pingji.respond.incidents.views.errors import show_errors

ROWS_A_PAGE = 50
ADDRESSED = ("incident", "organisation", "person", "group")


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """What is to be done, the overdue first."""
    rules.check_can_view_orders(request.user)
    state = request.GET.get("state", "open")
    page = Paginator(_asked(request, state), ROWS_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = queries.with_clocks(page.object_list)
    check = rules.check_can_verify if state == Order.State.DONE else rules.check_can_acknowledge
    for row in page.object_list:
        row.choosable = may(check, request.user, row)
    return render(
        request,
        "incidents/orders.html",
        {
            "page": page,
            "state": state,
            "states": Order.State.choices,
            "to_verify": state == Order.State.DONE,
            "to_whom": _to_whom(request.user),
            "to": request.GET.get("to", ""),
            "choosable": any(row.choosable for row in page.object_list),
        },
    )


def _to_whom(user: User) -> list[tuple[str, list[tuple[str, str]]]]:
    """For who issues orders; who carries them out has few, and all are theirs."""
    if not user.holds(Permission.ORDER_ISSUE):
        return []
    return queries.to_whom(Order.objects.visible_to(user))


def _asked(request: HttpRequest, state: str) -> QuerySet[Order]:
    found = queries.by_urgency(Order.objects.visible_to(request.user))
    if state in ("open", "late"):
        found = found.open()
    elif state in Order.State.values:
        found = found.filter(state=state)
    if state == "late":
        found = found.filter(next_due__lte=timezone.now())
    if request.GET.get("mine"):
        found = found.filter(organisation_id=request.user.organisation_id)
    kind, _dash, number = request.GET.get("to", "").partition("-")
    asked = {name: request.GET.get(name, "") for name in ("incident", "organisation", "person")}
    for name, value in (*asked.items(), (kind, number)):
        if name in ADDRESSED and value.isdecimal():
            found = found.filter(**{f"{name}_id": int(value)})
    return found


@login_required
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order: what, by when, and one button."""
    found = _order(request, order_id)
    return render(request, "incidents/order.html", _subject(request, found))


@require_POST
@login_required
def acknowledge(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say that the order has arrived."""
    return _act(request, order_id, forms.Form(request.POST), actions.acknowledge)


@require_POST
@login_required
def acknowledge_chosen(request: HttpRequest) -> HttpResponse:
    """Say that the orders chosen in the list have arrived."""
    done = actions.acknowledge_chosen(orders=_chosen(request), by=request.user, at=timezone.now())
    said = ngettext("%(n)d order acknowledged.", "%(n)d orders acknowledged.", len(done))
    messages.success(request, said % {"n": len(done)})
    return _back(request)


@require_POST
@login_required
def verify_chosen(request: HttpRequest) -> HttpResponse:
    """Say of the orders chosen in the list that they are done indeed."""
    done = actions.verify_chosen(orders=_chosen(request), by=request.user, at=timezone.now())
    said = ngettext("%(n)d order verified.", "%(n)d orders verified.", len(done))
    messages.success(request, said % {"n": len(done)})
    return _back(request)


@require_POST
@login_required
def report(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say how far it is, with photos and files."""

    def work(*, result: str, **given: object) -> None:
        actions.report_progress(text=result, **given)  # type: ignore[arg-type]

    return _act(request, order_id, ReportForm(request.POST, request.FILES), work)


@require_POST
@login_required
def finish(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say what was done."""

    def work(*, share: int | None, **given: object) -> None:
        actions.finish(**given)  # type: ignore[arg-type]

    return _act(request, order_id, ReportForm(request.POST, request.FILES), work)


@require_POST
@login_required
def verify(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say that it is done indeed."""
    return _act(request, order_id, RemarkForm(request.POST), actions.verify)


@require_POST
@login_required
def send_back(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say what is missing."""
    return _act(request, order_id, ReturnForm(request.POST), actions.send_back)


@require_POST
@login_required
def withdraw(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take the order back."""
    return _act(request, order_id, ReasonForm(request.POST), actions.withdraw)


@never_cache
@login_required
def order_file(request: HttpRequest, order_file_id: int) -> HttpResponse:
    """A photo, shown; or a document, taken away; for whoever sees the order."""
    rules.check_can_view_orders(request.user)
    seen = Order.objects.visible_to(request.user)
    row = get_object_or_404(OrderFile.objects.filter(order__in=seen), pk=order_file_id)
    return FileResponse(
        row.file.open("rb"),
        as_attachment=not row.is_photo,
        filename=row.name,
        content_type=row.media_type,
    )


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was narrowed when the orders were chosen."""
    asked = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{reverse('incidents:orders')}{asked}")


def _chosen(request: HttpRequest) -> list[Order]:
    rules.check_can_view_orders(request.user)
    chosen = [int(number) for number in request.POST.getlist("order") if number.isdecimal()]
    rows = Order.objects.visible_to(request.user).filter(pk__in=chosen[:ROWS_A_PAGE])
    return list(rows)


def _order(request: HttpRequest, order_id: int) -> Order:
    rules.check_can_view_orders(request.user)
    rows = Order.objects.visible_to(request.user).select_related(
        *("incident", "organisation", "area", "person", "group", "issued_by", "acknowledged_by"),
        *("done_by", "verified_by", "escalated_to"),
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
    typed = form.data.get("result", "")
    context = _subject(request, found, typed=typed)
    return render(request, "incidents/order.html", context, status=409)


def _subject(request: HttpRequest, found: Order, *, typed: str = "") -> dict[str, object]:
    user = request.user
    queries.with_clocks([found])
    key = request.POST.get("key") or uuid4()
    may_verify = may(rules.check_can_verify, user, found)
    may_withdraw = may(rules.check_can_withdraw_order, user, found)
    may_return = may_verify and may(rules.check_can_return, user, found, "…")
    return {
        "order": found,
        "form": ReportForm(initial={"result": typed, "key": key}),
        "reports": found.reports.select_related("by").prefetch_related("files"),
        "lines": lines_about(found),
        "proof": proof(found, user),
        "may_acknowledge": may(rules.check_can_acknowledge, user, found),
        "may_finish": may(rules.check_can_report_on, user, found),
        "may_verify": may_verify,
        "may_return": may_return,
        "due": queries.due_before(found) if may_return else None,
        "now": timezone.now(),
        "may_withdraw": may_withdraw,
        "sees_incident": may(rules.check_can_view, user)
        and Incident.objects.visible_to(user).filter(pk=found.incident_id).exists(),
        "to_call": _to_call(user, found, commands=may_withdraw),
        "inspection": getattr(found, "inspection", None),
        "inspected_form": InspectedForm(),
        **_taken_over(user, found),
    }


def _taken_over(user: User, found: Order) -> dict[str, object]:
    taken = getattr(found, "requisition", None)
    may_release = taken is not None and may(rules.check_can_release, user, taken, "…")
    papers = [(language, form) for language in Paper.Language for form in Paper.Form]
    return {"requisition": taken, "may_release": may_release, "papers": papers}


def _to_call(user: User, found: Order, *, commands: bool) -> list[User]:
    """For the command and the next on duty: whom to telephone while nobody has answered."""
    waiting = found.state == Order.State.ISSUED
    if waiting and (commands or found.escalated_to_id == user.pk):
        return queries.callable_people(found)
    return []
