"""Tell people, send, take their answers, and keep how they want to be told."""

from pingji.ground.notices.actions.answering import (
    acknowledge,
    acknowledge_about,
    receive,
    retry,
)
from pingji.ground.notices.actions.bulletins import issue_bulletin
from pingji.ground.notices.actions.sending import send, send_due
from pingji.ground.notices.actions.settings import (
    add_subscriber,
    revoke_subscriber,
    save_preference,
)
from pingji.ground.notices.actions.telling import escalate_notice, notify, tell_missed
from pingji.ground.notices.actions.telling_many import notify_many

__all__ = [
    "acknowledge",
    "acknowledge_about",
    "add_subscriber",
    "escalate_notice",
    "issue_bulletin",
    "notify",
    "notify_many",
    "receive",
    "retry",
    "revoke_subscriber",
    "save_preference",
    "send",
    "send_due",
    "tell_missed",
]
