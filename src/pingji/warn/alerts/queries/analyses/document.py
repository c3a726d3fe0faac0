"""An analysis as a document: headings, paragraphs, tables and pictures, for files and the screen."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.models import Channel
from pingji.warn.alerts.models import Alert, Analysis, RiskLevel
from pingji.warn.alerts.queries.analyses import pictures
from pingji.warn.alerts.queries.analyses.changes import changes
from pingji.warn.alerts.queries.analyses.periods import A_DAY, WEEK, span_of
from pingji.warn.alerts.queries.analyses.words import age_labels, change, name

Figures = dict[str, Any]
NOT_KNOWN = "–"
SECTIONS = {
    "summary": gettext_lazy("Summary"),
    "diseases": gettext_lazy("Leading diseases"),
    "places": gettext_lazy("Cases by place"),
    "people": gettext_lazy("Age and sex"),
    "alerts": gettext_lazy("Alerts and their verdicts"),
    "sentinels": gettext_lazy("Sentinels' reports"),
    "laboratory": gettext_lazy("Laboratory findings"),
    "risks": gettext_lazy("Risk assessments"),
    "changes": gettext_lazy("What changed since the last analysis"),
    "advice": gettext_lazy("Judgement and advice"),
}


@dataclass(frozen=True)
class Table:
    """A table; `numbers` are the columns that hold figures."""

    title: str
    head: list[str]
    rows: list[list[str]]
    numbers: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A chart as SVG, with its title."""

    key: str
    title: str
    svg: str

    @property
    def address(self) -> str:
        """The picture itself as an address, so that a page needs no other request for it."""
        return "data:image/svg+xml;base64," + b64encode(self.svg.encode()).decode()


@dataclass(frozen=True)
class Section:
    """A heading, what people write under it, and the figures that belong to it."""

    key: str
    heading: str
    text: str
    tables: list[Table]
    pictures: list[Picture]


@dataclass(frozen=True)
class Document:
    """The whole.

    Attributes:
        title: What it is.
        subtitle: Of which days.
        facts: Area, as-of moment, version, who drafted and signed it.
        mark: Printed over every page of what is not signed; empty once it is.
        sections: In their order.
        notes: How the figures were made.
    """

    title: str
    subtitle: str
    facts: list[tuple[str, str]]
    mark: str
    sections: list[Section]
    notes: list[str]


def document(analysis: Analysis, texts: dict[str, str]) -> Document:
    """Lay an analysis out in the language in force.

    Args:
        analysis: With its area, its previous analysis and who signed it at hand.
        texts: What each section says.
    """
    found = analysis.figures
    parts: dict[str, Callable[[Figures], tuple[list[Table], list[Picture]]]] = {
        "diseases": of_diseases,
        "places": of_places,
        "people": of_people,
        "alerts": of_alerts,
        "sentinels": of_sentinels,
        "laboratory": of_laboratory,
        "risks": of_risks,
    }
    sections = []
    for key, heading in SECTIONS.items():
        if key == "changes":
            tables, drawn = of_changes(analysis), list[Picture]()
        else:
            tables, drawn = parts[key](found) if key in parts else ([], [])
        sections.append(Section(key, str(heading), texts.get(key, ""), tables, drawn))
    sections = numbered(sections)
    span = span_of(analysis)
    return Document(
        title=_("%(area)s: weekly analysis of key infectious diseases")
        % {"area": name(found["area"])}
        if analysis.kind == Analysis.Kind.WEEKLY
        else _("%(area)s: monthly assessment of key infectious diseases")
        % {"area": name(found["area"])},
        subtitle=_("%(period)s (%(since)s to %(until)s)")
        % {
            "period": span.label,
            "since": span.starts_on.isoformat(),
            "until": span.ends_on.isoformat(),
        },
        facts=facts(analysis),
        mark="" if analysis.state == Analysis.State.SIGNED else _("Draft, not signed"),
        sections=sections,
        notes=notes(),
    )


def numbered(sections: list[Section]) -> list[Section]:
    """The sections with their tables and pictures counted through the document.

    A table without a title is the only one under its heading, and has no number either.
    """
    tables, drawn = count(1), count(1)
    return [
        replace(
            section,
            tables=[
                replace(
                    one, title=_("Table %(n)s. %(title)s") % {"n": next(tables), "title": one.title}
                )
                if one.title
                else one
                for one in section.tables
            ],
            pictures=[
                replace(
                    one, title=_("Figure %(n)s. %(title)s") % {"n": next(drawn), "title": one.title}
                )
                for one in section.pictures
            ],
        )
        for section in sections
    ]


