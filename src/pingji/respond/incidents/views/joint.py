"""Joint prevention on screen."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.respond.incidents import actions, queries, rules
from pingji.respond.incidents.forms import (
    CircularForm,
    InspectedForm,
    InspectionForm,
    ReceiptForm,
    ReleaseForm,
    ReplyForm,
    RequisitionForm,
    ResourceForm,
)
from pingji.respond.incidents.forms.draws import DrawForm
from pingji.respond.incidents.models import (
    Circular,
    CircularProof,
    CircularReceiver,
    Incident,
    Order,
    Requisition,
    SharedResource,
)
from pingji.respond.incidents.models.papers import Paper
from pingji.respond.incidents.queries.draws import draws_of
from pingji.respond.incidents.views.errors import show_errors
from pingji.respond.incidents.views.frame import frame, incident_of

ROWS_A_PAGE = 50
Forms = dict[str, forms.Form]


@login_required
def joint(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Circulars, requisitions and joint inspections of one incident."""
    return _joint(request, incident_of(request, incident_id), {})


@require_POST
@login_required
def issue_circular(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Tell departments and neighbours."""
    form = CircularForm(request.POST, user=request.user)
    return _act(request, incident_id, "circular", form, actions.issue_circular)


@require_POST
@login_required
def requisition(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Take a facility over."""
    form = RequisitionForm(request.POST, user=request.user)
    return _act(request, incident_id, "requisition", form, actions.requisition)


@require_POST
@login_required
def order_inspection(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Have departments inspect together."""
    form = InspectionForm(request.POST, user=request.user)
    return _act(request, incident_id, "inspection", form, actions.order_inspection)


@require_POST
@login_required
def draw_inspection(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Have places and inspectors drawn at random, and order them."""
    form = DrawForm(request.POST, user=request.user)
    return _act(request, incident_id, "draw", form, actions.draw_inspection)


def _act(
    request: HttpRequest, incident_id: int, name: str, form: forms.Form, work: Callable[..., object]
) -> HttpResponse:
    incident = incident_of(request, incident_id)
    if form.is_valid():
        try:
            now = timezone.now()
            made = work(incident=incident, by=request.user, at=now, **form.cleaned_data)
            # A circular's page says who must still be told, and how.
            return redirect(made if isinstance(made, Circular) else _page_of(incident))
        except Refused as refused:
            refused.shown_on(form)
    return _joint(request, incident, {name: form}, status=409)


def _page_of(incident: Incident) -> str:
    return reverse("incidents:joint", args=[incident.pk])


def _joint(
    request: HttpRequest, incident: Incident, sent: Forms, *, status: int = 200
) -> HttpResponse:
    user = request.user
    context = frame(incident, "joint") | {
        "circulars": queries.circulars_of(incident, user),
        "requisitions": queries.requisitions_of(incident, user),
        "operations": queries.operations_of(incident, user),
        "draws": draws_of(incident, user),
        "now": timezone.now(),
        "may_order": may(rules.check_can_order, user, incident),
        "forms": {
            "circular": CircularForm(user=user),
            "requisition": RequisitionForm(user=user),
            "inspection": InspectionForm(user=user),
            "draw": DrawForm(user=user),
        }
        | sent,
    }
    return render(request, "incidents/joint.html", context, status=status)


@require_POST
@login_required
def release(request: HttpRequest, order_id: int) -> HttpResponse:
    """Give a facility back."""
    seen = Order.objects.visible_to(request.user)
    found = get_object_or_404(Requisition.objects.filter(order__in=seen), order=order_id)
    rules.check_can_release(request.user, found, "…")
    form = ReleaseForm(request.POST)
    return answered_on(request, form, found.order, actions.release, requisition=found)


@require_POST
@login_required
def inspected(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say what an inspection found."""
    rules.check_can_view_orders(request.user)
    found = get_object_or_404(Order.objects.visible_to(request.user), pk=order_id)
    form = InspectedForm(request.POST)
    return answered_on(request, form, found, actions.report_inspection, order=found)


def answered_on(
    request: HttpRequest, form: forms.Form, about: Any, work: Callable[..., object], **of: object
) -> HttpResponse:
    """Do what is asked of an order or a circular; what is wrong is said on its page."""
    if form.is_valid():
        try:
            work(by=request.user, at=timezone.now(), **of, **form.cleaned_data)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    return redirect(about.get_absolute_url())


@login_required
def circulars(request: HttpRequest) -> HttpResponse:
    """What the reader's county told, and what the reader's organisation was told."""
    rules.check_can_view_orders(request.user)
    rows = queries.counted(Circular.objects.visible_to(request.user))
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "incidents/circulars.html", {"page": page})


@login_required
def circular(request: HttpRequest, circular_id: int) -> HttpResponse:
    """One circular, who received it, and what they replied."""
    rules.check_can_view_orders(request.user)
    found = get_object_or_404(
        Circular.objects.visible_to(request.user).select_related("incident", "issued_by"),
        pk=circular_id,
    )
    seen = CircularReceiver.objects.visible_to(request.user).filter(circular=found)
    rows = queries.receivers_with_clocks(seen)
    on_paper = queries.told_on_paper(rows)
    for row in rows:
        row.may_receive = may(rules.check_can_receive, request.user, row, "…")
        row.may_reply = may(rules.check_can_reply, request.user, row, "…")
        row.own = rules.is_of(request.user, row)
        row.on_paper = row.pk in on_paper
        row.may_prove = not row.own and may(rules.check_sends, request.user, row)
    waiting = [row for row in rows if row.on_paper and row.may_prove and not row.received_at]
    context = {
        "circular": found,
        "receivers": rows,
        "by_hand": [row for row in waiting if not row.proofs.all()],
        "means": CircularProof.Means.choices,
        "papers": [(language, form) for language in Paper.Language for form in Paper.Form],
        "sees": Incident.objects.visible_to(request.user).filter(pk=found.incident_id).exists()
        and may(rules.check_can_view, request.user),
    }
    return render(request, "incidents/circular.html", context)


@require_POST
@login_required
def receive_circular(request: HttpRequest, receiver_id: int) -> HttpResponse:
    """Confirm the receipt."""
    return _of_receiver(
        request, receiver_id, ReceiptForm(request.POST, request.FILES), actions.receive_circular
    )


@require_POST
@login_required
def reply_to_circular(request: HttpRequest, receiver_id: int) -> HttpResponse:
    """Reply."""
    return _of_receiver(
        request, receiver_id, ReplyForm(request.POST, request.FILES), actions.reply_to_circular
    )


def _of_receiver(
    request: HttpRequest, receiver_id: int, form: forms.Form, work: Callable[..., object]
) -> HttpResponse:
    rules.check_can_view_orders(request.user)
    rows = CircularReceiver.objects.visible_to(request.user).select_related("circular")
    found = get_object_or_404(rows, pk=receiver_id)
    return answered_on(request, form, found, work, receiver=found)


@login_required
def shared(request: HttpRequest) -> HttpResponse:
    """What each department can give; and the form for an entry."""
    rules.check_can_view_orders(request.user)
    form = ResourceForm(request.POST or None, user=request.user)
    status = 200
    if form.is_bound:
        status = 409
        if form.is_valid():
            try:
                now = timezone.now()
                actions.keep_resource(**form.cleaned_data, by=request.user, at=now)
                return redirect("incidents:shared")
            except Refused as refused:
                refused.shown_on(form)
    return render(request, "incidents/shared.html", _register(request, form), status=status)


@login_required
def edit_shared(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Bring an entry up to date."""
    rules.check_can_view_orders(request.user)
    rows = SharedResource.objects.visible_to(request.user).select_related("organisation__area")
    row = get_object_or_404(rows, pk=resource_id)
    rules.check_can_share(request.user, row.organisation)
    names = ("organisation", "kind", "name", "amount", "unit", "free", "place", "contact", "phone")
    form = ResourceForm(
        request.POST or None,
        user=request.user,
        only=row.organisation,
        initial={name: getattr(row, name) for name in names},
    )
    if form.is_bound and form.is_valid():
        try:
            now = timezone.now()
            actions.keep_resource(**form.cleaned_data, resource=row, by=request.user, at=now)
            return redirect("incidents:shared")
        except Refused as refused:
            refused.shown_on(form)
    context = {"form": form, "resource": row}
    status = 409 if form.errors else 200
    return render(request, "incidents/edit_shared.html", context, status=status)


@require_POST
@login_required
def withdraw_shared(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Take an entry out of the register."""
    rules.check_can_view_orders(request.user)
    row = get_object_or_404(SharedResource.objects.visible_to(request.user), pk=resource_id)
    actions.withdraw_resource(resource=row, by=request.user, at=timezone.now())
    return redirect("incidents:shared")


def _register(request: HttpRequest, form: forms.Form) -> dict[str, object]:
    found = queries.departments(request.user, at=timezone.now())
    for department in found:
        for row in department.resources:
            row.may_edit = may(rules.check_can_share, request.user, row.organisation)
    offers = form.fields["organisation"].queryset.exists()  # type: ignore[attr-defined]
    return {"departments": found, "form": form, "may_share": offers}
