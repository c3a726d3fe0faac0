"""The screen that bears a key, and as whom it reads."""

import hashlib

from pingji.ground.directory.models import Role, User, WallScreen

NOBODY = 0  # no user has this key: "what is addressed to the reader" is asked of it, and is nothing


def digest(secret: str) -> str:
    """What of a code or a key lies in the table. Both are drawn at random, so one pass is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def screen_with(key: str) -> WallScreen | None:
    """The screen that bears a key and was not taken back."""
    rows = WallScreen.objects.working().select_related("area")
    return rows.filter(key_digest=digest(key)).first() if key else None


def reader_of(screen: WallScreen) -> User:
    """As whom a screen reads: with a leader's sight of its area, and no row of its own.

    It cannot sign in, and nothing can be done or put on record in its name.
    """
    return User(pk=NOBODY, display_name=screen.name, role=Role.LEADER, area=screen.area)
