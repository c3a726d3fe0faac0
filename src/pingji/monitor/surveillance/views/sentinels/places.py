"""The places that report: found, shown, added, changed, closed."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import may
from pingji.ground.directory.models import Area, Organisation
from pingji.monitor.surveillance.actions import sentinels as actions
from pingji.monitor.surveillance.forms.sentinels import CloseForm, ManyForm, SentinelForm
from pingji.monitor.surveillance.models import (
    Channel,
    Sentinel,
    SentinelReport,
    SentinelType,
    Silence,
)
from pingji.monitor.surveillance.queries import coverage as reporting
from pingji.monitor.surveillance.queries import sentinels as queries
from pingji.monitor.surveillance.queries import silence
from pingji.monitor.surveillance.rules import sentinels as rules
from pingji.monitor.surveillance.views.sentinels.asking import (
    answered,
    area_asked,
    ask,
    days_asked,
    kind_asked,
    page_of,
    said,
    visible,
)


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """Who reports, and how well; the rows behind every figure of the coverage page."""
    rules.check_can_see_sentinels(request.user)
    now = timezone.now()
    area = area_asked(request)
    kind = kind_asked(request)
    channel = next((c for c in Channel if c == request.GET.get("channel")), None)
    closed, own = request.GET.get("closed") == "1", request.GET.get("own") == "1"
    usual = reporting.coverage_days(request.user.area_id, now)
    days = days_asked(request) or usual
    today = timezone.localdate(now)
    rows = queries.sentinels_found(
        Sentinel.objects.visible_to(request.user).select_related("type", "area", "organisation"),
        word=said(request, "q"),
        kind=kind.pk if kind else "",
        channel=channel or "",
        area=area.pk if area else "",
        own=own,
        # Who stopped within the days asked about reported in some of them.
        on=today - timedelta(days=days) if days_asked(request) else today,
        closed=closed,
    )
    page = page_of(request, rows.order_by("type__order", "area_id", "name"))
    kept = reporting.kept_by(rows, at=now, days=days)
    shown = Sentinel.objects.visible_to(request.user).filter(pk__in=[s.pk for s in page])
    quiet = {one.sentinel: one for one in silence.silent(shown, at=now)}
    for sentinel in page:
        sentinel.kept, sentinel.silent = kept.get(sentinel.pk), quiet.get(sentinel.pk)
    return render(
        request,
        "surveillance/sentinels/list.html",
        {
            "page": page,
            "kinds": SentinelType.objects.all(),
            "towns": Area.objects.visible_to(request.user).of_level("township"),
            "kind": kind,
            "channels": Channel,
            "channel": channel,
            "area": area,
            "closed": closed,
            "days": days,
            "days_asked": days_asked(request),
            "own": own and area is not None,
            "whole": reporting.together(kept.values()),
            "may_edit": may(rules.check_can_edit_sentinels, request.user),
            "may_report": may(rules.check_can_report_for_sentinels, request.user),
        },
    )


@login_required
def place(request: HttpRequest, sentinel_id: int) -> HttpResponse:
    """One sentinel: its figures over time, when it reported, and every version."""
    rules.check_can_see_sentinels(request.user)
    sentinel, now = visible(request, sentinel_id), timezone.now()
    rows = SentinelReport.objects.visible_to(request.user).filter(sentinel=sentinel)
    page = page_of(request, rows.select_related("by").order_by("-starts_on", "-version"))
    days = reporting.coverage_days(sentinel.area_id, now)
    one = silence.silent_one(sentinel, at=now)
    acted = Silence.objects.visible_to(request.user).filter(sentinel=sentinel)
    return render(
        request,
        "surveillance/sentinels/place.html",
        {
            "sentinel": sentinel,
            "strip": queries.strip(sentinel, at=now),
            "states": queries.STATES,
            "page": page,
            "told": queries.told(list(page.object_list), sentinel.type.rhythm),
            "kept": reporting.kept_by([sentinel], at=now, days=days).get(sentinel.pk),
            "days": days,
            "silent": one,
            "acted": acted.filter(first_missing=one.first_missing).first() if one else None,
            "position": queries.position(sentinel),
            "has_wholes": any(
                item.part_of_id for item in queries.items_on(sentinel, timezone.localdate(now))
            ),
            "may_edit": may(rules.check_can_edit_sentinels, request.user),
            "may_remind": may(rules.check_can_remind, request.user),
            "may_report": may(rules.check_can_report, request.user, sentinel),
        },
    )


@login_required
def chart(request: HttpRequest, sentinel_id: int) -> HttpResponse:
    """The figures of a sentinel, for the chart component."""
    rules.check_can_see_sentinels(request.user)
    sentinel = visible(request, sentinel_id)
    in_all = request.GET.get("in_all") == "1"
    return JsonResponse(queries.figures_over_time(sentinel, at=timezone.now(), in_all=in_all))


@login_required
def add(request: HttpRequest) -> HttpResponse:
    """Add a sentinel."""
    rules.check_can_edit_sentinels(request.user)
    now = timezone.now()
    first = {"opened_on": timezone.localdate(now)}
    form = SentinelForm(request.POST or None, user=request.user, adding=True, initial=first)
    if sentinel := answered(form, actions.add_sentinel, by=request.user, at=now):
        return redirect("surveillance:sentinel", sentinel.pk)
    return ask(
        request,
        form,
        title=_("Which place is to report?"),
        does=_("Add the sentinel"),
        back_url=reverse("surveillance:sentinels"),
    )


@login_required
def add_many(request: HttpRequest) -> HttpResponse:
    """Make every organisation of a kind a sentinel at once."""
    rules.check_can_edit_sentinels(request.user)
    now = timezone.now()
    first = {"opened_on": timezone.localdate(now)}
    form = ManyForm(request.POST or None, user=request.user, initial=first)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        rows = Organisation.objects.visible_to(request.user).open()
        rows = rows.filter(kind=given["organisations"])
        if given["townships"]:
            inside = [town.pk for town in given["townships"]]
            rows = rows.filter(pk__in=queries.organisations_inside(rows, inside))
        made = actions.add_sentinels(
            kind=given["kind"],
            organisations=rows,
            opened_on=given["opened_on"],
            by=request.user,
            at=now,
        )
        words = ngettext(
            "%(n)s organisation became a sentinel.", "%(n)s organisations became sentinels.", made
        )
        messages.success(request, words % {"n": made})
        return redirect(f"{reverse('surveillance:sentinels')}?kind={given['kind'].pk}")
    return ask(
        request,
        form,
        title=_("Which organisations are to become sentinels together?"),
        lead=_("Those that are one already stay as they are."),
        does=_("Make them sentinels"),
        back_url=reverse("surveillance:sentinels"),
    )


@login_required
def edit(request: HttpRequest, sentinel_id: int) -> HttpResponse:
    """Change a sentinel."""
    rules.check_can_edit_sentinels(request.user)
    sentinel = visible(request, sentinel_id)
    names = ("organisation", "name", "name_en", "area", "longitude", "latitude")
    initial = {name: getattr(sentinel, name) for name in names} | {"kind": sentinel.type_id}
    form = SentinelForm(request.POST or None, user=request.user, adding=False, initial=initial)

    def change(**given: object) -> Sentinel:
        given["type"] = given.pop("kind")
        return actions.edit_sentinel(**given)  # type: ignore[arg-type]

    if answered(form, change, sentinel=sentinel, by=request.user, at=timezone.now()):
        return redirect("surveillance:sentinel", sentinel.pk)
    return ask(
        request,
        form,
        title=_("What has changed about this sentinel?"),
        lead=sentinel.label,
        does=_("Save the sentinel"),
        back_url=reverse("surveillance:sentinel", args=[sentinel.pk]),
    )


@login_required
def close(request: HttpRequest, sentinel_id: int) -> HttpResponse:
    """Close a sentinel."""
    rules.check_can_edit_sentinels(request.user)
    sentinel, now = visible(request, sentinel_id), timezone.now()
    form = CloseForm(request.POST or None, initial={"on": timezone.localdate(now)})
    if answered(form, actions.close_sentinel, sentinel=sentinel, by=request.user, at=now):
        return redirect("surveillance:sentinel", sentinel.pk)
    return ask(
        request,
        form,
        title=_("Is this sentinel to report no more?"),
        lead=sentinel.label,
        does=_("Close the sentinel"),
        back_url=reverse("surveillance:sentinel", args=[sentinel.pk]),
        danger=True,
    )
