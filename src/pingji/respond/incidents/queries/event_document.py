"""Figures of an incident as tables and pictures, and reports of it as documents."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pingji.ground import in_chinese
from pingji.monitor.surveillance.models import CaseStatus
from pingji.respond.incidents.models import EventReport, EventReportText
from pingji.respond.incidents.queries.event_words import (
    HEADINGS,
    SECTIONS,
    drafted,
    moment,
    state_of,
)
from pingji.warn.alerts.models import RiskLevel
from pingji.warn.alerts.queries import NAMES, why_not_judged
from pingji.warn.alerts.queries.analyses import pictures
from pingji.warn.alerts.queries.analyses.document import (
    Document,
    Picture,
    Section,
    Table,
    numbered,
)
from pingji.warn.alerts.queries.analyses.words import age_labels, name

Figures = dict[str, Any]
Parts = tuple[list[Table], list[Picture]]
MOST_DAYS = 60  # of which each has a bar of its own; a longer curve is drawn by the week
WEEK = 7
NONE: Parts = ([], [])


def figure(value: float | None) -> str:
    """A figure, or a dash where it is not known."""
    if value is None:
        return "–"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def of_alert(found: Figures) -> Parts:
    """What each method saw of the alert, and its signs."""
    alert = found["alert"]
    if not alert:
        return NONE
    tables = []
    if alert["evidence"]:
        rows = [
            [
                str(NAMES.get(row["method"], row["method"])),
                _("yes") if row["alarm"] else (why_not_judged(row["note"]) or _("no")),
                figure(row["observed"]),
                figure(row["expected"]),
                figure(row["upper_bound"]),
            ]
            for row in alert["evidence"]
        ]
        head = [_("Method"), _("Alarm"), _("Observed"), _("Expected"), _("Upper bound")]
        tables.append(Table(_("What the methods saw"), head, rows, [2, 3, 4]))
    if alert["signs"]:
        rows = [[name(sign)] for sign in alert["signs"]]
        tables.append(Table(_("Signs of the alert"), [_("Sign")], rows))
    return tables, []


def of_cases(found: Figures) -> Parts:
    """Cases by how sure they are, by township and institution; the curve and the pyramid."""
    cases = found["cases"]
    if not cases["total"]:
        return NONE
    sure = [
        [str(CaseStatus(key).label), str(cases["status"][key])]
        for key in CaseStatus.values
        if key in cases["status"]
    ]
    sure += [[_("severe"), str(cases["severe"])], [_("dead"), str(cases["died"])]]
    tables = [Table(_("Cases by kind"), [_("Kind of case"), _("Cases")], sure, [1])]
    for title, head, rows in (
        (_("Cases by township"), _("Township"), cases["townships"]),
        (_("Cases by institution"), _("Institution"), cases["institutions"]),
    ):
        if rows:
            lines = [[name(row), str(row["n"])] for row in rows]
            tables.append(Table(title, [head, _("Cases")], lines, [1]))
    drawn = [Picture("curve", _("Cases by day of onset"), curve(cases["days"]))]
    ages = cases["ages"]
    if sum(ages["M"]) + sum(ages["F"]):
        labels = age_labels({"ages": ages})
        shape = pictures.pyramid(labels, ages["M"], ages["F"], (_("Male"), _("Female")))
        drawn.append(Picture("ages", _("Cases by age and sex"), shape))
    return tables, drawn


def curve(days: list[list[Any]]) -> str:
    """Bars by day of onset; by week where there are many days."""
    if len(days) > MOST_DAYS:
        starts = range(0, len(days), WEEK)
        days = [[days[at][0], sum(n for _d, n in days[at : at + WEEK])] for at in starts]
    picture = pictures.Picture(190)
    left, right, top, bottom = 44, pictures.WIDTH - 8, 14, 158
    highest = pictures.nice_top(max((n for _day, n in days), default=0))
    for quarter in range(5):
        value = highest * quarter / 4
        y = bottom - (bottom - top) * quarter / 4
        picture.line(left, y, right, y)
        picture.text(left - 6, y + 4, f"{value:.0f}", anchor="end")
    step = (right - left) / max(len(days), 1)
    every = max(1, -(-len(days) // pictures.LABELS))
    for at, (day, number) in enumerate(days):
        height = (bottom - top) * number / highest
        x = left + step * at
        picture.rect(x + step * 0.12, bottom - height, step * 0.76, height, pictures.BAR)
        if at % every == 0:
            label = date.fromisoformat(day).strftime("%m-%d")
            picture.text(x + step / 2, bottom + 16, label, anchor="middle")
    picture.line(left, bottom, right, bottom, pictures.QUIET)
    return picture.svg()


def of_orders(found: Figures) -> Parts:
    """Orders that are late: what, who, since when."""
    late = found["orders"]["late"]
    if not late:
        return NONE
    rows = [[name(one["to"]), name(one), moment(one["due"])] for one in late]
    head = [_("Organisation"), _("Order"), _("Was due")]
    return [Table(_("Orders that are late"), head, rows)], []


def of_results(found: Figures) -> Parts:
    """Late orders, and what was reported done."""
    tables, drawn = of_orders(found)
    rows = [[name(one["to"]), name(one), one["result"]] for one in found["orders"]["results"]]
    if rows:
        head = [_("Organisation"), _("Order"), _("What was done")]
        tables = [*tables, Table(_("Orders done"), head, rows)]
    return tables, drawn


def of_assessments(found: Figures) -> Parts:
    """The risk assessments of the incident."""
    rows = [
        [
            one["scope"],
            str(RiskLevel(one["level"]).label) if one["level"] else "–",
            state_of(one),
            one["reasons"],
        ]
        for one in found["assessments"]
    ]
    if not rows:
        return NONE
    head = [_("What is assessed"), _("Risk"), _("State"), _("Reasons")]
    return [Table(_("Risk assessments"), head, rows)], []


OF_SECTION: dict[str, Callable[[Figures], Parts]] = {
    "cases": of_cases,
    "measures": of_orders,
    "assessment": of_assessments,
}


def wordings_of(report: EventReport) -> dict[str, EventReportText]:
    """The latest wording of every section."""
    return {one.section: one for one in report.texts.select_related("by").order_by("number")}


def texts_of(report: EventReport) -> dict[str, str]:
    """What every section says in the language in force.

    People write in one language; what only the program wrote is said in the reader's.
    """
    anew = drafted(report.kind, report.figures)
    return {
        section: one.text if one.number > 1 else anew.get(section, one.text)
        for section, one in wordings_of(report).items()
    }


def report_document(report: EventReport, texts: dict[str, str]) -> Document:
    """Lay a report out in the language in force.

    Args:
        report: With its area and the people who handed it in and reviewed it at hand.
        texts: What each section says.
    """
    found = report.figures
    sections = []
    for key in SECTIONS[EventReport.Kind(report.kind)]:
        parts = OF_SECTION.get(key)
        if key == "measures" and report.kind == EventReport.Kind.CLOSING:
            parts = of_results
        tables, drawn = parts(found) if parts else NONE
        sections.append(Section(key, str(HEADINGS[key]), texts.get(key, ""), tables, drawn))
    return Document(
        title=_("%(event)s: %(report)s")
        % {"event": found["incident"]["title"], "report": report.name},
        subtitle=_("%(area)s, figures as known at %(at)s")
        % {"area": name(found["incident"]["area"]), "at": moment(found["as_of"])},
        facts=facts(report),
        mark="" if report.state == EventReport.State.SENT else _("Draft, not sent"),
        sections=numbered(sections),
        notes=notes(report),
    )


def facts(report: EventReport) -> list[tuple[str, str]]:
    """What a reader must know of the report itself."""
    found = [(_("Version"), str(report.version))]
    if report.submitted_by:
        found.append((_("Compiled by"), str(report.submitted_by)))
    if report.reviewed_by:
        found.append((_("Reviewed by"), str(report.reviewed_by)))
    if report.sent_at:
        found.append((_("Sent above at"), moment(report.sent_at.isoformat())))
    if report.reference:
        found.append((_("Number of the report"), report.reference))
    return found


def notes(report: EventReport) -> list[str]:
    """How the figures were made, and what a new version corrects."""
    found = [
        _("Cases by day of onset, as reported on cards that stand; without names of patients."),
        _("Cases: of the illness of the event, in its area, from its first day on."),
    ]
    if report.why_again:
        found.append(_("This version replaces an earlier one: %(why)s") % {"why": report.why_again})
    if not in_chinese():
        found.append(_("What people wrote stands in the language they wrote it in."))
    return found
