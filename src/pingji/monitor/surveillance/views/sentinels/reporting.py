"""Reporting on a phone: today's report in a few taps, missed days, corrections."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.monitor.surveillance.actions import sentinels as actions
from pingji.monitor.surveillance.models import Sentinel
from pingji.monitor.surveillance.queries import as_day
from pingji.monitor.surveillance.queries import sentinels as queries
from pingji.monitor.surveillance.rules import sentinels as rules
from pingji.monitor.surveillance.rules.sentinels import ReportRefused, Unusual
from pingji.monitor.surveillance.views.sentinels.asking import visible

MOST = 40
LONGEST_REMARK = 300


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What the reader's own sentinels have to report."""
    rules.check_can_report_for_sentinels(request.user)
    own = queries.my_sentinels(request.user, at=timezone.now(), most=MOST)
    return render(request, "surveillance/sentinels/mine.html", {"mine": own})


@login_required
def report(request: HttpRequest, sentinel_id: int) -> HttpResponse:
    """The form for one period, and what was said to it."""
    sentinel, now = visible(request, sentinel_id), timezone.now()
    rules.check_can_report(request.user, sentinel)
    slots = queries.slots(sentinel, at=now)
    asked = request.POST if request.method == "POST" else request.GET
    starts_on = as_day(asked.get("starts_on", "")) or _first(slots)
    if starts_on is None:
        return render(
            request, "surveillance/sentinels/nothing.html", {"sentinel": sentinel, "at": now}
        )
    form = queries.form_for(sentinel, starts_on, slots)
    shown: dict[str, Any] = {"typed": {}, "refused": None, "remark": ""}
    if request.method == "POST":
        outcome = _send(request, sentinel, starts_on, form, shown)
        if outcome is not None:
            _thank(request, sentinel, starts_on, outcome)
            return redirect("surveillance:my_sentinels")
        form = queries.form_for(sentinel, starts_on, slots)  # what stands may have changed
    shown |= {
        "sentinel": sentinel,
        "form": form,
        "boxes": [(box, shown["typed"].get(box.item.code, box.value)) for box in form.boxes],
        "starts_on": starts_on,
        "words": queries.said_period(sentinel.type.rhythm, starts_on),
        "slots": slots,
        "unusual": isinstance(shown["refused"], Unusual),
        "field": getattr(shown["refused"], "item", ""),
    }
    return render(request, "surveillance/sentinels/report.html", shown)


def _first(slots: list[queries.Slot]) -> date | None:
    """The newest period without a report, else the newest."""
    missing = [slot.starts_on for slot in slots if not slot.reported]
    return missing[0] if missing else slots[0].starts_on if slots else None


def _send(
    request: HttpRequest,
    sentinel: Sentinel,
    starts_on: date,
    form: queries.Form,
    shown: dict[str, Any],
) -> actions.Outcome | None:
    """Try to report what was typed; leave in `shown` what is to be said if it is refused."""
    typed = {
        box.item.code: request.POST.get(f"item-{box.item.code}", "").strip() for box in form.boxes
    }
    if "nothing" in request.POST:
        typed = {
            box.item.code: (typed[box.item.code] or box.value) if box.in_all else "0"
            for box in form.boxes
        }
    seen = request.POST.get("seen", "")
    remark = request.POST.get("remark", "").strip()[:LONGEST_REMARK]
    shown |= {"typed": typed, "remark": remark}
    try:
        return actions.report(
            sentinel=sentinel,
            starts_on=starts_on,
            values=typed,
            by=request.user,
            at=timezone.now(),
            seen=int(seen) if seen.isdecimal() and len(seen) < 6 else 0,
            remark=remark,
            sure="sure" in request.POST,
        )
    except Refused as refused:
        shown["refused"] = refused
        if isinstance(refused, ReportRefused) and refused.code == "reported_meanwhile":
            shown["typed"] = {}  # what stands is shown, to be looked at before it is corrected
        return None


def _thank(
    request: HttpRequest, sentinel: Sentinel, starts_on: date, outcome: actions.Outcome
) -> None:
    period = queries.said_period(sentinel.type.rhythm, starts_on)
    said = {
        actions.Verdict.NEW: _("%(name)s: %(period)s is reported. Thank you."),
        actions.Verdict.CORRECTED: _("%(name)s: %(period)s is corrected (version %(version)s)."),
        actions.Verdict.SAME: _("%(name)s: just this stood for %(period)s already."),
    }[outcome.verdict]
    names = {"name": sentinel.label, "period": period, "version": outcome.version}
    messages.success(request, said % names)
