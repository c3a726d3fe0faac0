"""What goes into the journal, in both languages."""

from collections.abc import Callable

from django.utils import translation


def in_both(words: Callable[[], object]) -> tuple[str, str]:
    """A sentence in Chinese and in English."""
    said = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said.append(str(words()))
    return said[0], said[1]
