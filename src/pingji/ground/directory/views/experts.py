"""The pool of experts on screen."""

from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import may
from pingji.ground.directory import actions, queries, rules
from pingji.ground.directory.forms import ExpertForm, ReasonForm
from pingji.ground.directory.models import Expertise
from pingji.ground.directory.views.asking import answered, ask


@login_required
def experts(request: HttpRequest) -> HttpResponse:
    """Who may be asked for advice, by field."""
    rows = list(queries.expert_pool(request.user))
    for row in rows:
        row.may_withdraw = may(rules.check_can_withdraw_expert, request.user, row)
    fields = [
        (label, list(these)) for label, these in groupby(rows, lambda row: row.get_field_display())
    ]
    return render(
        request,
        "directory/experts.html",
        {
            "fields": fields,
            "people": len({row.person_id for row in rows}),
            "may_edit": may(rules.check_can_edit_experts, request.user),
        },
    )


@login_required
def name_expert(request: HttpRequest) -> HttpResponse:
    """Put somebody into the pool."""
    rules.check_can_edit_experts(request.user)
    form = ExpertForm(request.POST or None, people=queries.may_be_expert(request.user))
    if answered(form, actions.name_expert, by=request.user, at=timezone.now()):
        messages.success(request, _("The pool of experts is saved."))
        return redirect("directory:experts")
    return ask(
        request,
        form,
        title=_("Who is an expert, and in what?"),
        lead=_("Experts of the pool are invited to consultations, by a notice with its receipt."),
        does=_("Put into the pool"),
        back_url=reverse("directory:experts"),
    )


@login_required
def withdraw_expert(request: HttpRequest, expertise_id: int) -> HttpResponse:
    """Take somebody out of the pool for one field."""
    rows = Expertise.objects.visible_to(request.user).select_related("person")
    row = get_object_or_404(rows, pk=expertise_id)
    rules.check_can_withdraw_expert(request.user, row)
    form = ReasonForm(request.POST or None)
    fixed = {"expertise": row, "by": request.user, "at": timezone.now()}
    if answered(form, actions.withdraw_expert, **fixed):
        messages.success(request, _("The pool of experts is saved."))
        return redirect("directory:experts")
    return ask(
        request,
        form,
        title=_("Why is %(person)s taken out of the pool?") % {"person": row.person},
        lead=_("What this expert has said stays on record; nobody invites them in this field."),
        does=_("Take out of the pool"),
        back_url=reverse("directory:experts"),
        danger=True,
    )
