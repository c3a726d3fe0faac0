"""Responses by area: what the plan says of each level, what holds where, and the notices."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS, Area, User
from pingji.ground.standards.models import StandardRow
from pingji.ground.standards.queries import rules_for
from pingji.respond.incidents.models import Incident, Level, Response, ResponseChange
from pingji.warn.alerts.queries.analyses import Document
from pingji.warn.alerts.queries.analyses.document import Section, Table

BEFORE = "response."
AREA_LENGTHS = (COUNTY_DIGITS, TOWNSHIP_DIGITS)
# Which procedure a change follows.
CHECKLISTS = {"start": "start", "raise": "change", "lower": "change", "end": "end"}


@dataclass(frozen=True)
class Authority:
    """Who decides on a level, by what the plan says, and who may enter the decision here."""

    key: str
    body: str
    body_en: str
    source: str
    verified: bool
    roles: tuple[str, ...]

    @property
    def label(self) -> str:
        """The body in the reader's language."""
        return self.body if (get_language() or "zh").startswith("zh") else self.body_en


def authorities(area: Area, on: date) -> dict[str, Authority]:
    """The body that decides on each level in an area.

    Raises:
        Refused: No plan names the body of a level.
    """
    rows = rules_for(area.code, on, key__startswith=BEFORE)
    found = {}
    for level in Level.values:
        body = _row(rows, f"{BEFORE}body.{level.lower()}")
        roles = _row(rows, f"{BEFORE}entered_by.{level.lower()}")
        found[level] = Authority(
            key="+".join(item["key"] for item in body.items),
            body="、".join(item["zh"] for item in body.items),
            body_en=", ".join(item["en"] for item in body.items),
            source=body.clause or body.source,
            verified=body.verified,
            roles=tuple(item["key"] for item in roles.items),
        )
    return found


def bodies(area: Area, on: date) -> list[tuple[str, str]]:
    """Each body that decides on some level in an area, once: its key and its name."""
    named = {one.key: one.label for one in authorities(area, on).values()}
    return list(named.items())


def steps(area: Area, kind: str, on: date) -> list[dict[str, str]]:
    """The procedure that a change follows: each step in both languages."""
    key = f"{BEFORE}checklist.{CHECKLISTS[kind]}"
    return list(_row(rules_for(area.code, on, key=key), key).items)


def said_steps(found: list[dict[str, str]]) -> list[tuple[str, str]]:
    """The steps of a procedure in the reader's language."""
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return [(step["key"], step[language]) for step in found]


def _row(rows: dict[str, StandardRow], key: str) -> StandardRow:
    if key not in rows:
        raise Refused(_("The plan does not say “%(key)s”.") % {"key": key})
    return rows[key]


def areas_of(incident: Incident, user: User) -> QuerySet[Area]:
    """Where a response to an incident may hold: its county and the townships in it."""
    county = incident.area_id[:COUNTY_DIGITS]
    return Area.objects.visible_to(user).filter(
        code__startswith=county, code__length__in=AREA_LENGTHS
    )


def responses(incident: Incident) -> list[Response]:
    """Every response to an incident, those that hold first, with their changes."""
    rows = incident.responses.select_related("area", "started_by", "ended_by").prefetch_related(
        "changes__decided_by", "changes__documents"
    )
    return sorted(rows, key=lambda row: (row.ended_at is not None, row.area_id))


def highest(user: User) -> list[Response]:
    """The responses that hold in the reader's area now, the highest level first."""
    rows = Response.objects.visible_to(user).active().select_related("area", "incident")
    return sorted(rows, key=lambda row: (Level.values.index(row.level), row.area_id))


def notice(change: ResponseChange) -> Document:
    """The notice of a change, in the language in force."""
    response = change.response
    kind = ResponseChange.Kind(change.kind)
    title = {
        kind.START: _("Notice: emergency response started"),
        kind.RAISE: _("Notice: emergency response raised"),
        kind.LOWER: _("Notice: emergency response lowered"),
        kind.END: _("Notice: emergency response ended"),
    }[kind]
    given = {
        "area": response.area.label,
        "event": response.incident.title,
        "before": Level(change.before).label if change.before else "",
        "level": Level(change.level).label,
        "when": timezone.localtime(change.decided_at).strftime("%Y-%m-%d %H:%M"),
        "body": change.said_body,
    }
    decision = {
        kind.START: _(
            "%(body)s decides: from %(when)s %(level)s holds in %(area)s for “%(event)s”."
        ),
        kind.RAISE: _(
            "%(body)s decides: from %(when)s the response in %(area)s to “%(event)s” is raised"
            " from %(before)s to %(level)s."
        ),
        kind.LOWER: _(
            "%(body)s decides: from %(when)s the response in %(area)s to “%(event)s” is lowered"
            " from %(before)s to %(level)s."
        ),
        kind.END: _("%(body)s decides: at %(when)s %(before)s in %(area)s to “%(event)s” ends."),
    }[kind]
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    procedure = Table(
        title=_("Procedure followed"),
        head=[_("No."), _("Step"), _("Done")],
        rows=[
            [str(place), step[language], "✓"]
            for place, step in enumerate(change.procedure, start=1)
        ],
        numbers=[0],
    )
    sections = [
        Section("decision", pgettext("of a body", "Decision"), decision % given, [], []),
        Section("ground", _("Ground of the decision"), change.reason, [], []),
        Section("procedure", _("Procedure"), "", [procedure], []),
    ]
    if change.measures:
        sections.insert(
            2, Section("measures", _("Measures and who carries them out"), change.measures, [], [])
        )
    return Document(
        title=title,
        subtitle=f"{response.incident.title} · {response.area.label}",
        facts=[
            (_("Number of the decision"), change.reference),
            (_("Deciding body"), change.said_body),
            (_("Issued"), given["when"]),
        ],
        mark="",
        sections=sections,
        notes=[
            _("Who decides on a response of this level: %(source)s")
            % {"source": change.body_source}
        ],
    )