def moment(at: Any) -> str:
    """A moment in the county's time."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def facts(analysis: Analysis) -> list[tuple[str, str]]:
    """What a reader must know of the document itself."""
    found = [
        (_("Figures as known at"), moment(analysis.as_of)),
        (_("Version"), str(analysis.version)),
    ]
    if analysis.submitted_by:
        found.append((_("Compiled by"), str(analysis.submitted_by)))
    if analysis.signed_by:
        assert analysis.signed_at is not None
        found.append(
            (
                pgettext("document", "Signed by"),
                f"{analysis.signed_by} {moment(analysis.signed_at)}",
            )
        )
    return found


def notes() -> list[str]:
    """How the figures were made."""
    return [
        _("Cases by day of onset and address, as reported on cards that stand; weeks from Monday."),
        _("A disease that has parts, as viral hepatitis has, holds the cases of its parts."),
        _("Rates are cases per 100,000 people within the period."),
        _("The same period of an earlier year is shown only where reports reach back that far."),
        _(
            "Sentinels' reports: those due by the end of the period;"
            " kinds that owed none are not listed."
        ),
    ]


def number(value: object) -> str:
    """A figure, or a dash where it is not known."""
    return NOT_KNOWN if value is None else str(value)


def compared(row: Figures) -> list[str]:
    """A count beside that of the period before and of earlier years."""
    return [
        str(row["now"]),
        str(row["before"]),
        change(row["now"], row["before"]),
        *(number(one["n"]) for one in row["earlier"]),
    ]


def of_diseases(found: Figures) -> tuple[list[Table], list[Picture]]:
    """Leading diseases against the period before and earlier years; curves of the first."""
    if not found["diseases"]:
        return [], []
    years = [row["year"] for row in found["diseases"][0]["earlier"]]
    rows = []
    for at, row in enumerate(found["diseases"], start=1):
        rows.append([str(at), name(row), *compared(row)])
        rows += [
            ["", _("of which %(part)s") % {"part": name(part)}, *compared(part)]
            for part in row.get("parts", ())
        ]
    rows.append(["", _("All diseases"), *compared(found["total"])])
    head = [_("Rank"), _("Disease"), _("This period"), _("Period before"), _("Change since")]
    head += [_("Same period %(year)s") % {"year": year} for year in years]
    numbers = [0, 2, 3, *range(5, 5 + len(years))]
    table = Table(_("Cases of the leading diseases"), head, rows, numbers)
    return [table], [curve(row) for row in found["curves"]]


def curve(row: Figures) -> Picture:
    """A disease's weekly cases with a year before."""
    labels = [
        _("w%(week)s") % {"week": date.fromisoformat(day).isocalendar().week}
        for day in row["weeks"]
    ]
    drawn = pictures.curve(
        labels,
        row["counts"],
        row["year_before"],
        words=(_("cases a week"), _("a year before"), _("week not over yet")),
        unfinished=row["unfinished"],
    )
    title = _("%(disease)s: cases by week of onset, %(since)s to %(until)s") % {
        "disease": name(row),
        "since": row["weeks"][0],
        "until": (date.fromisoformat(row["weeks"][-1]) + WEEK - A_DAY).isoformat(),
    }
    return Picture(f"curve-{row['code']}", title, drawn)


def of_places(found: Figures) -> tuple[list[Table], list[Picture]]:
    """Every township."""
    rows = [
        [
            name(row),
            str(row["now"]),
            str(row["before"]),
            number(row["rate"]),
            _("%(name)s (%(n)s)") % {"name": name(row["first"]), "n": row["first"]["n"]}
            if row["first"]
            else NOT_KNOWN,
        ]
        for row in found["townships"]
    ]
    if not rows:
        return [], []
    head = [
        _("Township"),
        _("This period"),
        _("Period before"),
        _("Rate per 100,000"),
        _("Most frequent disease"),
    ]
    return [Table(_("Cases of every township"), head, rows, [1, 2, 3])], []


def of_people(found: Figures) -> tuple[list[Table], list[Picture]]:
    """Age and sex, as a pyramid and as a table."""
    ages = found["ages"]
    if not sum(ages["M"]) + sum(ages["F"]):
        return [], []
    labels = age_labels(found)
    rows = [
        [label, str(men), str(women), str(men + women)]
        for label, men, women in zip(labels, ages["M"], ages["F"], strict=True)
    ]
    title = _("Cases by age and sex")
    drawn = pictures.pyramid(labels, ages["M"], ages["F"], (_("Male"), _("Female")))
    head = [_("Age in years"), _("Male"), _("Female"), _("Together")]
    return [Table(title, head, rows, [1, 2, 3])], [Picture("ages", title, drawn)]


