"""The words that scripts show in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def script_words() -> dict[str, str]:
    """Key of words.js and its phrase; {names} are filled in by the script."""
    return {
        "days": _("{days} d"),
        "days_hours": _("{days} d {hours} h"),
        "hours": _("{hours} h"),
        "hours_minutes": _("{hours} h {minutes} min"),
        "minutes": _("{minutes} min"),
        "minutes_seconds": _("{minutes} min {seconds} s"),
        "seconds": _("{seconds} s"),
        "time_left": _("{time} left"),
        "late_by": _("late by {time}"),
        "live_away": _("Connection lost. Trying again; what you see may be out of date."),
        "not_sent": _("This did not reach the server. Check the connection and send it again."),
        "not_done": _("The server could not do this ({status}). Try again; nothing was half done."),
        "kept_restored": _("What you had typed here was kept."),
        "kept_forget": _("Start afresh"),
        "turned_back": _(
            "The exercise was turned back to {moment}: what came after it is gone, and what you "
            "see here may be, too."
        ),
        "load_again": _("Load the page again"),
        "chart_failed": _("The data could not be loaded. Reload the page to try again."),
        "chart_summary": _(
            "{title}. {from} to {to}: {total} cases, highest day {highest}, {alarms} alarms. "
            "Left and right arrows read the days; the table holds every figure."
        ),
        "cases": _("Cases"),
        "by_report": _("By date of report"),
        "expected": _("Expected"),
        "lower": _("Lower bound"),
        "upper": _("Upper bound"),
        "alarm": pgettext("mark on a chart", "Alarm"),
        "incomplete": _("Not yet complete"),
        "target": pgettext("line on a chart", "Target"),
        "yes": _("Yes"),
        "date": _("Date"),
        "value": _("Value"),
        "code": _("Code"),
        "area": _("Area"),
        "layer": pgettext("of a map", "Layer"),
        "words": _("What is said of it"),
    }
