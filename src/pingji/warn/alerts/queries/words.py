"""Alerts, signs and the names of methods in words."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pingji.monitor.opinion.models import Rumour
from pingji.monitor.surveillance.models import Period
from pingji.monitor.surveillance.queries.detectors import METHODS
from pingji.warn.alerts.models import Alert, Sign

NAMES = {
    **{name: method.label for name, method in METHODS.items()},
    "scan": gettext_lazy("Space-time permutation scan"),
    "single_case": gettext_lazy("Single-case rule"),
    "threshold": gettext_lazy("Threshold of the catalogue"),
    "crowd": gettext_lazy("More cases in one institution than chance brings"),
    "silence": gettext_lazy("Silence of a sentinel"),
    "opinion_spike": gettext_lazy("Spike of posts (EARS C2)"),
    "opinion_check": gettext_lazy("Rumour checked by a person"),
}
NOT_JUDGED = {
    "NO_POSITION": gettext_lazy("place without a position"),
    "TOO_FEW_PLACES": gettext_lazy("fewer than two places with cases"),
    "HISTORY_TOO_SHORT": gettext_lazy("history too short"),
    "TOO_FEW_CASES": gettext_lazy("too few cases"),
    "MISSING": gettext_lazy("not reported"),
    "NO_SPREAD": gettext_lazy("history without any spread"),
    "NO_FIT": gettext_lazy("no fit found"),
    "NOT_ASKED": gettext_lazy("not asked"),
    "NOT_SET": gettext_lazy("the plan of that day sets no figures for it"),
}


def why_not_judged(name: str) -> str:
    """Why a method gave no judgement."""
    return str(NOT_JUDGED[name]) if name else ""


PARTS = {
    "strength": gettext_lazy("How far the strongest sign stands out"),
    "layer": gettext_lazy("Layer of threshold reached"),
    "channels": gettext_lazy("Independent channels"),
    "sources": gettext_lazy("Sources and methods that agree"),
    "growth": gettext_lazy("Growth over the days before"),
    "severity": gettext_lazy("Severity of the disease"),
    "place": gettext_lazy("Vulnerability of the place"),
}


def sign_in_words(sign: Sign) -> str:
    """One sentence that says what a sign is about."""
    facts: dict[str, Any] = {
        "n": sign.observed,
        "days": sign.days,
        "place": sign.place or sign.area.label,
        "kind": sign.get_place_kind_display() if sign.place_kind else "",
        "limit": sign.settings.get("cases") or sign.settings.get("deaths"),
        "expected": sign.expected or 0,
        "layer": sign.get_layer_display() if sign.layer else "",
        "km": sign.settings.get("radius_km", 0),
        "areas": len(sign.settings.get("areas", ())),
        "check": check_in_words(sign.settings.get("verdict", "")),
    }
    if sign.kind == Sign.Kind.SINGLE_CASE:
        sentence = ngettext(
            "%(n)s case of a disease of which every case counts",
            "%(n)s cases of a disease of which every case counts",
            sign.observed,
        )
    elif sign.kind == Sign.Kind.SERIES and sign.period == "day":
        facts["days"] = sign.settings.get("over", 1)
        sentence = ngettext(
            "%(n)s on one day, %(expected).1f expected",
            "%(n)s within %(days)s days, %(expected).1f expected",
            facts["days"],
        )
    elif sign.kind == Sign.Kind.SERIES:
        sentence = _("%(n)s in the latest period, %(expected).1f expected")
    elif sign.kind == Sign.Kind.RUMOUR:
        sentence = ngettext(
            "%(n)s text of the public about %(place)s; %(check)s",
            "%(n)s different texts of the public about %(place)s; %(check)s",
            sign.observed,
        )
    else:
        sentence = _over_days(sign, facts["areas"])
    return sentence % facts


def _over_days(sign: Sign, areas: int) -> str:
    """The sentence about a stretch of days."""
    if sign.method == "crowd":
        return ngettext(
            "%(n)s within %(days)s day in one place, %(place)s (%(kind)s), %(expected).1f expected",
            "%(n)s within %(days)s days in one place, %(place)s (%(kind)s), "
            "%(expected).1f expected",
            sign.days,
        )
    if sign.kind == Sign.Kind.THRESHOLD:
        return ngettext(
            "%(n)s within %(days)s day in %(place)s, the threshold is %(limit)s (%(layer)s)",
            "%(n)s within %(days)s days in %(place)s, the threshold is %(limit)s (%(layer)s)",
            sign.days,
        )
    if sign.kind == Sign.Kind.CLUSTER:
        return ngettext(
            "%(n)s within %(days)s day in one place, %(place)s (%(kind)s); the threshold is "
            "%(limit)s (%(layer)s)",
            "%(n)s within %(days)s days in one place, %(place)s (%(kind)s); the threshold is "
            "%(limit)s (%(layer)s)",
            sign.days,
        )
    if sign.kind == Sign.Kind.SILENCE:
        return ngettext(
            "%(place)s: no report for %(days)s day",
            "%(place)s: no report for %(days)s days",
            sign.days,
        )
    if areas == 1:
        return ngettext(
            "%(n)s within %(days)s day in one area, %(expected).1f expected",
            "%(n)s within %(days)s days in one area, %(expected).1f expected",
            sign.days,
        )
    return ngettext(
        "%(n)s within %(days)s day in %(areas)s neighbouring areas (%(km)s km), "
        "%(expected).1f expected",
        "%(n)s within %(days)s days in %(areas)s neighbouring areas (%(km)s km), "
        "%(expected).1f expected",
        sign.days,
    )


def check_in_words(verdict: str) -> str:
    """What the check of a rumour said."""
    if not verdict:
        return _("nobody has checked them yet")
    return _("checked: %(verdict)s") % {"verdict": Rumour.Verdict(verdict).label}


def counted_in_words(alert: Alert, signs: Sequence[Sign]) -> str:
    """What an alert counts, over which days, and how many were expected in them."""
    n, counted = alert.observed, _sign_counted(alert, signs)
    days = _days_counted(counted) if counted else None
    last = f"{counted.ends_on if counted else alert.ends_on:%Y-%m-%d}"
    facts = {"n": n, "days": days, "last": last, "first": f"{alert.starts_on:%Y-%m-%d}"}
    if alert.period != Period.DAY:
        said = ngettext(
            "%(n)s case in the period from %(last)s", "%(n)s cases in the period from %(last)s", n
        )
    elif days is not None and days > 1:
        said = ngettext(
            "%(n)s case within %(days)s days up to %(last)s",
            "%(n)s cases within %(days)s days up to %(last)s",
            n,
        )
    elif days == 1 or facts["first"] == last:
        said = ngettext("%(n)s case on %(last)s", "%(n)s cases on %(last)s", n)
    else:
        said = ngettext(
            "%(n)s case from %(first)s to %(last)s", "%(n)s cases from %(first)s to %(last)s", n
        )
    if alert.expected is None:
        return _("%(counted)s.") % {"counted": said % facts}
    return _("%(counted)s; %(expected)s were expected.") % {
        "counted": said % facts,
        "expected": f"{alert.expected:.1f}",
    }


def _sign_counted(alert: Alert, signs: Sequence[Sign]) -> Sign | None:
    """The sign whose figures the alert shows."""
    own = (alert.channel, alert.observed, alert.expected)
    found = (one for one in signs if (one.channel, one.observed, one.expected) == own)
    return next(found, None)


def _days_counted(sign: Sign) -> int:
    """Over how many days, up to its last, the figures of a sign were counted."""
    return int(sign.settings.get("over", 1)) if sign.kind == Sign.Kind.SERIES else sign.days


def next_steps(alert: Alert) -> list[str]:
    """What somebody who answers the alert does next."""
    State = Alert.State
    steps = {
        State.NEW: [
            _("Call whoever reported: are the cases real, and are they linked?"),
            _("Look for double reports and for wrong onset dates among the cases below."),
            _("Verify the alert, or dismiss it with the reason."),
        ],
        State.VERIFIED: [
            _("Go to the place: define the case, search for others, take samples."),
            _("Tell the school, institution or village what to do meanwhile."),
            _("Open an incident if it reaches the threshold of the plan; record what was found."),
        ],
        State.INVESTIGATED: [
            _("Follow the cases until the longest incubation period after the last one is over."),
            _("Close the alert with its verdict and the reason."),
        ],
    }
    return steps.get(State(alert.state), [])
