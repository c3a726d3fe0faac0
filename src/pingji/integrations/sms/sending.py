"""One text message, posted to the gateway that the installation names."""

import json
from typing import Any

from django.conf import settings

from pingji.ground.notices.models import Answer, Letter, Outcome
from pingji.integrations.posting import NotAllowed, Unreachable, post, sign

# Where the gateway's own number of the message is looked for in its answer.
REFERENCES = ("reference", "message_id", "messageId", "msgid", "id")


def send(letter: Letter) -> Answer:
    """Hand a text message to the gateway; without one nothing leaves."""
    gateway = settings.NOTICE_SMS
    if not gateway["url"]:
        return Answer(Outcome.NO_GATEWAY)
    text = gateway["sign_off"] + letter.text
    values = {"phone": letter.to, "text": text, "key": letter.key}
    body = json.dumps(_filled(gateway["body"], values), ensure_ascii=False).encode()
    try:
        reply = post(gateway["url"], body, headers=_headers(letter, body), inside=True)
    except Unreachable as problem:
        return Answer(Outcome.LATER, str(problem))
    except NotAllowed as problem:
        return Answer(Outcome.REFUSED, str(problem))
    said = f"{reply.status} {reply.text}".strip()
    if reply.is_taken:
        return Answer(Outcome.TAKEN, said, _reference(reply.text), reply.seconds)
    later = Outcome.LATER if reply.may_be_tried_again else Outcome.REFUSED
    return Answer(later, said, seconds=reply.seconds)


def _headers(letter: Letter, body: bytes) -> dict[str, str]:
    gateway = settings.NOTICE_SMS
    stamp = str(int(letter.at.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": letter.key,
        "X-Pingji-Timestamp": stamp,
    }
    if gateway["token"]:
        headers["Authorization"] = f"Bearer {gateway['token']}"
    if gateway["secret"]:
        headers["X-Pingji-Signature"] = sign(gateway["secret"], stamp, letter.key, body.decode())
    return headers


def _filled(template: Any, values: dict[str, str]) -> Any:
    """The body of the gateway's own shape with what is sent in its places."""
    if isinstance(template, dict):
        return {name: _filled(part, values) for name, part in template.items()}
    if isinstance(template, list):
        return [_filled(part, values) for part in template]
    if isinstance(template, str):
        # One pass over the template: a text that itself contains {phone} is left as it is.
        for name, value in values.items():
            if template == f"{{{name}}}":
                return value
        return _in_one_pass(template, values)
    return template


def _in_one_pass(template: str, values: dict[str, str]) -> str:
    pieces = template.split("{")
    said = pieces[0]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("}")
        said += values[name] + rest if closed and name in values else "{" + piece
    return said


def _reference(text: str) -> str:
    try:
        answer = json.loads(text)
    except ValueError:
        return ""
    found = answer if isinstance(answer, dict) else {}
    return next((str(found[name]) for name in REFERENCES if found.get(name)), "")
