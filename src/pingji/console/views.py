"""The cross-stage screens, the reader's choices, and the pages shown when something went wrong."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from pingji.console.context import THEME_COOKIE, THEMES

A_YEAR = 365 * 24 * 3600


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What needs this reader today."""
    return render(request, "console/home.html")


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """One box that finds areas, organisations, alerts, incidents and orders."""
    return render(request, "console/search.html", {"asked": request.GET.get("q", "").strip()})


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


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Show everything in another language from now on."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        _remember(request, response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Show everything light or dark from now on."""
    response = _back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        _remember(request, response, THEME_COOKIE, theme)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or the form cannot be understood."""
    return render(request, "console/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not theirs."""
    return render(request, "console/403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, or nothing this reader may see."""
    return render(request, "console/404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: a fault of the program. Drawn without the database, which may be the cause."""
    return HttpResponse(render_to_string("console/500.html"), status=500)
