"""One notice, posted to a system that subscribes.

The signature covers the moment, the key and the body: HMAC-SHA256 with the subscriber's secret.
A receiver compares it, refuses what is older than it likes, and drops a key it knows already.
"""

import json

from pingji.ground.notices.models import Answer, Letter, Outcome
from pingji.integrations.posting import NotAllowed, Unreachable, post, sign


def send(letter: Letter) -> Answer:
    """Post a notice to a subscriber; a redirect is not followed and counts as a refusal."""
    body = json.dumps(letter.body, ensure_ascii=False, separators=(",", ":")).encode()
    stamp = str(int(letter.at.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": letter.key,
        "X-Pingji-Timestamp": stamp,
        "X-Pingji-Signature": sign(letter.secret, stamp, letter.key, body.decode()),
    }
    try:
        reply = post(letter.to, body, headers=headers)
    except NotAllowed as problem:
        return Answer(Outcome.REFUSED, str(problem))
    except Unreachable as problem:
        return Answer(Outcome.LATER, str(problem))
    said = f"{reply.status} {reply.text}".strip()
    if reply.is_taken:
        return Answer(Outcome.TAKEN, said, seconds=reply.seconds)
    later = Outcome.LATER if reply.may_be_tried_again else Outcome.REFUSED
    return Answer(later, said, seconds=reply.seconds)
