"""The paragraphs that a report of an event begins with, in the language in force; people edit them."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pingji.ground import in_chinese
from pingji.monitor.surveillance.models import CaseStatus
from pingji.respond.incidents.models import EventKind, EventReport, Grade
from pingji.warn.alerts.models import Alert, RiskAssessment, RiskLevel
from pingji.warn.alerts.queries.analyses.words import age_labels, listed, name

Figures = dict[str, Any]
Kind = EventReport.Kind
NAMED = 5  # places or bodies that a sentence names
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


def joined(sentences: list[str]) -> str:
    """Sentences one after the other, with a space between where the language wants one."""
    between = "" if in_chinese() else " "
    return between.join(sentence.strip() for sentence in sentences if sentence.strip())


def moment(iso: str | None) -> str:
    """A moment in the county's time."""
    if not iso:
        return "–"
    return timezone.localtime(datetime.fromisoformat(iso)).strftime("%Y-%m-%d %H:%M")


def event(figures: Figures) -> str:
    """What it is, where, since when, how grave."""
    found = figures["incident"]
    words = [
        _("“%(title)s” in %(area)s (%(kind)s) was opened at %(opened)s by %(who)s.")
        % {
            "title": found["title"],
            "area": name(found["area"]),
            "kind": EventKind(found["kind"]).label,
            "opened": moment(found["opened"]),
            "who": found["opened_by"],
        }
    ]
    if found["disease"]:
        words.append(
            _("The illness is taken to be %(disease)s.") % {"disease": name(found["disease"])}
        )
    if found["grade"] == Grade.UNGRADED:
        words.append(_("It has not been graded yet."))
    else:
        words.append(
            _("It is graded %(grade)s: %(reason)s")
            % {"grade": Grade(found["grade"]).label, "reason": _ended(found["grade_reason"])}
        )
    if figures["alert"]:
        words.append(
            _("It began with the alert of %(raised)s (%(level)s): %(reason)s")
            % {
                "raised": moment(figures["alert"]["raised"]),
                "level": Alert.Level(figures["alert"]["level"]).label,
                "reason": _ended(figures["alert"]["reason"]),
            }
        )
    return joined(words)


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
    words = [
        ngettext(
            "From %(since)s to %(until)s %(total)s case was reported (%(status)s), "
            "%(severe)s of them severe, %(died)s dead.",
            "From %(since)s to %(until)s %(total)s cases were reported (%(status)s), "
            "%(severe)s of them severe, %(died)s dead.",
            found["total"],
        )
        % (found | {"status": _status(found)}),
        _("The first fell ill on %(first)s, the latest on %(last)s.") % found,
    ]
    if found["townships"]:
        words.append(_("They live in %(list)s.") % {"list": _most(found["townships"])})
    if found["institutions"]:
        told = {"list": _most(found["institutions"])}
        words.append(_("They learn, work or lie in %(list)s.") % told)
    return joined([*words, _people(found["ages"])])


def _status(found: Figures) -> str:
    return listed(
        [
            _("%(name)s %(n)s") % {"name": CaseStatus(key).label, "n": found["status"][key]}
            for key in CaseStatus.values
            if key in found["status"]
        ]
    )


def _most(rows: list[Figures]) -> str:
    return listed(
        [_("%(name)s (%(n)s)") % {"name": name(row), "n": row["n"]} for row in rows[:NAMED]]
    )


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
    words = [
        _(
            "Since the report with figures of %(then)s the cases went from %(before)s to %(now)s "
            "(%(new)s new), the dead from %(died_before)s to %(died)s."
        )
        % {
            "then": moment(last["as_of"]),
            "before": then["total"],
            "now": now["total"],
            "new": max(now["total"] - then["total"], 0),
            "died_before": then["died"],
            "died": now["died"],
        }
    ]
    places = {row["code"] for row in then["townships"]}
    new = [row for row in now["townships"] if row["code"] not in places]
    if new:
        words.append(_("Newly reached are %(list)s.") % {"list": _most(new)})
    before, grade = last["incident"]["grade"], figures["incident"]["grade"]
    if grade != before:
        words.append(
            _("The grade changed from %(before)s to %(now)s.")
            % {"before": Grade(before).label, "now": Grade(grade).label}
        )
    return joined(words)


def course(figures: Figures) -> str:
    """From the first sign to the end, a line for each step."""
    return "\n".join(said for _at, said in sorted(_steps(figures), key=lambda one: one[0]))


def _steps(figures: Figures) -> list[tuple[str, str]]:
    """Every step with its moment, in words that sort by time."""
    found, cases_found = figures["incident"], figures["cases"]
    opened = moment(found["opened"])
    steps = [(opened, _("%(at)s: the incident was opened.") % {"at": opened})]
    if cases_found["first"]:
        first, last = cases_found["first"], cases_found["last"]
        steps.append((first, _("%(first)s: the first case fell ill.") % cases_found))
        steps.append((last, _("%(last)s: the latest case fell ill.") % cases_found))
    if figures["alert"]:
        raised = moment(figures["alert"]["raised"])
        steps.append((raised, _("%(at)s: the alert was raised.") % {"at": raised}))
    if found["plan"]:
        at = moment(found["activated"])
        told = {"at": at, "plan": name(found["plan"])}
        steps.append((at, _("%(at)s: the plan “%(plan)s” was activated.") % told))
    for one in figures["consultations"]:
        at = moment(one["signed"])
        told = {"at": at, "n": one["number"], "subject": one["subject"]}
        signed = _("%(at)s: the minutes of consultation %(n)s (%(subject)s) were signed.")
        steps.append((at, signed % told))
    if found["closed"]:
        at = moment(found["closed"])
        told = {"at": at, "why": _ended(found["closing_reason"])}
        steps.append((at, _("%(at)s: the incident was closed: %(why)s") % told))
    return steps


def measures(figures: Figures) -> str:
    """The plan, the orders, what is done and what is late."""
    found, orders = figures["incident"], figures["orders"]
    words = [
        _("The plan “%(plan)s” was activated at %(at)s.")
        % {"plan": name(found["plan"]), "at": moment(found["activated"])}
        if found["plan"]
        else _("No contingency plan has been activated.")
    ]
    if not orders["total"]:
        return joined([*words, _("No order has been issued.")])
    words.append(
        ngettext(
            "%(total)s order went to %(organisations)s organisations; %(done)s done.",
            "%(total)s orders went to %(organisations)s organisations; %(done)s are done.",
            orders["total"],
        )
        % {key: orders[key] for key in ("total", "organisations", "done")}
    )
    late = orders["late"]
    if not late:
        return joined([*words, _("None is late.")])
    who = list(dict.fromkeys(name(one["to"]) for one in late))
    told = {"n": len(late), "who": listed(who[:NAMED])}
    return joined([*words, _("%(n)s are late: %(who)s.") % told])


def assessment(figures: Figures) -> str:
    """What experts made of the risk."""
    signed = [one for one in figures["assessments"] if one["level"] and one["signed"]]
    if not signed:
        if figures["assessments"]:
            return _("A risk assessment is under way; it has not been signed yet.")
        return _("No risk assessment has been signed.")
    last = signed[-1]
    words = [
        _("Assessed on %(at)s (%(scope)s): the risk is %(level)s. %(reasons)s")
        % {
            "at": moment(last["signed"]),
            "scope": last["scope"],
            "level": RiskLevel(last["level"]).label,
            "reasons": _ended(last["reasons"]),
        }
    ]
    if last["advice"]:
        words.append(_("Advice: %(advice)s") % {"advice": _ended(last["advice"])})
    return joined(words)


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
