"""What is told to whom, and the proof of it."""

from pingji.ground.notices.models.bulletin import Bulletin
from pingji.ground.notices.models.delivery import WHY_NOT_SENT, Delivery, Means
from pingji.ground.notices.models.letters import Answer, Letter, Outcome
from pingji.ground.notices.models.notice import KINDS, Level, Notice
from pingji.ground.notices.models.receivers import Preference, Subscriber

__all__ = [
    "KINDS",
    "WHY_NOT_SENT",
    "Answer",
    "Bulletin",
    "Delivery",
    "Letter",
    "Level",
    "Means",
    "Notice",
    "Outcome",
    "Preference",
    "Subscriber",
]
