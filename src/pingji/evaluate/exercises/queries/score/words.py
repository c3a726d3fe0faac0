"""Figures of a score in words of the language in force."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

NOT_KNOWN = "–"
MINUTE = 1 / 60  # of an hour
MILESTONES = {
    "case": gettext_lazy("First case falls ill"),
    "report": gettext_lazy("First case reported"),
    "alert": gettext_lazy("First alert"),
    "seen": gettext_lazy("Alert seen"),
    "verified": gettext_lazy("Alert verified"),
    "incident": gettext_lazy("Event opened"),
    "plan": gettext_lazy("Plan activated"),
    "graded": gettext_lazy("Event graded"),
    "response": gettext_lazy("Emergency response started"),
    "order": gettext_lazy("First order done"),
    "measure": gettext_lazy("First measure acts on the outbreak"),
    "orders": gettext_lazy("All orders done"),
    "closed": gettext_lazy("Event closed"),
}
STAGES = {
    "monitor": gettext_lazy("Monitor"),
    "warn": gettext_lazy("Warn"),
    "respond": gettext_lazy("Respond"),
}
CURVES = {
    "infected": gettext_lazy("Infected"),
    "onset": gettext_lazy("Fell ill"),
    "care": gettext_lazy("Saw a doctor"),
    "admitted": gettext_lazy("Admitted"),
    "critical": gettext_lazy("In intensive care"),
    "died": gettext_lazy("Died"),
}


def named(row: dict[str, Any], key: str = "") -> str:
    """What a row is called; `key` begins the pair of names where it is not `zh` and `en`."""
    chinese = (get_language() or "zh").startswith("zh")
    if not key:
        return str(row["zh"] if chinese else row["en"] or row["zh"])
    return str(row[key] if chinese else row[f"{key}_en"] or row[key])


def moment(text: str | None) -> str:
    """A moment in the county's zone; a dash where there is none."""
    at: datetime | None = parse_datetime(text) if text else None
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else NOT_KNOWN


def share(value: float | None) -> str:
    """A share in per cent."""
    return NOT_KNOWN if value is None else f"{100 * value:.1f}%"


def hours(value: float | None) -> str:
    """How long, in the unit a reader can picture."""
    if value is None:
        return NOT_KNOWN
    if 0 < abs(value) < MINUTE:
        return _("%(n)s s") % {"n": f"{3600 * value:.0f}"}
    if abs(value) < 1:
        return _("%(n)s min") % {"n": f"{60 * value:.0f}"}
    if abs(value) < 48:
        return _("%(n)s h") % {"n": f"{value:.1f}"}
    return _("%(n)s days") % {"n": f"{value / 24:.1f}"}


def count(value: int | None) -> str:
    """A whole number with thousands apart."""
    return NOT_KNOWN if value is None else f"{value:,}"
