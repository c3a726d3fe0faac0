"""What every stage of the loop stands on: who and where, what the plan promises, what happened."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import get_language

Done = TypeVar("Done")


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

    def shown_on(self, form: Any) -> None:
        """Show the reason on a form: at its field, or above all fields where it has none such."""
        form.add_error(self.field if self.field in form.fields else None, str(self))


def may(check: Callable[..., object], *args: object) -> bool:
    """Whether a check lets this through; what a button asks before it shows itself."""
    try:
        check(*args)
    except Refused:
        return False
    return True


def answered(form: Any, act: Callable[[], Done]) -> Done | None:
    """Do what a form asks for, if it was sent and filled in rightly; a refusal is shown on it.

    Args:
        form: The form, bound if it was sent.
        act: The action, with what was typed.

    Returns:
        What the action returned; None when nothing was sent, typed wrongly or refused.
    """
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return act()
    except Refused as refused:
        refused.shown_on(form)
        return None


def in_chinese() -> bool:
    """Whether the reader reads Chinese; so does whoever reads where no language is in force."""
    return (get_language() or "zh").startswith("zh")


def in_words(chinese: str, english: str) -> str:
    """The one of two wordings that the reader reads; the Chinese where there is no English."""
    return chinese if in_chinese() else english or chinese
