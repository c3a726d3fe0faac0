"""What happens to posts and rumours."""

from pingji.monitor.opinion.actions.receiving import hand_in
from pingji.monitor.opinion.actions.stepping import (
    check,
    close,
    draft_reply,
    hand_over,
    reply,
    take,
)
from pingji.monitor.opinion.actions.telling import tell_found

__all__ = [
    "check",
    "close",
    "draft_reply",
    "hand_in",
    "hand_over",
    "reply",
    "take",
    "tell_found",
]
