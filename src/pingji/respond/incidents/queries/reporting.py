"""Which reports an incident has, to whom they go, and what the public is told of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import (
    EventReport,
    Grade,
    Incident,
    PublicBulletin,
)
from pingji.respond.incidents.queries.event_words import joined, moment
from pingji.warn.alerts.queries.analyses.words import listed, name

SENT_TO = "event_report.sent_to"
DAILY_GRADES = "event_report.daily_grades"
FIRST_GRADES = "public_bulletin.first_grades"
SMALLEST = "public_bulletin.smallest_count"
PRESS_GROUP = "press"
LEVELS = {"county": 6, "prefecture": 4, "province": 2}
REPORTS = ("_report", ".first")  # how the keys of their clocks end
LANGUAGES = (("zh", "zh-hans"), ("en", "en"))


@dataclass(frozen=True)
class Body:
    """A body to which the plan has reports sent.

    Attributes:
        key: As the plan writes it: "prefecture_health_commission", "county_leader".
        zh: Chinese name.
        en: English name.
        organisations: Those that it is, as the directory knows them.
        people: Who of it signs in and is told.
    """

    key: str
    zh: str
    en: str
    organisations: list[Organisation]
    people: list[User]


def bodies(area: Area, kind: str, on: date) -> list[Body]:
    """To whom the plan has a kind of report sent, and who of them can be told here.

    Raises:
        Refused: No plan names anybody.
    """
    rows = standards.rule(area.code, f"{SENT_TO}.{kind}", on).items
    return [_body(row, area) for row in rows]


def _body(row: dict[str, Any], area: Area) -> Body:
    level, _, what = str(row["key"]).partition("_")
    code = area.code[: LEVELS.get(level, len(area.code))]
    people = User.objects.people().filter(is_active=True)
    organisations: list[Organisation] = []
    if what in Role.values:
        # Of a county's township nobody is a county leader.
        people = people.filter(role=what, area=code)
    else:
        organisations = list(Organisation.objects.open().filter(kind=what, area=code))
        people = people.filter(organisation__in=organisations)
    told = list(people.order_by("role", "username"))
    return Body(str(row["key"]), str(row["zh"]), str(row["en"]), organisations, told)


def latest_report(incident: Incident, kind: str) -> EventReport | None:
    """The latest report of a kind that was not given up."""
    rows = incident.reports.standing().filter(kind=kind)
    return rows.order_by("-number", "-version").first()


def newest_version(report: EventReport) -> EventReport | None:
    """The newest version of a report that was not given up."""
    rows = report.incident.reports.standing().filter(kind=report.kind, number=report.number)
    return rows.order_by("-version").first()


def last_sent(incident: Incident) -> EventReport | None:
    """The report that went out last, of whatever kind goes above."""
    rows = incident.reports.filter(state=EventReport.State.SENT)
    return rows.exclude(kind=EventReport.Kind.SITUATION).order_by("-sent_at").first()


def in_force(incident: Incident, key: str, on: date) -> bool:
    """Whether the incident's grade stands in a list of grades of the plan."""
    if incident.grade == Grade.UNGRADED:
        return False
    row = standards.find_rule(incident.area_id, key, on)
    return row is not None and any(
        str(item["key"]).upper() == str(incident.grade) for item in row.items
    )


def report_clocks(incident: Incident) -> list[Deadline]:
    """The clocks of reports and bulletins that run or ran on an incident."""
    return [
        clock
        for clock in standards.deadlines_of(incident)
        if clock.key.startswith(("incident.", "public_bulletin.")) and clock.key.endswith(REPORTS)
    ]


def sits_in_press_group(user: User, incident: Incident) -> bool:
    """Whether somebody sits in the press group that answers this incident."""
    here = incident.groups.filter(key=PRESS_GROUP)
    return here.filter(members__person=user, members__left_at__isnull=True).exists()


def under_way(incident: Incident) -> PublicBulletin | None:
    """The bulletin that is being written or reviewed."""
    return incident.bulletins.filter(state__in=PublicBulletin.UNDER_WAY).first()


