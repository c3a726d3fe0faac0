"""A screen on a wall of the county that is walked."""

from datetime import datetime
from typing import Any

from pingji.ground.directory import actions
from pingji.ground.directory.models import Role, User


def wall_rows(by_role: dict[Role, User], now: datetime, mark: str) -> dict[str, Any]:
    """A screen that waits for its code."""
    screen, _code = actions.add_wall_screen(
        name=f"{mark}大屏", by=by_role[Role.ADMINISTRATOR], at=now
    )
    return {"screen_id": screen.pk}
