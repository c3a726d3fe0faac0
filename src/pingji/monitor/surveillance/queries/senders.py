"""Who sends by machine: found by the token, which is kept only as a hash."""

import hashlib
from datetime import datetime

from pingji.monitor.surveillance.models import Sender


def token_hash(token: str) -> str:
    """What is kept of a token. It is long and drawn by lot, so one round of a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def sender_with(token: str) -> Sender | None:
    """The sender whose token this is, valid or not; None where there is none."""
    if not token:
        return None
    return (
        Sender.objects.select_related("organisation").filter(token_hash=token_hash(token)).first()
    )


def is_valid(sender: Sender, at: datetime) -> bool:
    """Whether a sender's token holds at a moment."""
    if sender.revoked_at is not None or sender.organisation.closed_on is not None:
        return False
    return sender.expires_at is None or at < sender.expires_at
