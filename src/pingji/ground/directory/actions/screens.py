"""Screens on a wall: let one read the wall page, set it up with its code, take it back."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory import rules
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import User, WallScreen
from pingji.ground.directory.queries.screens import digest
from pingji.ground.record.actions import note, publish

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read for another
CODE_LETTERS = 10  # some 49 bits, for the half hour that it holds
KEY_BYTES = 32


@transaction.atomic
def add_wall_screen(*, name: str, by: User, at: datetime) -> tuple[WallScreen, str]:
    """Let a screen read the wall page of one's area.

    Returns:
        The screen, and the code that is typed at it once, soon.
    """
    rules.check_can_edit_wall_screens(by)
    rules.check_screen_is_named(name)

    code = "".join(secrets.choice(LETTERS) for _letter in range(CODE_LETTERS))
    screen = WallScreen(
        name=name.strip(),
        area=by.area,
        code_digest=digest(code),
        code_until=at + timedelta(minutes=settings.WALL_CODE_MINUTES),
        added_by=by,
        added_at=at,
    )
    with refused_if_taken(_("There is a screen of that name already."), field="name"):
        screen.save(force_insert=True)
    note("wall_screen.added", subject=screen, by=by, at=at)
    publish("wall_screens", area=screen.area_id)
    return screen, code


@transaction.atomic
def join_wall_screen(*, code: str, by: User, at: datetime) -> tuple[WallScreen, str]:
    """Set a screen up with its code, which is worth nothing afterwards.

    Returns:
        The screen, and the key that it keeps.

    Raises:
        Refused: There is no such code, or its time is over.
    """
    plain = "".join(code.split()).replace("-", "").upper()
    rows = WallScreen.objects.select_for_update(of=("self",)).select_related("area")
    screen = rows.filter(code_digest=digest(plain)).first()
    rules.check_can_join(screen, at)
    assert screen is not None

    key = secrets.token_urlsafe(KEY_BYTES)
    screen.key_digest, screen.joined_at, screen.code_digest = digest(key), at, None
    screen.save(update_fields=["key_digest", "joined_at", "code_digest"])
    note("wall_screen.joined", subject=screen, by=by, at=at)
    publish("wall_screens", area=screen.area_id)
    return screen, key


@transaction.atomic
def revoke_wall_screen(*, screen: WallScreen, by: User, at: datetime) -> WallScreen:
    """Take a screen back: it shows nothing from now on."""
    screen = WallScreen.objects.select_for_update(of=("self",)).get(pk=screen.pk)
    rules.check_can_revoke_wall_screen(by, screen)

    screen.revoked_by, screen.revoked_at, screen.code_digest = by, at, None
    screen.save(update_fields=["revoked_by", "revoked_at", "code_digest"])
    note("wall_screen.revoked", subject=screen, by=by, at=at)
    publish("wall_screens", area=screen.area_id)
    return screen
