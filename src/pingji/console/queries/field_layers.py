"""The map's layers of the field: incidents, risk areas, checkpoints, facilities, teams, vehicles."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from pingji.ground.directory.models import (
    TOWNSHIP_DIGITS,
    Area,
    Facility,
    Permission,
    User,
)
from pingji.ground.standards.models import EmergencySpell
from pingji.respond.incidents.models import (
    FreeCount,
    Grade,
    Grading,
    Incident,
    Requisition,
    RiskArea,
    SharedResource,
)
from pingji.respond.incidents.queries import field as standing

A_MINUTE = timedelta(minutes=1)
Kind = SharedResource.Kind
KINDS = {
    Kind.PEOPLE: "teams",
    Kind.VEHICLES: "vehicles",
    Kind.EQUIPMENT: "equipment",
    Kind.PLACES: "equipment",
    Kind.SUPPLIES: "equipment",
    Kind.OTHER: "equipment",
}
RESOURCES = ("teams", "vehicles", "equipment")
OF_A_RESOURCE = (
    *("area_id", "longitude", "latitude", "free", "amount", "as_of"),
    *("resource__kind", "resource__name", "resource__unit", "resource__organisation_id"),
    *("resource__organisation__name", "resource__organisation__name_en"),
)
NAMED = 4  # things of one organisation named one by one in a line
CORNERS = 24
AROUND_KM = 0.8  # radius drawn for a village without an outline
APART_KM = 1.2  # from the middle of a township to what has no position of its own
KM_PER_DEGREE = 111.2
TURN = math.pi * (3 - math.sqrt(5))  # the golden angle: points spread evenly, always alike


@dataclass(frozen=True)
class Seen:
    """Who looks at which moment, of which county and incident.

    Attributes:
        user: The reader.
        at: As of which moment.
        county: What the codes of its areas begin with.
        incident: Only of this incident; None for all.
    """

    user: User
    at: datetime
    county: str
    incident: Incident | None = None

    def url_of(self, incident: Incident, name: str) -> str:
        """A page of an incident; empty for who may not open it."""
        own = incident.area_id.startswith(self.user.area_id)
        allowed = own and self.user.holds(Permission.INCIDENT_VIEW)
        return reverse(f"incidents:{name}", args=[incident.pk]) if allowed else ""


@dataclass
class Mark:
    """Something that stands somewhere.

    Attributes:
        layer: Which layer it belongs to.
        name: What it is called.
        words: What is said of it.
        url: Where it is shown; empty where it has no page.
        area: Code of the area it lies in, where it has no position of its own.
        position: Longitude and latitude.
        free: What is written beside it.
        stale: Whether its figure is out of date.
        as_of: Of which moment its figure is.
    """

    layer: str
    name: str
    words: str
    url: str
    area: str
    position: tuple[float, float] | None = None
    free: str = ""
    stale: bool = False
    as_of: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def letters() -> dict[str, str]:
    """What is written on the mark of each layer."""
    return {
        "incidents": pgettext("letter on the map", "I"),
        "checkpoints": pgettext("letter on the map", "C"),
        "facilities": pgettext("letter on the map", "F"),
        "teams": pgettext("letter on the map", "T"),
        "vehicles": pgettext("letter on the map", "V"),
        "equipment": pgettext("letter on the map", "E"),
    }


def marks(seen: Seen, layers: Iterable[str]) -> list[Mark]:
    """Everything of some layers, as it stood."""
    asked, found = set(layers), []
    if "incidents" in asked:
        found += _incidents(seen)
    if "checkpoints" in asked:
        found += _checkpoints(seen)
    if "facilities" in asked:
        found += _facilities(seen)
    kinds = [kind for kind, layer in KINDS.items() if layer in asked]
    if kinds:
        found += _resources(seen, kinds)
    return found


def _moment(when: datetime) -> str:
    return date_format(timezone.localtime(when), "m-d H:i")


def _age(as_of: datetime, at: datetime) -> str:
    if at - as_of < A_MINUTE:
        return _("as of %(when)s") % {"when": _moment(as_of)}
    return _("as of %(when)s, %(age)s before") % {
        "when": _moment(as_of),
        "age": timesince(as_of, at, depth=1),
    }


def _incidents(seen: Seen) -> list[Mark]:
    if not seen.user.holds(Permission.INCIDENT_VIEW):
        return []
    given = Grading.objects.filter(incident=OuterRef("pk"), graded_at__lte=seen.at)
    rows = Incident.objects.visible_to(seen.user).filter(
        Q(closed_at__isnull=True) | Q(closed_at__gt=seen.at),
        opened_at__lte=seen.at,
        area__code__startswith=seen.county,
    )
    if seen.incident:
        rows = rows.filter(pk=seen.incident.pk)
    rows = rows.annotate(
        grade_then=Coalesce(
            Subquery(given.order_by("-graded_at", "-pk").values("chosen")[:1]), "grade"
        )
    )
    return [
        Mark(
            layer="incidents",
            name=row.title,
            words=_("%(grade)s · opened %(when)s")
            % {"grade": Grade(row.grade_then).label, "when": _moment(row.opened_at)},
            url=seen.url_of(row, "detail"),
            area=row.area_id,
            extra={"grade": row.grade_then},
        )
        for row in rows.order_by("pk")
    ]


def _checkpoints(seen: Seen) -> list[Mark]:
    rows = standing.checkpoints_as_of(seen.user, seen.at, seen.incident)
    return [
        Mark(
            layer="checkpoints",
            name=row.name,
            words=_("manned by %(who)s · open since %(when)s")
            % {"who": row.organisation.label, "when": _moment(row.starts_at)},
            url=seen.url_of(row.incident, "incident_map"),
            area=row.area_id,
            position=_position(row),
        )
        for row in rows
        if row.area_id.startswith(seen.county)
    ]


def _position(row: Any) -> tuple[float, float] | None:
    if row.longitude is None or row.latitude is None:
        return None
    return row.longitude, row.latitude


def _facilities(seen: Seen) -> list[Mark]:
    day = timezone.localdate(seen.at)
    rows = Facility.objects.visible_to(seen.user).filter(
        Q(closed_on__isnull=True) | Q(closed_on__gt=day), area__code__startswith=seen.county
    )
    shown = list(
        rows.only("name", "name_en", "kind", "longitude", "latitude", "organisation_id", "area_id")
    )
    told: dict[int, list[FreeCount]] = {}
    for one in standing.free_in_facilities(seen.user, seen.at, seen.county):
        told.setdefault(one.facility_id, []).append(one)
    taken = standing.taken_over([row.pk for row in shown], seen.at)
    spells = EmergencySpell.objects.visible_to(seen.user).at(seen.at)
    switched = set(spells.filter(facility__isnull=False).values_list("facility", flat=True))
    limit = standing.stale_before(seen.county, seen.at)
    kinds = {kind.value: str(kind.label) for kind in Facility.Kind}
    page = reverse("directory:organisation", args=[0]).split("0", 1)
    found = []
    for row in shown:
        counts = [one for one in told.get(row.pk, []) if one.amount]
        words = [kinds[row.kind], *_counted(counts, seen.at)]
        if row.pk in switched:
            words.append(_("switched to emergency"))
        if row.pk in taken:
            words.append(_taken(taken[row.pk]))
        found.append(
            Mark(
                layer="facilities",
                name=row.label,
                words=" · ".join(words),
                url=f"{page[0]}{row.organisation_id}{page[1]}",
                area=row.area_id,
                position=(row.longitude, row.latitude),
                free=str(counts[0].free) if counts else "",
                # There may be hundreds: one with nothing to say is a dot, until the map is closer.
                extra={} if counts or row.pk in taken or row.pk in switched else {"plain": True},
                **_aged(counts, limit),
            )
        )
    return found


def _counted(counts: list[FreeCount], at: datetime) -> list[str]:
    if not counts:
        return []
    free = _(", ").join(
        _("%(what)s: %(free)s of %(amount)s free")
        % {"what": one.said_kind, "free": one.free, "amount": one.amount}
        for one in counts
    )
    return [free, _age(min(one.as_of for one in counts), at)]


def _taken(row: Requisition) -> str:
    return _("taken over for “%(use)s” until %(when)s") % {
        "use": row.get_use_display(),
        "when": _moment(row.ends_at),
    }


def _aged(counts: list[Any], limit: datetime | None) -> dict[str, Any]:
    oldest = min((one.as_of for one in counts), default=None)
    return {
        "as_of": oldest,
        "stale": oldest is not None and limit is not None and oldest < limit,
    }


def _resources(seen: Seen, kinds: list[str]) -> list[Mark]:
    """One mark for all that an organisation has of a kind at one place."""
    together: dict[tuple[Any, ...], list[Any]] = {}
    told = standing.resources_as_of(seen.user, seen.at, kinds, seen.county)
    for row in told.values_list(*OF_A_RESOURCE, named=True):  # plain rows: there may be thousands
        layer = KINDS[Kind(row.resource__kind)]
        place = (row.area_id, row.longitude, row.latitude)
        together.setdefault((layer, row.resource__organisation_id, *place), []).append(row)
    limit = standing.stale_before(seen.county, seen.at) if together else None
    page = reverse("incidents:shared")
    chinese = (get_language() or "zh").startswith("zh")
    ages: dict[datetime, str] = {}
    found = []
    for key, rows in together.items():
        first, oldest = rows[0], min(row.as_of for row in rows)
        if oldest not in ages:
            ages[oldest] = _age(oldest, seen.at)
        name, english = first.resource__organisation__name, first.resource__organisation__name_en
        found.append(
            Mark(
                layer=key[0],
                name=name if chinese else english or name,
                words=_("; ").join(_things(rows)) + " · " + ages[oldest],
                url=page,
                area=first.area_id,
                position=_position(first),
                free=_sum(rows),
                **_aged(rows, limit),
            )
        )
    return found


def _things(rows: list[Any]) -> list[str]:
    words = _("%(what)s %(free)s/%(amount)s %(unit)s")
    said = [
        words
        % {
            "what": row.resource__name,
            "free": row.free,
            "amount": row.amount,
            "unit": row.resource__unit,
        }
        for row in rows[:NAMED]
    ]
    left = len(rows) - NAMED
    if left > 0:
        said.append(ngettext("and %(n)s more", "and %(n)s more", left) % {"n": left})
    return said


def _sum(rows: list[Any]) -> str:
    """How many are free, where all are counted alike."""
    units = {row.resource__unit for row in rows}
    return str(sum(row.free for row in rows)) if len(units) == 1 else ""


def points(found: list[Mark]) -> list[dict[str, Any]]:
    """Marks as map.js draws them; those without a position of their own lie round their township.

    What lies in a place of which nobody knows the position is left out of the drawing and stays in
    the list.
    """
    middles = _middles(mark.area for mark in found if mark.position is None)
    written, count, drawn = letters(), {}, []
    for mark in found:
        position, near = mark.position, False
        if position is None:
            middle = middles.get(mark.area[:TOWNSHIP_DIGITS])
            number = count[mark.area[:TOWNSHIP_DIGITS]] = (
                count.get(mark.area[:TOWNSHIP_DIGITS], -1) + 1
            )
            position = _beside(middle, number) if middle else None
            near = True
        drawn.append(
            {
                "lon": position[0] if position else None,
                "lat": position[1] if position else None,
                "near": near,
                "layer": mark.layer,
                "kind": mark.layer,
                "mark": written[mark.layer],
                "name": mark.name,
                "words": mark.words,
                "url": mark.url,
                "free": mark.free,
                "stale": mark.stale,
                **mark.extra,
            }
        )
    return drawn


def _middles(codes: Iterable[str]) -> dict[str, tuple[float, float]]:
    wanted = {code[:TOWNSHIP_DIGITS] for code in codes}
    if not wanted:
        return {}
    places = Area.objects.only("longitude", "latitude").in_bulk(wanted)
    return {
        code: (place.longitude, place.latitude)
        for code, place in places.items()
        if place.longitude is not None and place.latitude is not None
    }


def _beside(middle: tuple[float, float], number: int) -> tuple[float, float]:
    """The place of the n-th thing round the middle of a township: evenly spread, always alike."""
    away = APART_KM * math.sqrt(number + 1)
    return _moved(middle, away, TURN * number)


def _moved(start: tuple[float, float], km: float, angle: float) -> tuple[float, float]:
    wide = KM_PER_DEGREE * math.cos(math.radians(start[1]))
    return (
        round(start[0] + km * math.cos(angle) / wide, 5),
        round(start[1] + km * math.sin(angle) / KM_PER_DEGREE, 5),
    )


def risk_cells(seen: Seen) -> dict[str, Any]:
    """Risk areas as a GeoJSON collection, the highest level last so that it lies on top."""
    rows = list(standing.risk_areas_as_of(seen.user, seen.at, seen.incident))
    rows = [row for row in rows if row.area_id.startswith(seen.county)]
    middles = _middles(row.area_id for row in rows if not row.area.shape)
    features = []
    for row in sorted(rows, key=lambda one: (-one.rank, one.area_id)):
        features.append(
            {
                "type": "Feature",
                "geometry": row.area.shape or _round(row.area, middles),
                "properties": {
                    "code": row.area_id,
                    "name": row.area.label,
                    "level": row.said_level,
                    "rank": row.rank,
                    "words": _words_of_risk(row),
                    "schematic": row.area.is_schematic or not row.area.shape,
                    "url": seen.url_of(row.incident, "incident_map"),
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _words_of_risk(row: RiskArea) -> str:
    return _("%(level)s since %(when)s, set by %(who)s: %(reason)s") % {
        "level": row.said_level,
        "when": _moment(row.starts_at),
        "who": row.set_by.display_name or row.set_by.get_username(),
        "reason": row.reason,
    }


def _round(area: Area, middles: dict[str, tuple[float, float]]) -> dict[str, Any] | None:
    """A circle for a village of which only the township is known; its place is schematic."""
    middle = middles.get(area.code[:TOWNSHIP_DIGITS])
    if area.longitude is not None and area.latitude is not None:
        middle = (area.longitude, area.latitude)
    elif middle is not None:
        middle = _beside(middle, int(area.code[-3:]) % CORNERS)
    if middle is None:
        return None
    ring = [_moved(middle, AROUND_KM, 2 * math.pi * n / CORNERS) for n in range(CORNERS)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
