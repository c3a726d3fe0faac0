"""The duty roster on screen."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import may
from pingji.ground.directory import actions, queries, rules
from pingji.ground.directory.forms import ReasonForm, ShiftForm
from pingji.ground.directory.models import DutyShift
from pingji.ground.directory.views.asking import answered, ask

DAYS_SHOWN = 14
A_DAY = timedelta(days=1)
# What the form proposes, not a rule: from eight in the morning to eight the next.
USUAL_CHANGE = time(8)


@login_required
def duty(request: HttpRequest) -> HttpResponse:
    """Who is on duty now, and in the next two weeks."""
    now = timezone.now()
    shifts = queries.roster(request.user, since=now, until=now + DAYS_SHOWN * A_DAY)
    return render(
        request,
        "directory/duty.html",
        {
            "shifts": [(shift, shift.starts_at <= now) for shift in shifts],
            "called": queries.on_duty(request.user.area_id, now),
            "may_edit": may(rules.check_can_edit_roster, request.user, request.user.area_id),
        },
    )


@login_required
def add_shift(request: HttpRequest) -> HttpResponse:
    """Put somebody on the roster of the reader's area."""
    rules.check_can_edit_roster(request.user, request.user.area_id)
    today = timezone.localdate()
    begins = timezone.make_aware(datetime.combine(today, USUAL_CHANGE))
    form = ShiftForm(
        request.POST or None,
        people=queries.may_be_on_duty(request.user),
        initial={"starts_at": begins, "ends_at": begins + A_DAY},
    )
    fixed = {"area": request.user.area, "by": request.user, "at": timezone.now()}
    if answered(form, actions.put_on_duty, **fixed):
        messages.success(request, _("The duty roster is saved."))
        return redirect("directory:duty")
    return ask(
        request,
        form,
        title=_("Who is on duty, and when?"),
        lead=_("An alert goes to who is called first; if nobody answers in time, to the next."),
        does=_("Put on the roster"),
        back_url=reverse("directory:duty"),
    )


@login_required
def remove_shift(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Take a shift off the roster."""
    rows = DutyShift.objects.visible_to(request.user).select_related("person", "area")
    shift = get_object_or_404(rows, pk=shift_id)
    rules.check_can_take_off(request.user, shift, timezone.now())
    form = ReasonForm(request.POST or None)
    if answered(form, actions.take_off_duty, shift=shift, by=request.user, at=timezone.now()):
        messages.success(request, _("The duty roster is saved."))
        return redirect("directory:duty")
    return ask(
        request,
        form,
        title=_("Why is %(person)s taken off this shift?") % {"person": shift.person},
        lead=_("Alerts that were already given to this person stay theirs."),
        does=_("Take off the roster"),
        back_url=reverse("directory:duty"),
        danger=True,
    )
