"""Coming in and going out."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from pingji.ground.directory import actions
from pingji.ground.directory.forms import OwnPasswordForm, SignInForm
from pingji.ground.directory.views.asking import answered, ask


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; after too many failures the name is locked from this address."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    if form.is_bound and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if user is not None:
            login(request, user)
            actions.signed_in(user=user, at=timezone.now(), address=_address(request))
            return redirect(_next(request))
        if getattr(request, "axes_failures_since_start", None) == settings.AXES_FAILURE_LIMIT:
            actions.locked_out(
                username=form.cleaned_data["username"],
                at=timezone.now(),
                address=_address(request),
            )
        form.add_error(None, _("User name or password is not right."))
    return render(request, "console/sign_in.html", {"form": form, "next": _asked_for(request)})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    if request.user.is_authenticated:
        actions.signed_out(user=request.user, at=timezone.now())
        logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@sensitive_post_parameters()
@login_required
def own_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    form = OwnPasswordForm(request.POST or None)

    def change(*, old: str, new: str, again: str) -> object:
        return actions.change_own_password(user=request.user, old=old, new=new, at=timezone.now())

    if user := answered(form, change):
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed; every other session has ended."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    return ask(
        request,
        form,
        title=_("What should your new password be?"),
        lead=_("You stay signed in here; everywhere else you have to sign in again."),
        does=_("Change password"),
    )


def _asked_for(request: HttpRequest) -> str:
    """The page somebody wanted before they were asked to sign in; never one elsewhere."""
    there = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return there if safe else ""


def _next(request: HttpRequest) -> str:
    return _asked_for(request) or settings.LOGIN_REDIRECT_URL


def _address(request: HttpRequest) -> str:
    """The address as the lock-out counts it."""
    return str(getattr(request, "axes_ip_address", "") or request.META.get("REMOTE_ADDR", ""))
