"""Users on screen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from pingji.ground import may
from pingji.ground.directory import actions, queries, rules
from pingji.ground.directory.forms import NewUserForm, PasswordForm, ReasonForm, UserForm
from pingji.ground.directory.models import Role, User
from pingji.ground.directory.views.asking import answered, ask, page_of


def _visible(request: HttpRequest, user_id: int) -> User:
    rules.check_can_edit_users(request.user)
    rows = User.objects.visible_to(request.user).people()
    return get_object_or_404(rows.select_related("area", "organisation"), pk=user_id)


@login_required
def users(request: HttpRequest) -> HttpResponse:
    """Everybody who may sign in."""
    rules.check_can_edit_users(request.user)
    rows = User.objects.visible_to(request.user).people().select_related("area", "organisation")
    word, role = request.GET.get("q", ""), request.GET.get("role", "")
    out = request.GET.get("out") == "1"
    rows = queries.users_named(rows, word).filter(is_active=not out)
    if role in Role.values:
        rows = rows.filter(role=role)
    return render(
        request,
        "directory/users.html",
        {"page": page_of(request, rows), "q": word, "role": role, "roles": Role, "out": out},
    )


@login_required
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    """One user: what they may, and what may be done about them."""
    shown = _visible(request, user_id)
    return render(
        request,
        "directory/user.html",
        {
            "shown": shown,
            "may_edit": may(rules.check_can_edit_user, request.user, shown),
            "may_deactivate": may(rules.check_can_deactivate_user, request.user, shown),
            "may_reactivate": may(rules.check_can_reactivate_user, request.user, shown),
        },
    )


@sensitive_post_parameters("password")
@login_required
def add_user(request: HttpRequest) -> HttpResponse:
    """Let somebody sign in."""
    rules.check_can_edit_users(request.user)
    form = NewUserForm(request.POST or None, user=request.user, initial={"area": request.user.area})
    if added := answered(form, actions.add_user, by=request.user, at=timezone.now()):
        messages.success(request, _("%(user)s can sign in now.") % {"user": added})
        return redirect("directory:user", added.pk)
    return ask(
        request,
        form,
        title=_("Who should be able to sign in?"),
        lead=_("A user sees the area given here and everything inside it."),
        does=_("Add user"),
        back_url=reverse("directory:users"),
    )


@login_required
def edit_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change who a user is and what they may."""
    shown = _visible(request, user_id)
    rules.check_can_edit_user(request.user, shown)
    fields = ("display_name", "role", "phone", "area", "organisation")
    form = UserForm(
        request.POST or None,
        user=request.user,
        initial={field: getattr(shown, field) for field in fields},
    )
    if answered(form, actions.edit_user, user=shown, by=request.user, at=timezone.now()):
        messages.success(request, _("Saved; it counts from their next click."))
        return redirect("directory:user", shown.pk)
    return ask(
        request,
        form,
        title=_("What should %(user)s be able to do?") % {"user": shown},
        does=_("Save changes"),
        back_url=shown.get_absolute_url(),
    )


@sensitive_post_parameters("password")
@login_required
def set_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a user a new password."""
    shown = _visible(request, user_id)
    rules.check_can_edit_user(request.user, shown)
    form = PasswordForm(request.POST or None)
    if answered(form, actions.set_password, user=shown, by=request.user, at=timezone.now()):
        messages.success(
            request, _("%(user)s signs in with the new password from now on.") % {"user": shown}
        )
        return redirect("directory:user", shown.pk)
    return ask(
        request,
        form,
        title=_("What is the new password of %(user)s?") % {"user": shown},
        lead=_("Every session of this user ends; tell them the password in person."),
        does=_("Set password"),
        back_url=shown.get_absolute_url(),
    )


@login_required
def deactivate_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """Shut a user out."""
    shown = _visible(request, user_id)
    rules.check_can_deactivate_user(request.user, shown)
    form = ReasonForm(request.POST or None)
    if answered(form, actions.deactivate_user, user=shown, by=request.user, at=timezone.now()):
        messages.success(request, _("%(user)s can no longer sign in.") % {"user": shown})
        return redirect("directory:user", shown.pk)
    return ask(
        request,
        form,
        title=_("Why should %(user)s no longer sign in?") % {"user": shown},
        lead=_("Their open pages stop at the next click. What they did stays on record."),
        does=_("Deactivate user"),
        back_url=shown.get_absolute_url(),
        danger=True,
    )


@login_required
def reactivate_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a user in again."""
    shown = _visible(request, user_id)
    rules.check_can_reactivate_user(request.user, shown)
    form = ReasonForm(request.POST or None)
    if answered(form, actions.reactivate_user, user=shown, by=request.user, at=timezone.now()):
        messages.success(request, _("%(user)s can sign in now.") % {"user": shown})
        return redirect("directory:user", shown.pk)
    return ask(
        request,
        form,
        title=_("Why may %(user)s sign in again?") % {"user": shown},
        does=_("Reactivate user"),
        back_url=shown.get_absolute_url(),
    )
