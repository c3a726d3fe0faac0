"""How a line is chained to the one before, and who may read it."""

import hashlib
import json
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User

BEGINNING = "0" * 64


def digest(previous: str, content: dict[str, object]) -> str:
    """The chained digest of a line: SHA-256 over the digest before it and its own content."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def instant(at: datetime) -> str:
    """A moment as it enters the digest: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def check_can_view(user: User) -> None:
    """Raise Refused unless the user's role may read the record."""
    if not user.holds(Permission.RECORD_VIEW):
        raise Refused(_("Only an inspector or an administrator may read the record."))