def verdict_of(row: Figures) -> str:
    """What became of an alert, in words."""
    state = str(Alert.State(row["state"]).label)
    if not row["verdict"]:
        return state
    return f"{state} · {Alert.Verdict(row['verdict']).label}"


def clock_of(row: Figures) -> str:
    """How an alert's clock for its verification ended."""
    return str(Deadline.State(row["clock"]).label) if row["clock"] else NOT_KNOWN


def of_alerts(found: Figures) -> tuple[list[Table], list[Picture]]:
    """Every alert of the period with its verdict and its clock."""
    rows = [
        [
            row["raised"],
            name(row["disease"]),
            name(row["area"]),
            str(Channel(row["channel"]).label),
            str(row["observed"]),
            number(row["expected"]),
            verdict_of(row),
            number(row["seen_after"]),
            number(row["decided_after"]),
            clock_of(row),
        ]
        for row in found["alerts"]
    ]
    if not rows:
        return [], []
    head = [
        _("Raised"),
        _("Disease"),
        _("Area"),
        _("Channel"),
        _("Observed"),
        _("Expected"),
        _("Verdict"),
        _("Seen after (h)"),
        _("Verdict after (h)"),
        _("Clock of the verdict"),
    ]
    return [Table(_("Alerts of the period"), head, rows, [4, 5, 7, 8])], []


def of_sentinels(found: Figures) -> tuple[list[Table], list[Picture]]:
    """Each kind of sentinel."""
    rows = [
        [
            name(row),
            str(row["sentinels"]),
            str(row["due"]),
            str(row["in_time"]),
            str(row["late"]),
            str(row["missing"]),
            f"{100 * (row['in_time'] + row['late']) / row['due']:.1f}%"
            if row["due"]
            else NOT_KNOWN,
        ]
        for row in found["sentinels"]
        if row["due"]
    ]
    if not rows:
        return [], []
    head = [
        _("Kind of sentinel"),
        _("Sentinels"),
        _("Reports due"),
        _("Came in time"),
        pgettext("a report", "late"),
        _("Missing"),
        _("Came"),
    ]
    return [Table(_("Reports of sentinels"), head, rows, [1, 2, 3, 4, 5, 6])], []


def of_laboratory(found: Figures) -> tuple[list[Table], list[Picture]]:
    """Positive findings."""
    rows = [
        [name(row), str(row["now"]), str(row["before"]), change(row["now"], row["before"])]
        for row in found["laboratory"]
    ]
    if not rows:
        return [], []
    head = [_("Disease"), _("This period"), _("Period before"), _("Change since")]
    return [Table(_("Positive laboratory findings"), head, rows, [1, 2])], []


def of_risks(found: Figures) -> tuple[list[Table], list[Picture]]:
    """Every assessment signed in the period."""
    dissent = " " + _("(with dissent)")
    rows = [
        [
            row["scope"],
            name(row["disease"]),
            name(row["area"]),
            row["likelihood"],
            row["impact"],
            str(RiskLevel(row["level"]).label),
            row["reasons"] + (dissent if row["dissents"] else ""),
        ]
        for row in found["assessments"]
    ]
    if not rows:
        return [], []
    head = [
        _("What is assessed"),
        _("Disease"),
        _("Area"),
        _("Likelihood"),
        _("Impact"),
        _("Risk"),
        _("Reasons"),
    ]
    return [Table(_("Risk assessments signed in the period"), head, rows)], []


def of_changes(analysis: Analysis) -> list[Table]:
    """The last analysis and this one side by side."""
    last = analysis.previous.figures if analysis.previous else None
    found = changes(analysis.figures, last)
    if found is None or analysis.previous is None:
        return []
    rows = [[_("Cases in all"), *_beside(found["total"]), ""]]
    rows += [
        [name(row), *_beside(row), _("beyond chance") if row["marked"] else ""]
        for row in found["diseases"]
    ]
    rows.append([_("Alerts raised"), *_beside(found["alerts"]), ""])
    risks, came = found["risks"], found["sentinels"]
    rows.append([_("Highest risk"), risk(risks["last"]), risk(risks["now"]), "", ""])
    rows.append(
        [_("Sentinels' reports that came (%)"), number(came["last"]), number(came["now"]), "", ""]
    )
    last, now = span_of(analysis.previous).label, span_of(analysis).label
    head = [_("Figure compared"), last, now, _("Change since"), _("Remark")]
    return [Table(_("This analysis and the last one"), head, rows, [1, 2])]


def _beside(row: Figures) -> list[str]:
    """The figure of the last analysis, the one of now, and the change."""
    return [str(row["last"]), str(row["now"]), change(row["now"], row["last"])]


def risk(level: str) -> str:
    """A risk level in words; a dash where there is none."""
    return str(RiskLevel(level).label) if level else NOT_KNOWN
