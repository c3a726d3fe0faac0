"""Why posts were not kept, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.monitor.opinion.models import Batch

REASONS = {
    "no_json": gettext_lazy("This is no JSON in UTF-8; nothing was taken from it."),
    "no_posts": gettext_lazy("The message has no list “posts”; nothing was taken from it."),
    "not_utf8": gettext_lazy("The file is not written in UTF-8; save it so and hand it in again."),
    "no_column": gettext_lazy(
        "The table has no column for: %(columns)s. Name it in the first row."
    ),
    "no_table": gettext_lazy("The file could not be read: %(given)s"),
    "no_right": gettext_lazy("The token did not allow it; nothing was taken from the message."),
    "number_taken": gettext_lazy(
        "Another message came under this number before; nothing was taken from this one. Send it "
        "under a number of its own."
    ),
    "cut_short": gettext_lazy("Only part of the message arrived; send it again."),
    "no_object": gettext_lazy("This line is no JSON object."),
    "missing": gettext_lazy("Missing: %(field)s."),
    "too_long": gettext_lazy("%(field)s: longer than %(most)s characters."),
    "bad_character": gettext_lazy("%(field)s: holds a character that no text may hold."),
    "no_time": gettext_lazy("“%(given)s” is no time; write 2025-11-21 08:30."),
    "ahead": gettext_lazy("The time %(given)s lies ahead of ours; check the clock."),
    "no_address": gettext_lazy("“%(given)s” is no address of a page (http or https)."),
    "key_twice": gettext_lazy("Line %(line)s has the same number and another text."),
    "key_taken": gettext_lazy(
        "Another text is kept under this number since %(when)s; what was kept stays."
    ),
}


def in_words(batch: Batch) -> list[tuple[int, str]]:
    """The problems of a batch: line, 0 for the whole, and the reason with what to do."""
    return [
        (problem["line"], str(REASONS[problem["code"]]) % problem["details"])
        for problem in batch.problems
    ]


def sentence(line: int, reason: str) -> str:
    """One problem as one line of text."""
    return _("Line %(line)s: %(reason)s") % {"line": line, "reason": reason} if line else reason
