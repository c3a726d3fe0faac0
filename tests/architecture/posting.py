"""A form that is filled in rightly, and who may send it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from pingji.ground.directory.models import Permission as P
from pingji.ground.directory.models import User
from tests.architecture.county import County

Body = Callable[[County], dict[str, Any]]


@dataclass(frozen=True)
class Post:
    """A form that is filled in rightly.

    Attributes:
        body: What is sent.
        needs: The right it takes, or several of which any will do; None where everybody who
            signed in may.
        instead: Other objects than the usual ones in the address.
        about_oneself: It concerns only who asks, or their own area: others have their own.
        as_json: It is sent as JSON instead of a form.
    """

    body: Body
    needs: P | tuple[P, ...] | None = None
    instead: tuple[tuple[str, str], ...] = ()
    about_oneself: bool = False
    as_json: bool = False

    def allows(self, user: User) -> bool:
        """Whether somebody of this role may send it."""
        if self.needs is None:
            return True
        any_of = self.needs if isinstance(self.needs, tuple) else (self.needs,)
        return any(user.holds(right) for right in any_of)

    @property
    def sent(self) -> dict[str, Any]:
        """How the test client is to send it."""
        return {"content_type": "application/json"} if self.as_json else {}


def fixed(**body: Any) -> Body:
    return lambda county: body


def today() -> str:
    return timezone.localdate().isoformat()
