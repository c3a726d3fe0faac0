"""What every stage of the loop stands on: who and where, what the plan promises, what happened."""

from collections.abc import Callable


class Refused(Exception):
    """An action was asked for that the rules do not allow.

    The reason is written for the person who asked: what was wrong, and what to do.

    Attributes:
        reason: A translated sentence.
        field: Name of the form field it is about, or None.
    """

    def __init__(self, reason: object, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field

    def __str__(self) -> str:
        return str(self.reason)


def may(check: Callable[..., object], *args: object) -> bool:
    """Whether a check lets this through; what a button asks before it shows itself."""
    try:
        check(*args)
    except Refused:
        return False
    return True
