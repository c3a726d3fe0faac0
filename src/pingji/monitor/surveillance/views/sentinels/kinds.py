"""Kinds of sentinel, their figures and the calendar on screen; what is added works at once."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import may
from pingji.monitor.surveillance.actions import sentinels as actions
from pingji.monitor.surveillance.forms.sentinels import (
    CalendarForm,
    ItemForm,
    KindForm,
    NewKindForm,
)
from pingji.monitor.surveillance.models import (
    Channel,
    SentinelItem,
    SentinelType,
)
from pingji.monitor.surveillance.queries.sentinels import calendar_for
from pingji.monitor.surveillance.rules import sentinels as rules
from pingji.monitor.surveillance.views.sentinels.asking import answered, ask


@login_required
def kinds(request: HttpRequest) -> HttpResponse:
    """What kinds of sentinel there are, by channel, and the calendar they report by."""
    rules.check_can_see_sentinels(request.user)
    asked = Count("items", filter=Q(items__ended_on=None))
    rows = list(SentinelType.objects.annotate(figures=asked).order_by("order", "code"))
    return render(
        request,
        "surveillance/sentinels/kinds.html",
        {
            "channels": [
                (channel.label, [kind for kind in rows if kind.channel == channel.value])
                for channel in Channel
            ],
            "calendar": calendar_for(request.user),
            "may_edit": may(rules.check_can_edit_sentinels, request.user),
        },
    )


@login_required
def kind(request: HttpRequest, type_code: str) -> HttpResponse:
    """One kind: its rhythm, where it comes from, and every figure it reports."""
    rules.check_can_see_sentinels(request.user)
    shown = get_object_or_404(SentinelType.objects.all(), pk=type_code)
    return render(
        request,
        "surveillance/sentinels/kind.html",
        {
            "kind": shown,
            "items": shown.items.select_related("disease", "part_of").order_by("order", "code"),
            "may_edit": may(rules.check_can_edit_sentinels, request.user),
        },
    )


@login_required
def add_kind(request: HttpRequest) -> HttpResponse:
    """Add a kind of sentinel."""
    rules.check_can_edit_sentinels(request.user)
    form = NewKindForm(request.POST or None)
    if made := answered(form, actions.add_type, by=request.user, at=timezone.now()):
        return redirect("surveillance:sentinel_kind", made.pk)
    return ask(
        request,
        form,
        title=_("What other kind of place is to report?"),
        does=_("Add the kind"),
        back_url=reverse("surveillance:sentinel_kinds"),
    )


@login_required
def edit_kind(request: HttpRequest, type_code: str) -> HttpResponse:
    """Change a kind of sentinel."""
    rules.check_can_edit_sentinels(request.user)
    shown = get_object_or_404(SentinelType.objects.all(), pk=type_code)
    form = KindForm(request.POST or None, instance=shown)
    if answered(form, actions.edit_type, kind=shown, by=request.user, at=timezone.now()):
        return redirect("surveillance:sentinel_kind", type_code)
    return ask(
        request,
        form,
        title=_("How is this kind of sentinel to report?"),
        lead=shown.label,
        does=_("Save the kind"),
        back_url=reverse("surveillance:sentinel_kind", args=[type_code]),
    )


@login_required
def add_item(request: HttpRequest, type_code: str) -> HttpResponse:
    """Add a figure that a kind reports."""
    rules.check_can_edit_sentinels(request.user)
    shown = get_object_or_404(SentinelType.objects.all(), pk=type_code)
    form = ItemForm(request.POST or None, kind=shown)
    if answered(form, actions.add_item, kind=shown, by=request.user, at=timezone.now()):
        return redirect("surveillance:sentinel_kind", type_code)
    return ask(
        request,
        form,
        title=_("What else are these sentinels to report?"),
        lead=shown.label,
        does=_("Add the figure"),
        back_url=reverse("surveillance:sentinel_kind", args=[type_code]),
    )


@login_required
def edit_item(request: HttpRequest, type_code: str, item_code: str) -> HttpResponse:
    """Change a figure, or end it."""
    rules.check_can_edit_sentinels(request.user)
    shown = get_object_or_404(
        SentinelItem.objects.select_related("type"), type=type_code, code=item_code
    )
    names = (
        "name",
        "name_en",
        "unit",
        "unit_en",
        "disease",
        "part_of",
        "required",
        "steady",
        "order",
    )
    first = {name: getattr(shown, name) for name in (*names, "ended_on")} | {"figure": shown.kind}
    form = ItemForm(request.POST or None, kind=shown.type, item=shown, initial=first)
    if answered(form, actions.edit_item, item=shown, by=request.user, at=timezone.now()):
        return redirect("surveillance:sentinel_kind", type_code)
    return ask(
        request,
        form,
        title=_("What does this figure count?"),
        lead=f"{shown.type.label} · {shown.label}",
        does=_("Save the figure"),
        back_url=reverse("surveillance:sentinel_kind", args=[type_code]),
    )


@login_required
def add_entry(request: HttpRequest) -> HttpResponse:
    """Say which days are off or worked."""
    rules.check_can_edit_sentinels(request.user)
    form = CalendarForm(request.POST or None)
    if answered(form, actions.add_calendar_entry, by=request.user, at=timezone.now()):
        return redirect("surveillance:sentinel_kinds")
    return ask(
        request,
        form,
        title=_("On which days is nobody asked to report?"),
        lead=_(
            "It holds for your own area. Days that are worked although they are a weekend, too."
        ),
        does=_("Set the days"),
        back_url=reverse("surveillance:sentinel_kinds"),
    )


@require_POST
@login_required
def remove_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take days out of the calendar again."""
    rules.check_can_edit_sentinels(request.user)
    entry = get_object_or_404(calendar_for(request.user), pk=entry_id)
    actions.remove_calendar_entry(entry=entry, by=request.user, at=timezone.now())
    return redirect("surveillance:sentinel_kinds")
