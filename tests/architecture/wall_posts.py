"""What is sent about screens on a wall, and what a leader sends with one click."""

from typing import Any

from pingji.ground.directory.models import Permission as P
from tests.architecture.county import County
from tests.architecture.posting import Post, fixed


def until(county: County) -> dict[str, Any]:
    """When the page that was read was drawn."""
    return {"until": county.now.isoformat()}


WALL_POSTS: dict[str, Post] = {
    "console:nudge": Post(fixed(), P.ORDER_ISSUE),
    "console:read_changes": Post(until, about_oneself=True),
    "console:read_incident": Post(until, P.INCIDENT_VIEW),
    "directory:revoke_wall_screen": Post(fixed(), P.USER_EDIT),
    "directory:wall_screens": Post(fixed(name="走廊"), P.USER_EDIT, about_oneself=True),
}
