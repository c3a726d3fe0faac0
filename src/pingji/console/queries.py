"""What the cross-stage screens show, drawn from the apps' own querysets."""

from datetime import datetime

from pingji.ground.directory.models import User


def open_incidents(user: User) -> int:
    """How many incidents are open in the reader's area."""
    return 0


def task_counts(user: User, *, at: datetime) -> dict[str, int]:
    """How many things wait for this reader, and how many of them are late."""
    return {"waiting": 0, "late": 0}
