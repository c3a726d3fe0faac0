"""The worker looks at the clocks every minute."""

from datetime import datetime

from pingji.ground.record.actions import every
from pingji.ground.standards import actions


@every("* * * * *")
def sweep(at: datetime) -> None:
    """Escalate every deadline that ran out."""
    actions.sweep_deadlines(at=at)
