"""The paragraphs that a report of an event begins with, in the language in force; people edit them."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pingji.monitor.surveillance.models import CaseStatus
from pingji.respond.incidents.models import EventKind, EventReport, Grade
from pingji.warn.alerts.models import Alert, RiskAssessment, RiskLevel
from pingji.warn.alerts.queries.analyses.words import age_labels, listed, name

Figures = dict[str, Any]
Kind = EventReport.Kind
NAMED = 3
HEADINGS = {
    "event": gettext_lazy("The event"),
    "development": gettext_lazy("Development since the last report"),
    "course": gettext_lazy("Course of the event"),
    "cases": gettext_lazy("Cases"),
    "symptoms": gettext_lazy("Main symptoms"),
    "causes": gettext_lazy("Causes and influences"),
    "diagnosis": gettext_lazy("Diagnosis and cause"),
    "measures": gettext_lazy("Measures taken"),
    "assessment": gettext_lazy("Assessment of the situation"),
    "decisions": gettext_lazy("Decisions of consultations"),
    "corrections": gettext_lazy("Additions and corrections to earlier reports"),
    "lessons": gettext_lazy("Advice for similar events"),
    "requests": gettext_lazy("What comes next, and what is needed"),
}
# What each kind of report tells, in its order.
SECTIONS = {
    Kind.INITIAL: ("event", "cases", "symptoms", "causes", "measures", "requests"),
    Kind.PROGRESS: (
        "event",
        "development",
        "cases",
        "diagnosis",
        "measures",
        "assessment",
        "corrections",
    ),
    Kind.CLOSING: ("event", "course", "cases", "causes", "measures", "assessment", "lessons"),
    Kind.SITUATION: ("event", "cases", "measures", "assessment", "decisions", "requests"),
}


def drafted(kind: str, figures: Figures) -> dict[str, str]:
    """The first wording of every section; what no program can know is left to people.

    Args:
        kind: Of the report.
        figures: Of the incident, as known now; `before` among them are those of the last report.
    """
    written = {
        "event": event,
        "development": development,
        "course": course,
        "cases": cases,
        "measures": measures,
        "assessment": assessment,
        "decisions": decisions,
    }
    return {
        section: written[section](figures) if section in written else ""
        for section in SECTIONS[Kind(kind)]
    }


def moment(iso: str | None) -> str:
    """A moment in the county's time."""
    if not iso:
        return "–"
    return timezone.localtime(datetime.fromisoformat(iso)).strftime("%Y-%m-%d %H:%M")


def event(figures: Figures) -> str:
    """What it is, where, since when, how grave."""
    found = figures["incident"]
    words = _("“%(title)s” in %(area)s (%(kind)s) was opened at %(opened)s by %(who)s.") % {
        "title": found["title"],
        "area": name(found["area"]),
        "kind": EventKind(found["kind"]).label,
        "opened": moment(found["opened"]),
        "who": found["opened_by"],
    }
    if found["disease"]:
        words += _("The illness is taken to be %(disease)s.") % {"disease": name(found["disease"])}
    if found["grade"] == Grade.UNGRADED:
        words += _("It has not been graded yet.")
    else:
        words += _("It is graded %(grade)s: %(reason)s") % {
            "grade": Grade(found["grade"]).label,
            "reason": _ended(found["grade_reason"]),
        }
    if figures["alert"]:
        words += _("It began with the alert of %(raised)s (%(level)s): %(reason)s") % {
            "raised": moment(figures["alert"]["raised"]),
            "level": Alert.Level(figures["alert"]["level"]).label,
            "reason": _ended(figures["alert"]["reason"]),
        }
    return words


def _ended(words: str) -> str:
    """A person's sentence, with its full stop."""
    words = words.strip()
    return words if not words or words[-1] in "。.!！?？" else words + _(".")


def cases(figures: Figures) -> str:
    """How many fell ill, when, where, who."""
    found = figures["cases"]
    if not found["known"]:
        return _("No illness is named yet, so no cases can be counted by the program.")
    if not found["total"]:
        return _("No case has been reported from %(since)s to %(until)s.") % found
    words = ngettext(
        "From %(since)s to %(until)s %(total)s case was reported (%(status)s), "
        "%(severe)s of them severe, %(died)s dead.",
        "From %(since)s to %(until)s %(total)s cases were reported (%(status)s), "
        "%(severe)s of them severe, %(died)s dead.",
        found["total"],
    ) % (found | {"status": _status(found)})
    words += _("The first fell ill on %(first)s, the latest on %(last)s.") % found
    if found["townships"]:
        words += _("They live in %(list)s.") % {"list": _most(found["townships"])}
    if found["institutions"]:
        words += _("They learn, work or lie in %(list)s.") % {"list": _most(found["institutions"])}
    return words + _people(found["ages"])


def _status(found: Figures) -> str:
    return listed(
        [
            _("%(name)s %(n)s") % {"name": CaseStatus(key).label, "n": found["status"][key]}
            for key in CaseStatus.values
            if key in found["status"]
        ]
    )


