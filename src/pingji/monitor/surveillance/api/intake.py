"""Messages of hospitals' and laboratories' own systems, in plain JSON.

This is the way in of most that is counted, so the body is read and checked here and not by the
framework: see `rules.plain_json` for the form, which the published description shows in full.
"""

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja import Router

from pingji.monitor.surveillance.actions.intake import receive
from pingji.monitor.surveillance.models import Format, Message
from pingji.monitor.surveillance.queries.bodies import TooLarge, received
from pingji.monitor.surveillance.queries.messages import answer_of, body_of
from pingji.monitor.surveillance.queries.senders import WHY_NOT, Bearer, SenderAuth
from pingji.monitor.surveillance.rules.incoming import (
    Incoming,
    IncomingCard,
    IncomingResult,
    IncomingVisit,
    Problem,
)
from pingji.monitor.surveillance.rules.plain_json import FORMS, Unreadable, read, schema

router = Router(auth=SenderAuth(Format.JSON))
State = Message.State
# Partly taken is "multi-status": each item's fate is in the answer.
STATUS = {State.TAKEN: 200, State.PARTLY: 207, State.REFUSED: 422, State.HELD: 409}
UNAUTHORISED = ("no_token", "unknown_token", "revoked_token", "token_expired")

PROBLEM = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "description": "Where in the message."},
        "code": {"type": "string"},
        "reason": {"type": "string", "description": "In words, with what to do."},
        "refused": {"type": "boolean", "description": "Whether the item was refused for it."},
    },
}
ANSWER = {
    "type": "object",
    "properties": {
        "message": {"type": "integer", "description": "Our number of the message."},
        "key": {"type": "string"},
        "state": {"type": "string", "enum": [str(state) for state in State]},
        "received_at": {"type": "string", "format": "date-time"},
        "items": {"type": "integer"},
        "kept": {"type": "integer"},
        "problems": {"type": "array", "items": PROBLEM},
        "answers": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "item": {"type": "integer"},
                    "key": {"type": "string"},
                    "fate": {
                        "type": "string",
                        "enum": ["kept", "known", "corrected", "older", "refused"],
                    },
                    "problems": {"type": "array", "items": PROBLEM},
                },
            },
        },
    },
}
REFUSAL = {"type": "object", "properties": {"reason": {"type": "string"}}}


def _as(content: dict[str, Any], what: str) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": content}}}


ANSWERS = {
    200: _as(ANSWER, "Everything was taken."),
    207: _as(ANSWER, "Some items were refused; the others are kept."),
    400: _as(ANSWER, "The message could not be read; it waits for a person."),
    401: _as(REFUSAL, "No valid token."),
    403: _as(REFUSAL, "The token does not allow this."),
    409: _as(ANSWER, "The message's number is taken by another; it waits for a person."),
    413: _as(REFUSAL, "The message is too large."),
    422: _as(ANSWER, "No item could be kept."),
}


def _described(kind: str) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema(kind)}}}
    return {"requestBody": body, "responses": ANSWERS}


@router.post("/visits", openapi_extra=_described("visits"))
def visits(request: HttpRequest) -> HttpResponse:
    """Visits to clinics and emergency departments, and admissions.

    The same message again is answered as before and counted once; a later message with the same
    number of a visit corrects it.
    """
    return _take(request, "visits")


@router.post("/results", openapi_extra=_described("results"))
def results(request: HttpRequest) -> HttpResponse:
    """Findings of laboratories; a positive one of a notifiable disease drafts a report card."""
    return _take(request, "results")


@router.post("/cards", openapi_extra=_described("cards"))
def cards(request: HttpRequest) -> HttpResponse:
    """Drafts of report cards, which a person confirms on screen."""
    return _take(request, "cards")


@router.post("/sentinel-reports", openapi_extra=_described("sentinel_reports"))
def sentinel_reports(request: HttpRequest) -> HttpResponse:
    """What sentinels counted in a period; a zero is a report too."""
    return _take(request, "sentinel_reports")


@router.get("/messages/{message_id}", openapi_extra={"responses": {200: ANSWERS[200]}})
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """The fate of one message of your own organisation; 404 for any other."""
    bearer: Bearer = request.auth  # type: ignore[attr-defined]
    with _language(request):
        if bearer.why or bearer.sender is None:
            return _turned_away(bearer)
        found = Message.objects.filter(
            pk=message_id, organisation_id=bearer.sender.organisation_id, format=Format.JSON
        ).first()
        if found is None:
            return _answer(404, {"reason": translation.gettext("There is no such message.")})
        return _answer(200, answer_of(found, _keys(_read_again(found))))


def _take(request: HttpRequest, kind: str) -> HttpResponse:
    bearer: Bearer = request.auth  # type: ignore[attr-defined]
    with _language(request):
        if bearer.sender is None:
            return _turned_away(bearer)
        try:
            came = received(request, largest=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        except TooLarge:
            reason = translation.gettext("The message is too large; send it in several.")
            return _answer(413, {"reason": reason})
        body = came.body
        if bearer.why:
            _keep_aside(bearer, body, kind)
            return _turned_away(bearer)
        said, problems = _read(kind, body) if came.whole else (None, (came.problem,))
        kept = receive(
            sender=bearer.sender,
            format=Format.JSON,
            body=body,
            incoming=said,
            problems=problems,
            kind=kind,
            at=timezone.now(),
        )
        status = 400 if said is None else STATUS[State(kept.state)]
        return _answer(status, answer_of(kept, _keys(said)))


def _read(kind: str, body: bytes) -> tuple[Incoming | None, tuple[Problem, ...]]:
    try:
        return read(kind, body, zone=timezone.get_default_timezone()), ()
    except Unreadable as unreadable:
        return None, (unreadable.problem,)


def _read_again(message: Message) -> Incoming | None:
    return _read(message.kind, body_of(message))[0] if message.kind in FORMS else None


def _keys(said: Incoming | None) -> dict[int, str]:
    """The sender's number of each item that could be read."""
    if said is None:
        return {}
    items: tuple[IncomingVisit | IncomingResult | IncomingCard, ...]
    items = (*said.visits, *said.results, *said.cards)
    read = {one.item: one.key for one in items}
    return {**said.refused, **read} | {one.item: one.sentinel for one in said.sentinel_reports}


def _keep_aside(bearer: Bearer, body: bytes, kind: str) -> None:
    """What a known system sends without the right to waits for a person; it is not lost."""
    receive(
        sender=bearer.sender,
        format=Format.JSON,
        body=body,
        incoming=None,
        problems=(Problem(None, "", bearer.why),),
        kind=kind,
        at=timezone.now(),
    )


def _turned_away(bearer: Bearer) -> HttpResponse:
    status = 401 if bearer.why in UNAUTHORISED else 403
    response = _answer(status, {"reason": str(WHY_NOT[bearer.why])})
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="pingji"'
    return response


def _answer(status: int, content: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(content), content_type="application/json", status=status)


def _language(request: HttpRequest) -> Any:
    """Reasons are in Chinese unless the sending program asks for English."""
    english = request.headers.get("Accept-Language", "").lower().startswith("en")
    return translation.override("en" if english else "zh-hans")
