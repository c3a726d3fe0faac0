"""Messages of other systems on screen: what came, what became of it, what a person does about it."""

import re
from datetime import datetime, timedelta
from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import may
from pingji.ground.record.actions import saw
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import Format, Message, Sender
from pingji.monitor.surveillance.queries import as_day
from pingji.monitor.surveillance.queries.messages import (
    FATES,
    body_of,
    fates_of,
    pretty,
    problems_of,
    said,
)
from pingji.monitor.surveillance.rules import senders as rules

ROWS_A_PAGE = 50
MOST_COUNTED = 10_000  # beyond that nobody leafs: choose a day or a sender instead
ITEM = re.compile(r"^(visits|results|cards|sentinel_reports)\[\d+\]\.?")
NOT_WHOLE = "not_whole"  # of the fates: refused in whole or in part
MOST_SHOWN = 200_000  # characters of a message


class Newest(Paginator):
    """Pages of a table that grows without end: only its newest rows are leafed through."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, up to the most that are counted."""
        rows: QuerySet[Message] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_COUNTED].count()


@login_required
def messages(request: HttpRequest) -> HttpResponse:
    """Messages within sight, the newest first."""
    rules.check_can_see_messages(request.user)
    chosen = {name: request.GET.get(name, "") for name in ("state", "form", "sender", "from", "to")}
    found = _chosen(Message.objects.visible_to(request.user), chosen)
    rows = found.defer("body").select_related("sender", "organisation")
    page = Newest(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "surveillance/messages.html",
        {
            "page": page,
            "chosen": chosen,
            "states": Message.State.choices,
            "forms": Format.choices,
            "senders": Sender.objects.visible_to(request.user).select_related("organisation"),
            "waiting": Message.objects.visible_to(request.user).for_a_person().count(),
            "may_edit": may(rules.check_can_edit_senders, request.user),
        },
    )


def _chosen(rows: QuerySet[Message], chosen: dict[str, str]) -> QuerySet[Message]:
    if chosen["state"] == "person":
        rows = rows.for_a_person()  # type: ignore[attr-defined]
    elif chosen["state"] == NOT_WHOLE:
        rows = rows.filter(state__in=[Message.State.PARTLY, Message.State.REFUSED])
    elif chosen["state"] in Message.State.values:
        rows = rows.filter(state=chosen["state"])
    if chosen["form"] in Format.values:
        rows = rows.filter(format=chosen["form"])
    if chosen["sender"].isascii() and chosen["sender"].isdigit() and len(chosen["sender"]) < 10:
        rows = rows.filter(sender_id=int(chosen["sender"]))
    first, last = as_day(chosen["from"]), as_day(chosen["to"])
    zone = timezone.get_default_timezone()
    if first is not None:
        rows = rows.filter(
            received_at__gte=datetime(first.year, first.month, first.day, tzinfo=zone)
        )
    if last is not None and last.year < 9999:
        end = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
        rows = rows.filter(received_at__lt=end)
    return rows


@login_required
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message: as received, the fate of each item, and what may be done about it."""
    rules.check_can_see_messages(request.user)
    shown = get_object_or_404(
        Message.objects.visible_to(request.user).select_related(
            "sender", "organisation", "area", "settled_by"
        ),
        pk=message_id,
    )
    return render(request, "surveillance/message.html", _detail(request, shown))


def _detail(request: HttpRequest, shown: Message) -> dict[str, object]:
    problems = problems_of(shown)
    of_items: dict[int | None, list[str]] = {}
    for problem in problems:
        path = ITEM.sub("", problem.path)  # which item, its row tells
        text = f"{path}: {said(problem)}" if path else said(problem)
        of_items.setdefault(problem.item, []).append(text)
    items = [
        (item + 1, fate.value, FATES[fate], of_items.get(item, []))  # people count from one
        for item, fate in fates_of(shown).items()
    ]
    # What was simply kept is told in one line; the rest one by one.
    special = [row for row in items if row[1] != "kept" or row[3]]
    body = ""
    if may(rules.check_can_see_body, request.user):
        saw(shown, by=request.user, at=timezone.now(), why="message")
        body = pretty(body_of(shown))
    return {
        "shown": shown,
        "whole": of_items.get(None, []),
        "special": Paginator(special, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "plain": len(items) - len(special),
        "body": body[:MOST_SHOWN],
        "cut": len(body) > MOST_SHOWN,
        "may_see_body": may(rules.check_can_see_body, request.user),
        "may_replay": may(rules.check_can_replay, request.user, shown),
        "may_settle": may(rules.check_can_settle, request.user, shown, "-"),
    }


@login_required
@require_POST
def replay_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Read a message in again."""
    shown = get_object_or_404(Message.objects.visible_to(request.user), pk=message_id)
    actions.replay(message=shown, by=request.user, at=timezone.now())
    return redirect("surveillance:message", shown.pk)


@login_required
@require_POST
def settle_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Say that a message is dealt with."""
    shown = get_object_or_404(Message.objects.visible_to(request.user), pk=message_id)
    actions.settle(
        message=shown,
        by=request.user,
        at=timezone.now(),
        reason=request.POST.get("reason", ""),
    )
    return redirect("surveillance:message", shown.pk)
