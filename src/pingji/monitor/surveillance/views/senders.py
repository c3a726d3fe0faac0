"""Systems that may send, on screen: let one send, take its token back."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.forms.senders import SenderForm
from pingji.monitor.surveillance.models import MAY_SEND, Sender
from pingji.monitor.surveillance.queries.messages import last_received
from pingji.monitor.surveillance.queries.settings import setting
from pingji.monitor.surveillance.rules import senders as rules


@login_required
def senders(request: HttpRequest) -> HttpResponse:
    """The systems that may send, when each last did; a new one's token is shown this once."""
    rules.check_can_edit_senders(request.user)
    now = timezone.now()
    form = SenderForm(request.POST or None, user=request.user)
    token = added = None
    if request.method == "POST" and form.is_valid():
        try:
            added, token = actions.add_sender(
                organisation=form.cleaned_data["organisation"],
                name=form.cleaned_data["name"],
                formats=form.cleaned_data["formats"],
                expires_at=form.cleaned_data["expires_on"],
                by=request.user,
                at=now,
            )
            form = SenderForm(user=request.user)
        except Refused as refused:
            refused.shown_on(form)
    rows = list(Sender.objects.visible_to(request.user).select_related("organisation"))
    last = last_received(rows)
    days = setting(request.user.area_id, "intake.connected", now)
    words = dict(MAY_SEND)
    for row in rows:
        row.last = last.get(row.pk)
        row.recent = bool(row.last and days and row.last > now - timedelta(days=int(days)))
        row.ended = bool(row.expires_at and row.expires_at <= now)
        row.said = [words[form_] for form_ in row.formats]
        row.may_revoke = may(rules.check_can_revoke, request.user, row)
    return render(
        request,
        "surveillance/senders.html",
        {"form": form, "rows": rows, "token": token, "added": added, "days": days and int(days)},
    )


@login_required
@require_POST
def revoke_sender(request: HttpRequest, sender_id: int) -> HttpResponse:
    """Take a token back."""
    sender = get_object_or_404(Sender.objects.visible_to(request.user), pk=sender_id)
    actions.revoke_sender(
        sender=sender,
        by=request.user,
        at=timezone.now(),
        reason=request.POST.get("reason", ""),
    )
    return redirect("surveillance:senders")
