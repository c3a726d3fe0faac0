"""Notices on screen: what I was told, how I want to be told, what could not be sent."""

import csv
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.notices import actions, queries, rules
from pingji.ground.notices.forms import PreferenceForm, SentForm, SubscriberForm
from pingji.ground.notices.models import Bulletin, Delivery, Level, Preference, Subscriber
from pingji.ground.record.queries import harmless

ROWS_A_PAGE = 50
MOST_LINES = 20_000  # of a spreadsheet; narrow the days for more
WAITING, ALL = "waiting", "all"


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """What the reader was told; showing it is its delivery."""
    shown = ALL if request.GET.get("show") == ALL else WAITING
    told = queries.inbox(request.user)
    if shown == WAITING:
        told = told.exclude(state=Delivery.State.ACKNOWLEDGED)
    page = Paginator(told, ROWS_A_PAGE).get_page(request.GET.get("page"))
    actions.receive(deliveries=page.object_list, by=request.user, at=timezone.now())
    low = [row for row in page if _can_go_together(row)]
    context = {"page": page, "shown": shown, "low": low}
    return render(request, "notices/inbox.html", context)


def _can_go_together(row: Delivery) -> bool:
    """Urgent notices are acknowledged one by one."""
    return row.state != Delivery.State.ACKNOWLEDGED and row.notice.level < Level.URGENT


@login_required
def bell(request: HttpRequest) -> HttpResponse:
    """How many notices wait, for the head of every page."""
    return render(request, "notices/bell.html", {"bell": queries.bell(request.user)})


@login_required
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """One notice, and who received it when and how."""
    told = get_object_or_404(queries.visible_notices(request.user), pk=notice_id)
    rows = queries.deliveries_of(told, request.user)
    mine = rows.filter(receiver=request.user, means="page").first()
    if mine is not None:
        actions.receive(deliveries=[mine], by=request.user, at=timezone.now())
    return render(request, "notices/notice.html", {"notice": told, "proof": rows, "mine": mine})