def public_figures(figures: dict[str, Any], smallest: int) -> dict[str, Any]:
    """What of an incident's figures the public may be given: nothing by which one is known.

    Places with fewer cases than the plan allows to be told are named without their number, and so
    is the next one where the total would give it away.

    Args:
        figures: Of the incident.
        smallest: Fewest cases of a place that are given as a number.
    """
    cases = figures["cases"]
    told = numbers_told([row["n"] for row in cases["townships"]], smallest)
    places = [
        {"zh": row["zh"], "en": row["en"], "n": number}
        for row, number in zip(cases["townships"], told, strict=False)
    ]
    return {
        "as_of": figures["as_of"],
        "area": figures["incident"]["area"],
        "disease": figures["incident"]["disease"],
        "grade": figures["incident"]["grade"],
        "known": cases["known"] and cases["total"] > 0,  # none reported yet is no figure to tell
        "total": cases["total"],
        "severe": cases["severe"],
        "died": cases["died"],
        "since": cases["since"],
        "until": cases["until"],
        "places": places,
        "smallest": smallest,
    }


def numbers_told(numbers: list[int], smallest: int) -> list[int | None]:
    """Which places' numbers the public may read beside the total: None where one is kept back.

    A number that is kept back alone is the total less all others; several that are 1 each are as
    many as they are. Then the next smallest is kept back too. Where none is left to hide them
    behind, no place is named at all.

    Args:
        numbers: Cases of each place, at least 1.
        smallest: Fewest cases of a place that are given as a number.
    """
    rising = sorted(range(len(numbers)), key=lambda place: (numbers[place], -place))
    kept = sum(1 for number in numbers if number < smallest)
    while kept and (kept == 1 or sum(numbers[place] for place in rising[:kept]) == kept):
        if kept == len(numbers):
            return []
        kept += 1
    hidden = set(rising[:kept])
    return [None if place in hidden else number for place, number in enumerate(numbers)]


def bulletin_words(found: dict[str, Any]) -> dict[str, str]:
    """Title and text that a bulletin begins with, in both languages; people edit them."""
    words = {}
    for short, language in LANGUAGES:
        with override(language):
            words[f"title_{short}"], words[f"body_{short}"] = _title(found), _body_text(found)
    return {
        "title": words["title_zh"],
        "title_en": words["title_en"],
        "body": words["body_zh"],
        "body_en": words["body_en"],
    }


def _title(found: dict[str, Any]) -> str:
    if found["disease"]:
        return _("%(disease)s in %(area)s: what is known and what to do") % {
            "disease": name(found["disease"]),
            "area": name(found["area"]),
        }
    return _("A health event in %(area)s: what is known and what to do") % {
        "area": name(found["area"])
    }


def _body_text(found: dict[str, Any]) -> str:
    lines = []
    if found["known"]:
        words = ngettext(
            "As of %(at)s, %(n)s case of %(disease)s has been reported in %(area)s since "
            "%(since)s; %(severe)s severe, %(died)s dead.",
            "As of %(at)s, %(n)s cases of %(disease)s have been reported in %(area)s since "
            "%(since)s; %(severe)s severe, %(died)s dead.",
            found["total"],
        ) % {
            "at": moment(found["as_of"]),
            "n": found["total"],
            "disease": name(found["disease"]),
            "area": name(found["area"]),
            "since": found["since"],
            "severe": found["severe"],
            "died": found["died"],
        }
        where = _("They live in %(list)s.") % {"list": places_said(found)}
        lines.append(joined([words, where if found["places"] else ""]))
    else:
        lines.append(
            _("As of %(at)s, people have fallen ill in %(area)s; the cause is being looked for.")
            % {"at": moment(found["as_of"]), "area": name(found["area"])}
        )
    lines.append(
        _(
            "The health authorities are examining and treating those who fell ill, looking for "
            "the source, and disinfecting the places concerned."
        )
    )
    lines.append(
        _(
            "Wash your hands often, air rooms, and stay at home when you are ill. If you have a "
            "fever, vomit or have diarrhoea, see a doctor early and say whom you have met."
        )
    )
    lines.append(_("Trust what the authorities release; do not spread what is not confirmed."))
    return "\n\n".join(lines)


def places_said(found: dict[str, Any]) -> str:
    """The places with their numbers, or that these are not told."""
    told = [
        _("%(name)s (%(n)s)") % {"name": name(row), "n": row["n"]}
        for row in found["places"]
        if row["n"] is not None
    ]
    kept = [name(row) for row in found["places"] if row["n"] is None]
    if len(kept) == 1:
        told.append(_("%(name)s (number not told)") % {"name": kept[0]})
    elif kept:
        words = (
            _("also %(names)s (number of each not told)")
            if told
            else _("%(names)s (number of each not told)")
        )
        told.append(words % {"names": listed(kept)})
    return listed(told)