def _most(rows: list[Figures]) -> str:
    return listed([_("%(name)s (%(n)s)") % {"name": name(row), "n": row["n"]} for row in rows[:5]])


def _people(ages: Figures) -> str:
    men, women = sum(ages["M"]), sum(ages["F"])
    if not men + women:
        return ""
    both = [m + w for m, w in zip(ages["M"], ages["F"], strict=True)]
    most = both.index(max(both))
    return _("%(men)s were male and %(women)s female; most were aged %(group)s (%(n)s).") % {
        "men": men,
        "women": women,
        "group": age_labels({"ages": ages})[most],
        "n": both[most],
    }


def development(figures: Figures) -> str:
    """What moved since the report before."""
    last = figures["before"]
    if last is None:
        return _("No earlier report was sent.")
    now, then = figures["cases"], last["cases"]
    words = _(
        "Since the report with figures of %(then)s the cases went from %(before)s to %(now)s "
        "(%(new)s new), the dead from %(died_before)s to %(died)s."
    ) % {
        "then": moment(last["as_of"]),
        "before": then["total"],
        "now": now["total"],
        "new": max(now["total"] - then["total"], 0),
        "died_before": then["died"],
        "died": now["died"],
    }
    places = {row["code"] for row in then["townships"]}
    new = [row for row in now["townships"] if row["code"] not in places]
    if new:
        words += _("Newly reached are %(list)s.") % {"list": _most(new)}
    if figures["incident"]["grade"] != last["incident"]["grade"]:
        words += _("The grade changed from %(before)s to %(now)s.") % {
            "before": Grade(last["incident"]["grade"]).label,
            "now": Grade(figures["incident"]["grade"]).label,
        }
    return words


def course(figures: Figures) -> str:
    """From the first sign to the end."""
    found, lines = figures["incident"], []
    if figures["cases"]["first"]:
        lines.append(_("%(first)s: the first case fell ill.") % figures["cases"])
    if figures["alert"]:
        lines.append(
            _("%(at)s: the alert was raised.") % {"at": moment(figures["alert"]["raised"])}
        )
    lines.append(_("%(at)s: the incident was opened.") % {"at": moment(found["opened"])})
    if found["plan"]:
        lines.append(
            _("%(at)s: the plan “%(plan)s” was activated.")
            % {"at": moment(found["activated"]), "plan": name(found["plan"])}
        )
    lines += [
        _("%(at)s: the minutes of consultation %(n)s (%(subject)s) were signed.")
        % {"at": moment(one["signed"]), "n": one["number"], "subject": one["subject"]}
        for one in figures["consultations"]
    ]
    if figures["cases"]["last"]:
        lines.append(_("%(last)s: the latest case fell ill.") % figures["cases"])
    if found["closed"]:
        lines.append(
            _("%(at)s: the incident was closed: %(why)s")
            % {"at": moment(found["closed"]), "why": _ended(found["closing_reason"])}
        )
    return "\n".join(lines)


def measures(figures: Figures) -> str:
    """The plan, the orders, what is done and what is late."""
    found, orders = figures["incident"], figures["orders"]
    words = (
        _("The plan “%(plan)s” was activated at %(at)s.")
        % {"plan": name(found["plan"]), "at": moment(found["activated"])}
        if found["plan"]
        else _("No contingency plan has been activated.")
    )
    if not orders["total"]:
        return words + _("No order has been issued.")
    words += ngettext(
        "%(total)s order went to %(organisations)s organisations; %(done)s done.",
        "%(total)s orders went to %(organisations)s organisations; %(done)s are done.",
        orders["total"],
    ) % {key: orders[key] for key in ("total", "organisations", "done")}
    late = orders["late"]
    if not late:
        return words + _("None is late.")
    who = list(dict.fromkeys(name(one["to"]) for one in late))
    return words + _("%(n)s are late: %(who)s.") % {"n": len(late), "who": listed(who[:5])}


def assessment(figures: Figures) -> str:
    """What experts made of the risk."""
    signed = [one for one in figures["assessments"] if one["level"] and one["signed"]]
    if not signed:
        if figures["assessments"]:
            return _("A risk assessment is under way; it has not been signed yet.")
        return _("No risk assessment has been signed.")
    last = signed[-1]
    words = _("Assessed on %(at)s (%(scope)s): the risk is %(level)s. %(reasons)s") % {
        "at": moment(last["signed"]),
        "scope": last["scope"],
        "level": RiskLevel(last["level"]).label,
        "reasons": _ended(last["reasons"]),
    }
    if last["advice"]:
        words += _("Advice: %(advice)s") % {"advice": _ended(last["advice"])}
    return words


def decisions(figures: Figures) -> str:
    """What consultations decided."""
    lines = [
        _("Consultation %(n)s, %(question)s: %(decision)s")
        % {
            "n": one["number"],
            "question": item["question"],
            "decision": _ended(item["decision"]),
        }
        for one in figures["consultations"]
        for item in one["decisions"]
    ]
    return "\n".join(lines) or _("No consultation has been concluded.")


def state_of(found: Figures) -> str:
    """Where a risk assessment stands, in words."""
    return str(RiskAssessment.State(found["state"]).label)