@login_required
def bulletin(request: HttpRequest, bulletin_id: int) -> HttpResponse:
    """A warning message as it was issued, for other systems to read."""
    rules.check_can_see_bulletins(request.user)
    found = get_object_or_404(Bulletin.objects.visible_to(request.user), pk=bulletin_id)
    response = HttpResponse(found.content, content_type="application/cap+xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.identifier}.xml"'
    return response


@require_POST
@login_required
def acknowledge(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One tap: I have read it and will act on it."""
    row = get_object_or_404(_own(request), pk=delivery_id)
    row = actions.acknowledge(delivery=row, by=request.user, at=timezone.now())
    if request.htmx:
        return render(request, "notices/row.html", {"row": row})
    return redirect("notices:inbox")


@require_POST
@login_required
def acknowledge_shown(request: HttpRequest) -> HttpResponse:
    """Acknowledge the notices of a page together, urgent ones left out."""
    chosen = [word for word in request.POST.getlist("delivery") if word.isdecimal()]
    rows = _own(request).filter(pk__in=chosen[:ROWS_A_PAGE], notice__level__lt=Level.URGENT)
    for row in rows.order_by("pk"):
        actions.acknowledge(delivery=row, by=request.user, at=timezone.now())
    return redirect("notices:inbox")


def _own(request: HttpRequest) -> QuerySet[Delivery]:
    own = Delivery.objects.visible_to(request.user).of_reader(request.user)
    return own.select_related("notice__area")


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """How the reader wants to be told."""
    kept = Preference.objects.visible_to(request.user).filter(user=request.user).first()
    words = {True: "yes", False: "no"}
    initial = {
        "phone": kept.phone if kept else "",
        "sms": kept.sms if kept else True,
        "quiet_from": kept.quiet_from if kept else None,
        "quiet_until": kept.quiet_until if kept else None,
        "digest": words.get(kept.digest, "") if kept and kept.digest is not None else "",
    }
    form = PreferenceForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            given = form.cleaned_data
            actions.save_preference(user=request.user, at=timezone.now(), **given)
            messages.success(request, _("Saved; it holds from the next notice on."))
            return redirect("notices:settings")
        except Refused as refused:
            form.add_error(refused.field, str(refused))
    now = timezone.now()
    try:
        policy = queries.policy_for(request.user.area_id, on=now)
    except Refused:  # no plan holds where the reader works; their own settings stand alone
        policy = None
    context = {"form": form, "policy": policy, "directory_phone": request.user.phone}
    return render(request, "notices/settings.html", context, status=409 if form.errors else 200)


@login_required
def sent(request: HttpRequest) -> HttpResponse:
    """Who was told of what, and when they received it."""
    rules.check_can_see_sent(request.user)
    form, asked = _asked(request)
    page = Paginator(queries.sent(request.user, asked), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "form": form}
    return render(request, "notices/sent.html", context, status=409 if form.errors else 200)


@login_required
def sent_csv(request: HttpRequest) -> HttpResponse:
    """The same as a spreadsheet, a line for each receiver and means."""
    rules.check_can_see_sent(request.user)
    _form, asked = _asked(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="notices.csv"'
    response.write("\ufeff")  # so that spreadsheets read the Chinese as UTF-8
    out = csv.writer(response)
    out.writerow(
        [_("Notice, in words"), _("Level"), _("Area"), _("Told at"), _("Receiver"), _("Role")]
        + [_("Means"), _("State"), _("Sent at"), _("Delivered at"), _("Acknowledged at")]
        + [_("Attempts"), _("Answer of the gateway"), _("Number at the receiver")]
    )
    rows = queries.sent_one_by_one(request.user, asked)
    for row in rows[:MOST_LINES]:
        out.writerow([harmless(str(cell)) for cell in _line(row)])
    return response


def _asked(request: HttpRequest) -> tuple[SentForm, queries.Asked]:
    form = SentForm(request.GET)
    return form, queries.Asked(**form.cleaned_data) if form.is_valid() else queries.Asked()


def _line(row: Delivery) -> list[object]:
    """A delivery as the pages show it."""
    notice, away = row.notice, row.sent_at or (row.digest.sent_at if row.digest else None)
    state = row.get_state_display()
    return [
        *(
            notice.text_to_others,
            notice.get_level_display(),
            notice.area.label,
            _moment(notice.told_at),
        ),
        row.receiver.display_name if row.receiver else row.subscriber.name,
        row.receiver.get_role_display() if row.receiver else "",
        row.get_means_display(),
        f"{state} ({row.said_why_not})" if row.why_not else state,
        *(_moment(away), _moment(row.delivered_at), _moment(row.acknowledged_at)),
        *(row.attempts, f"{row.said_trouble} {row.answer}".strip(), row.reference),
    ]


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


@login_required
def troubled(request: HttpRequest) -> HttpResponse:
    """What failed, could not be sent, or is being tried again."""
    rules.check_can_see_deliveries(request.user)
    rows = queries.troubled(request.user)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.may_retry = may(rules.check_can_retry, request.user, row)
    return render(request, "notices/troubled.html", {"page": page})


@require_POST
@login_required
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send one again."""
    rules.check_can_see_deliveries(request.user)
    row = get_object_or_404(queries.troubled(request.user), pk=delivery_id)
    actions.retry(delivery=row, by=request.user, at=timezone.now())
    messages.info(request, _("It is on its way again."))
    return redirect("notices:troubled")


@login_required
def subscribers(request: HttpRequest) -> HttpResponse:
    """Which systems are told, and letting another one be told; its secret is shown once."""
    rules.check_can_edit_subscribers(request.user)
    form = SubscriberForm(request.POST or None, user=request.user)
    added, secret = None, ""
    if form.is_bound and form.is_valid():
        try:
            added, secret = actions.add_subscriber(
                by=request.user, at=timezone.now(), **form.cleaned_data
            )
            form = SubscriberForm(None, user=request.user)
        except Refused as refused:
            form.add_error(refused.field, str(refused))
    rows = Subscriber.objects.visible_to(request.user).select_related("area", "added_by")
    context = {"form": form, "rows": rows, "added": added, "secret": secret}
    return render(request, "notices/subscribers.html", context, status=409 if form.errors else 200)


@require_POST
@login_required
def revoke_subscriber(request: HttpRequest, subscriber_id: int) -> HttpResponse:
    """Tell a system no more."""
    row = get_object_or_404(Subscriber.objects.visible_to(request.user), pk=subscriber_id)
    actions.revoke_subscriber(subscriber=row, by=request.user, at=timezone.now())
    return redirect("notices:subscribers")
