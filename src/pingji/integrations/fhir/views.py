"""The FHIR endpoint: bundles and single resources in, outcomes out, always in FHIR's own words."""

import logging
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from pingji.integrations.fhir.answering import STATUSES, answer, outcome
from pingji.integrations.fhir.capability import statement
from pingji.integrations.fhir.taking import RESOURCES, hold, take
from pingji.monitor.surveillance.models import Format
from pingji.monitor.surveillance.queries.bodies import TooLarge, received
from pingji.monitor.surveillance.queries.incoming import Problem
from pingji.monitor.surveillance.queries.senders import Bearer, SenderAuth

TYPE = "application/fhir+json"
TYPES = (TYPE, "application/json", "application/json+fhir")
LARGEST = 8 * 1024 * 1024  # bytes of one body; a thousand entries are far fewer
AUTH = SenderAuth(Format.FHIR)
logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


class Refusal(Exception):
    """The request is answered without anything being kept."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.problem = Problem(None, "", code, details)


def in_fhir(view: View) -> View:
    """Whatever happens is answered as an OperationOutcome, in the language asked for."""

    @wraps(view)
    def answered(request: HttpRequest, **arguments: str) -> HttpResponse:
        # A program has no cookie; it asks for English, or gets the language of the law.
        asked = request.headers.get("Accept-Language", "")
        language = "en" if asked.strip().lower().startswith("en") else "zh-hans"
        with translation.override(language):
            try:
                return view(request, **arguments)
            except Refusal as refusal:
                return _refused(refusal.problem)
            except (OperationalError, InterfaceError):
                logger.warning("the database is away; a sender was asked to send again")
                return _refused(Problem(None, "", "database_away"))

    return answered


def _refused(problem: Problem) -> HttpResponse:
    status = STATUSES[problem.code]
    response = respond(status, outcome([problem]))
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Pingji"'
    if status == 405:
        response["Allow"] = problem.details["words"]
    if status == 503:
        response["Retry-After"] = "5"
    return response


def respond(status: int, body: dict[str, Any]) -> HttpResponse:
    """A body in FHIR's content type."""
    response = HttpResponse(orjson.dumps(body), status=status, content_type=TYPE)
    response["Content-Language"] = translation.get_language()
    response["Cache-Control"] = "no-store"
    return response


@in_fhir
def metadata(request: HttpRequest) -> HttpResponse:
    """The CapabilityStatement."""
    if request.method not in ("GET", "HEAD"):
        raise Refusal("wrong_method", words="GET")
    base = request.build_absolute_uri("/fhir")
    return respond(200, statement(base=base, version=version("pingji")))


@csrf_exempt
@in_fhir
def resources(request: HttpRequest, kind: str = "") -> HttpResponse:
    """Take a bundle, or a single resource of a kind."""
    if kind and kind not in RESOURCES:
        raise Refusal("not_found", words=", ".join(("/fhir/", *RESOURCES)))
    if request.method != "POST":
        raise Refusal("wrong_method", words="POST")
    bearer = AUTH(request)
    if bearer.sender is None:
        if bearer.why != "no_token":
            logger.warning("a token that is not valid from %s", request.META.get("REMOTE_ADDR"))
        raise Refusal(bearer.why)
    try:
        came = received(request, largest=LARGEST)
    except TooLarge:
        raise Refusal("too_large", most=str(LARGEST)) from None
    body, now = came.body, timezone.now()
    problem = _problem(bearer, request) or (None if came.whole else came.problem)
    if problem is not None:
        # What a known system sends without the right to, or wrongly, waits for a person.
        message = hold(sender=bearer.sender, body=body, problems=(problem,), at=now)
    else:
        message = take(sender=bearer.sender, body=body, kind=kind, at=now)
    status, said = answer(message, single=bool(kind))
    return respond(status, said)


def _problem(bearer: Bearer, request: HttpRequest) -> Problem | None:
    if bearer.why:
        return Problem(None, "", bearer.why)
    given = (request.content_type or "").lower()
    if given in TYPES:
        return None
    details = {"given": given[:60] or "-", "words": TYPE}
    return Problem(None, "", "wrong_content_type", details)
