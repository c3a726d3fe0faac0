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

__all__ = [
    "check",
    "close",
    "draft_reply",
    "hand_in",
    "hand_over",
    "reply",
    "take",
]
