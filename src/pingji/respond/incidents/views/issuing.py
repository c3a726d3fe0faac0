"""One order to many, for an incident."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import Refused
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms import OrderForm
from pingji.respond.incidents.models import Incident, Order
from pingji.respond.incidents.queries.addressing import performers_of
from pingji.respond.incidents.views.frame import frame, incident_of

ORDER_STANDARD = "order.complete"


@login_required
def issue(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Choose to whom, say what and by when; all get it at once."""
    incident = incident_of(request, incident_id)
    rules.check_can_order(request.user, incident)
    form = OrderForm(request.POST or None, user=request.user, incident=incident)
    if form.is_bound and form.is_valid():
        try:
            return _issued(request, incident, form)
        except Refused as refused:
            refused.shown_on(form)
    status = 409 if form.errors else 200
    # What is being written is not drawn anew when something changes.
    context = frame(incident, "detail") | {"here": "", "form": form}
    return render(request, "incidents/issue.html", context, status=status)


def _issued(request: HttpRequest, incident: Incident, form: OrderForm) -> HttpResponse:
    sent = actions.issue_orders(
        incident=incident,
        standard=ORDER_STANDARD,
        by=request.user,
        at=timezone.now(),
        **form.cleaned_data,
    )
    said = ngettext("%(n)d order issued.", "%(n)d orders issued.", len(sent))
    messages.success(request, said % {"n": len(sent)})
    _name_who_cannot_read(request, sent)
    return redirect("incidents:detail", incident.pk)


def _name_who_cannot_read(request: HttpRequest, sent: list[Order]) -> None:
    told = performers_of(sent)
    for order in sent:
        if told[order.pk]:
            continue
        messages.warning(
            request,
            _("Nobody of %(organisation)s signs in: telephone %(phone)s.")
            % {
                "organisation": order.organisation,
                "phone": order.organisation.phone or _("(no number known)"),
            },
        )
