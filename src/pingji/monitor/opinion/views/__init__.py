"""Public opinion on screen."""

from pingji.monitor.opinion.views.pages import curve, detail, map_of, rumours
from pingji.monitor.opinion.views.posts import batch, batches, posts, reading
from pingji.monitor.opinion.views.steps import (
    check,
    close,
    draft_reply,
    hand_over,
    reply,
    take,
)

__all__ = [
    "batch",
    "batches",
    "check",
    "close",
    "curve",
    "detail",
    "draft_reply",
    "hand_over",
    "map_of",
    "posts",
    "reading",
    "reply",
    "rumours",
    "take",
]
