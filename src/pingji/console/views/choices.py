"""The reader's choices: language, light or dark, dense or roomy tables."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from pingji.console.context import DENSITIES, DENSITY_COOKIE, THEME_COOKIE, THEMES
from pingji.ground.directory import actions as directory

A_YEAR = 365 * 24 * 3600


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Show everything in another language from now on, here and wherever the reader signs in."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        _remember(request, response, settings.LANGUAGE_COOKIE_NAME, language)
        if request.user.is_authenticated:
            directory.choose_language(user=request.user, language=language, at=timezone.now())
    return response


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Show everything light or dark from now on."""
    return _choose_one(request, THEME_COOKIE, THEMES)


@require_POST
@login_required
def choose_density(request: HttpRequest) -> HttpResponse:
    """Show more rows of every table at once, or fewer with more room, from now on."""
    return _choose_one(request, DENSITY_COOKIE, DENSITIES)


def _choose_one(request: HttpRequest, name: str, known: tuple[str, ...]) -> HttpResponse:
    response = _back(request)
    chosen = request.POST.get(name, "")
    if chosen in known:
        _remember(request, response, name, chosen)
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the choice was made on."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(there if safe else "/")


def _remember(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=A_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
    )
