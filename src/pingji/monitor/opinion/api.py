"""Posts from other systems, and the rumours, for programs."""

from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.monitor.opinion.actions import receiving
from pingji.monitor.opinion.models import Batch, Rumour
from pingji.monitor.opinion.queries.faults import in_words
from pingji.monitor.opinion.rules import stepping
from pingji.monitor.surveillance.models import POSTS
from pingji.monitor.surveillance.queries.bodies import TooLarge, received
from pingji.monitor.surveillance.queries.senders import WHY_NOT, Bearer, SenderAuth

router = Router()
State = Batch.State
STATUS = {State.TAKEN: 200, State.PARTLY: 207, State.REFUSED: 422, State.HELD: 400}
UNAUTHORISED = ("no_token", "unknown_token", "revoked_token", "token_expired")
POST = {
    "type": "object",
    "required": ["source", "key", "text", "posted_at"],
    "properties": {
        "source": {"type": "string", "maxLength": 40, "description": "The platform."},
        "key": {"type": "string", "maxLength": 120, "description": "Its number on the platform."},
        "text": {"type": "string", "maxLength": 5000},
        "posted_at": {"type": "string", "format": "date-time"},
        "author": {"type": "string", "maxLength": 200, "description": "Kept as a hash alone."},
        "url": {"type": "string", "maxLength": 500},
    },
}
BODY = {
    "type": "object",
    "required": ["posts"],
    "properties": {
        "key": {"type": "string", "description": "Your number of the message; taken once."},
        "posts": {"type": "array", "items": POST},
    },
}
ANSWER = {
    "type": "object",
    "properties": {
        "batch": {"type": "integer"},
        "key": {"type": "string"},
        "state": {"type": "string", "enum": [str(state) for state in State]},
        "received_at": {"type": "string", "format": "date-time"},
        "posts": {"type": "integer"},
        "kept": {"type": "integer"},
        "known": {"type": "integer"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "post": {"type": "integer", "description": "From 1; 0 for the whole."},
                    "reason": {"type": "string"},
                },
            },
        },
    },
}
SAID = {"content": {"application/json": {"schema": ANSWER}}}
DESCRIBED = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}},
    "responses": {
        200: {"description": "Every post is kept, or was known.", **SAID},
        207: {"description": "Some posts were refused; the others are kept.", **SAID},
        400: {"description": "The message could not be taken; it waits for a person.", **SAID},
        401: {"description": "No valid token."},
        403: {"description": "The token does not allow this."},
        413: {"description": "The message is too large."},
        422: {"description": "No post could be kept.", **SAID},
    },
}


@router.post("/posts", auth=SenderAuth(POSTS), openapi_extra=DESCRIBED)
def posts(request: HttpRequest) -> HttpResponse:
    """Posts of the public about illness.

    The same message again is answered as before and counted once; a post is kept once by its number
    on its platform.
    """
    bearer: Bearer = request.auth  # type: ignore[attr-defined]
    english = request.headers.get("Accept-Language", "").lower().startswith("en")
    with translation.override("en" if english else "zh-hans"):
        if bearer.sender is None:
            return _turned_away(bearer)
        try:
            came = received(request, largest=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        except TooLarge:
            reason = translation.gettext("The message is too large; send it in several.")
            return _answer(413, {"reason": reason})
        now = timezone.now()
        if bearer.why:
            receiving.keep_aside(sender=bearer.sender, body=came.body, why="no_right", at=now)
            return _turned_away(bearer)
        if not came.whole:
            batch = receiving.keep_aside(
                sender=bearer.sender, body=came.body, why="cut_short", at=now
            )
        else:
            batch = receiving.receive(sender=bearer.sender, body=came.body, at=now)
        return _answer(STATUS[State(batch.state)], _said(batch))


def _said(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "key": batch.name,
        "state": batch.state,
        "received_at": batch.received_at,
        "posts": batch.lines,
        "kept": batch.kept,
        "known": batch.known,
        "problems": [{"post": line, "reason": reason} for line, reason in in_words(batch)],
    }


def _turned_away(bearer: Bearer) -> HttpResponse:
    status = 401 if bearer.why in UNAUTHORISED else 403
    response = _answer(status, {"reason": str(WHY_NOT[bearer.why])})
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="pingji"'
    return response


def _answer(status: int, content: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(content), content_type="application/json", status=status)


class RumourOut(Schema):
    """What is said of one illness in one place."""

    id: int
    area_id: str
    topic_id: str
    title: str
    state: Rumour.State
    found_at: datetime
    first_at: datetime
    last_at: datetime
    post_count: int
    text_count: int
    verdict: str
    findings: str
    checked_at: datetime | None
    reply: str
    reply_url: str
    replied_at: datetime | None
    closed_at: datetime | None


@router.get("/rumours", response=list[RumourOut])
@paginate
def rumours(
    request: HttpRequest, state: Rumour.State | None = None, under: str = ""
) -> QuerySet[Rumour]:
    """Rumours you may see, the latest first, in one state or in all, inside the area `under`.

    409 when your role does not include public opinion.
    """
    stepping.check_can_view(request.user)
    found = Rumour.objects.visible_to(request.user).filter(area__code__startswith=under)
    return found.filter(state=state) if state else found
