"""What happens around every request: language, refusals, a database that is away."""

import errno
import sys
import time
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

from pingji.console import views as console
from pingji.ground import Refused
from pingji.ground.record.actions import origin

Respond = Callable[[HttpRequest], HttpResponse]


def chosen_language(get_response: Respond) -> Respond:
    """Cookie, then the user's own choice, then Chinese; never the browser's guess."""
    offered = {code for code, _name in settings.LANGUAGES}

    def middleware(request: HttpRequest) -> HttpResponse:
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if language not in offered and not request.path.startswith("/static/"):
            language = getattr(request.user, "language", "")
        translation.activate(language if language in offered else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return middleware


def from_where(get_response: Respond) -> Respond:
    """Lines on record written during a request say which address it came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        if settings.BEHIND_PROXY:
            # The proxy appends the address it saw; what stands before it is hearsay.
            forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
            address = forwarded.split(",")[-1].strip() or address
        with origin(address[:60]):
            return get_response(request)

    return middleware


def _away(request: HttpRequest, problem: Exception) -> HttpResponse:
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
    with translation.override(language):
        if request.path.startswith("/api/"):
            reason = _("The database is away; try again in a moment.")
            response = JsonResponse({"reason": reason}, status=503)
        else:
            response = HttpResponse(
                render_to_string("console/database_away.html", {"since": int(time.time())}),
                status=503,
            )
    response["Retry-After"] = "5"
    return response


def _disk_is_full(problem: BaseException | None) -> bool:
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(getattr(problem, "__cause__", None), DiskFull)


def _full(request: HttpRequest) -> HttpResponse:
    said = Refused(_("The server's disk is full. Nothing was stored; tell the administrator."))
    if request.path.startswith("/api/"):
        return JsonResponse({"reason": str(said)}, status=507)
    return render(request, "console/refused.html", {"refused": said}, status=507)


class refusals:
    """A refusal that no view has shown in place becomes a page, or 409 for a machine."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Forms refuse a NUL by themselves; what stands in an address goes to the database as it is,
        # and no text there has one.
        asked = request.META.get("QUERY_STRING", "")
        if "%00" in asked:
            request.META["QUERY_STRING"] = asked.replace("%00", "")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Answer refusals and a missing database; leave everything else to Django."""
        if isinstance(problem, Refused):
            return render(request, "console/refused.html", {"refused": problem}, status=409)
        if _disk_is_full(problem):
            return _full(request)
        if isinstance(problem, OperationalError | InterfaceError):
            return _away(request, problem)
        return None


def failed(request: HttpRequest) -> HttpResponse:
    """Whatever nobody caught: the database's absence gets its own page, a fault another.

    Django asks for it while the exception is handled, also for one raised between two layers of
    middleware, which no middleware sees as an exception.
    """
    problem = sys.exc_info()[1]
    if _disk_is_full(problem):
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
        with translation.override(language):
            return _full(request)
    if isinstance(problem, OperationalError | InterfaceError):
        return _away(request, problem)
    return console.failed(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere: say what to do."""
    return render(request, "console/csrf.html", {"reason": reason}, status=403)


def locked_out(
    request: HttpRequest, credentials: dict[str, str], *args: object, **kwargs: object
) -> HttpResponse:
    """Too many failed sign-ins from here under this name."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    username = credentials.get("username") or request.POST.get("username", "")
    return render(
        request,
        "console/locked_out.html",
        {"minutes": minutes, "username": username},
        status=429,
    )
